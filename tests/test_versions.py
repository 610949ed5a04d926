"""The wheel on other versions of Python and of Gymnasium: slow, so only in `make test-all`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT
from tests.helpers.versions import OTHER_VERSIONS, find_python

PORTABLE_TESTS = [
    *(f"test_{name}.py" for name in ("graph", "walks", "scoring", "environments", "vector_environments", "class_docs")),
    *("test_ceilings.py", "test_remapping.py", "envs"),
    *(f"drawing/test_{name}.py" for name in ("layout", "rendering", "window", "window_play")),
]

pytestmark = pytest.mark.slow


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("python", "gymnasium"), OTHER_VERSIONS)
def test_environments_pass_their_tests_with_other_versions(python, gymnasium, tmp_path):
    interpreter = find_python(python)
    if interpreter is None:
        pytest.skip(f"no python{python} on the path: install one to test with it")
    subprocess.run([interpreter, "-m", "venv", tmp_path / "fresh"], check=True)
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
