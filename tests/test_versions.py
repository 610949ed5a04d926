"""The wheel on other versions of Python and of Gymnasium: slow, so only in `make test-all`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PORTABLE_TESTS = [
    *(f"test_{name}.py" for name in ("graph", "walks", "scoring", "environments", "vector_environments", "class_docs")),
    *("test_ceilings.py", "test_remapping.py", "envs"),
    *(f"drawing/test_{name}.py" for name in ("layout", "rendering", "window", "window_play")),
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
    for name in ("__init__.py", "helpers", "hippo_envs"):
        copy = shutil.copytree if (ROOT / "tests" / name).is_dir() else shutil.copy
        (tmp_path / "tests").mkdir(exist_ok=True)
        copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    # Not from the checkout, and without its options, so that it is the wheel alone that is tested.
    options = ["-q", "-p", "no:cacheprovider", "-W", "error", "-o", "addopts=", "--rootdir", str(tmp_path)]
    portable = [str(Path("tests", "hippo_envs", name)) for name in PORTABLE_TESTS]
    done = subprocess.run(
        [fresh, "-m", "pytest", "--import-mode=importlib", *options, *portable],
        cwd=tmp_path,
        env={**os.environ, "SDL_VIDEODRIVER": "dummy"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
