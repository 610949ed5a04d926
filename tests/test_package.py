"""What is installed, and what importing it costs."""

import ast
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_importing_is_quick_quiet_and_light(tmp_path):
    """A quarter of a second of CPU, in an empty folder and home, without the heavy packages, writing nothing."""
    program = (
        "import time; before = time.process_time(); import hippo_envs; spent = time.process_time() - before\n"
        "heavy = ('torch', 'stable_baselines3', 'pygame', 'matplotlib')\n"
        "import sys; print(spent, [name for name in heavy if name in sys.modules])"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-B", "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={"HOME": str(tmp_path), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        for _ in range(3)
    ]
    spent = []
    for run in runs:
        seconds, heavy = run.stdout.split(maxsplit=1)
        assert heavy.strip() == "[]"
        assert not run.stderr
        spent.append(float(seconds))
    assert min(spent) < 0.25
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], check=True, capture_output=True
    )
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_holds_the_environments_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"hippo_envs"}
    assert "hippo_envs/py.typed" in names


def test_the_wheel_alone_makes_an_environment_without_torch(wheel, tmp_path):
    venv.create(tmp_path / "fresh", with_pip=True)
    python = tmp_path / "fresh" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel]
    subprocess.run(install, check=True, capture_output=True)
    program = (
        "import gymnasium as gym, importlib.util as find\n"
        "env = gym.make('hippo_envs:hippo/Rectangle-v0', width=10, height=10)\n"
        "env.reset(seed=0); env.step(0)\n"
        "print([name for name in ('torch', 'agents', 'benchmarks') if find.find_spec(name)])"
    )
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"


def without_encoding(call):
    """Whether it reads or writes text in the encoding of the system."""
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    if any(keyword.arg == "encoding" for keyword in call.keywords):
        return False
    if call.func.attr == "open":
        of_paths = not (isinstance(call.func.value, ast.Name) and call.func.value.id in ("Image", "os", "webbrowser"))
        modes = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
        return of_paths and not any("b" in mode for mode in modes)
    return call.func.attr in ("read_text", "write_text")


def test_text_is_read_and_written_as_utf_8():
    """On Windows the system's encoding lacks most of what our pages have."""
    files = [path for part in ("benchmarks", "agents") for path in (ROOT / part).rglob("*.py")]
    calls = ((path, call) for path in files for call in ast.walk(ast.parse(path.read_bytes())))
    calls = ((path, call) for path, call in calls if path.parent.name != "rollout")  # reads results, which are ASCII
    assert not [f"{path.relative_to(ROOT)}:{call.lineno}" for path, call in calls if without_encoding(call)]
