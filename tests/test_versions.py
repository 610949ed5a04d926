"""The wheel on other versions of Python and of Gymnasium: slow, so only in `make test-all`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PORTABLE_TESTS = [
    *("test_graph.py", "test_rectangle.py", "test_walks.py", "test_scoring.py", "test_environments.py"),
    *("test_vector_environments.py", "test_class_docs.py", "test_layout.py", "test_window.py", "test_predict.py"),
    "test_explore.py",
    *("test_tracks.py", "test_networks.py", "test_case_sequence.py", "test_reference_memory.py", "test_remapping.py"),
    *("test_views.py", "test_pattern_memory.py", "test_ceilings.py", "test_rendering.py", "test_window_play.py"),
]

pytestmark = pytest.mark.slow


def find_python(version: str) -> str:
    """An interpreter of that version; skips, saying so, where there is none."""
    found = sys.executable if version == THIS_PYTHON else shutil.which(f"python{version}")
    if found is None or subprocess.run([found, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"no python{version} on the path: install one to test with it")
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("python", "gymnasium"),
    [
        *((THIS_PYTHON, version) for version in ("1.1.*", "1.2.*", "1.3.*", "1.4.*")),
        *(("3.12", "1.*"), ("3.13", "1.*")),
    ],
)
def test_environments_pass_their_tests_with_other_versions(python, gymnasium, tmp_path):
    subprocess.run([find_python(python), "-m", "venv", tmp_path / "fresh"], check=True)
    fresh = tmp_path / "fresh" / "bin" / "python"
    packages = [f"{ROOT}[graphs,render]", f"gymnasium=={gymnasium}", "pytest", "pytest-timeout"]
    subprocess.run([fresh, "-m", "pip", "install", "--quiet", *packages], check=True, capture_output=True)
    shared = [path.name for path in (ROOT / "tests").glob("*.py") if not path.name.startswith(("test_", "conftest"))]
    for name in (*PORTABLE_TESTS, *shared):
        shutil.copy(ROOT / "tests" / name, tmp_path / name)
    # Not from the checkout, and without its options, so that it is the wheel alone that is tested.
    options = ["-q", "-p", "no:cacheprovider", "-W", "error", "-o", "addopts=", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [fresh, "-m", "pytest", *options, *PORTABLE_TESTS],
        cwd=tmp_path,
        env={**os.environ, "SDL_VIDEODRIVER": "dummy"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
