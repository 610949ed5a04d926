"""What is installed, and what importing it costs."""

import ast
import os
import re
import subprocess
import sys
import venv
import zipfile

import pytest

from tests.helpers.paths import ROOT


def test_importing_is_quick_quiet_and_light(tmp_path):
    """Less CPU than Gymnasium takes, in an empty folder and home, without the heavy packages, writing nothing."""
    program = (
        "import time; before = time.process_time(); import gymnasium; needed = time.process_time() - before\n"
        "before = time.process_time(); import hippo_envs; spent = time.process_time() - before\n"
        "heavy = ('torch', 'stable_baselines3', 'pygame', 'matplotlib')\n"
        "import sys; print(spent / needed, [name for name in heavy if name in sys.modules])"
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
        times_gymnasium, heavy = run.stdout.split(maxsplit=1)
        assert heavy.strip() == "[]"
        assert not run.stderr
        spent.append(float(times_gymnasium))
    assert min(spent) < 1
    assert not list(tmp_path.iterdir())


def test_no_one_is_told_to_install_hippo_envs_from_where_it_is_not():
    """It is in no index: what can be typed is the name of a missing package, or an extra of the checkout."""
    folders = [ROOT / folder for folder in ("hippo_envs", "benchmarks", "agents", "docs")]
    paths = [ROOT / "README.md", *(path for folder in folders for path in folder.rglob("*.*"))]
    texts = {path: path.read_text(encoding="utf-8") for path in paths if path.suffix in (".py", ".md", ".ipynb", ".j2")}
    assert not [path.name for path, text in texts.items() if re.search(r"pip install [^\n]*hippo-envs", text)]


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


@pytest.mark.slow
def test_the_wheel_alone_makes_an_environment_without_torch(wheel, tmp_path):
    venv.create(tmp_path / "fresh")
    python = tmp_path / "fresh" / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "-c",
        ROOT / "constraints.txt",
        wheel,
    ]
    subprocess.run(install, check=True, capture_output=True)
    program = (
        "import gymnasium as gym, importlib.util as find\n"
        "env = gym.make('hippo_envs:hippo/Rectangle-v0', width=10, height=10)\n"
        "env.reset(seed=0); env.step(0)\n"
        "print([name for name in ('torch', 'agents', 'benchmarks') if find.find_spec(name)])"
    )
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path, env=alone)
    assert done.stdout.strip() == "[]"


def without_encoding(node):
    """Whether it is a call that reads or writes text in the encoding of the system."""
    if not isinstance(node, ast.Call) or any(keyword.arg == "encoding" for keyword in node.keywords):
        return False
    match node.func:
        case ast.Name("open"):
            modes = node.args[1:]
        case ast.Attribute(ast.Name("Image" | "os" | "webbrowser" | "archive"), "open"):
            return False
        case ast.Attribute(_, "open"):
            modes = node.args
        case ast.Attribute(_, "read_text" | "write_text"):
            return True
        case _:
            return False
    modes = [*modes, *(keyword.value for keyword in node.keywords if keyword.arg == "mode")]
    return not any("b" in mode.value for mode in modes if isinstance(mode, ast.Constant))


@pytest.mark.parametrize(
    ("call", "is_without"),
    [
        ("open(path)", True),
        ("open('b.txt')", True),
        ("open(path, 'a')", True),
        ("open(path, mode='w')", True),
        ("open(path, 'rb')", False),
        ("open(path, encoding='utf-8')", False),
        ("path.open()", True),
        ("path.open('wb')", False),
        ("path.open(mode='wb')", False),
        ("Image.open(path)", False),
        ("archive.open(name)", False),
        ("path.read_text()", True),
        ("path.write_text(text, encoding='utf-8')", False),
        ("opened[0](path)", False),
    ],
)
def test_what_names_no_encoding_is_found(call, is_without):
    assert without_encoding(ast.parse(call, mode="eval").body) == is_without


def test_text_is_read_and_written_as_utf_8():
    """On Windows the system's encoding lacks most of what our pages have."""
    files = [path for part in ("hippo_envs", "benchmarks", "agents") for path in (ROOT / part).rglob("*.py")]
    nodes = ((path, node) for path in files for node in ast.walk(ast.parse(path.read_bytes())))
    assert not [f"{path.relative_to(ROOT)}:{node.lineno}" for path, node in nodes if without_encoding(node)]
