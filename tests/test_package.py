"""What is installed, and what importing it costs."""

import ast
import os
import re
import subprocess
import sys
import venv
import zipfile

import pytest

from agents import AGENTS, OF_ONE_TASK
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


def test_the_wheel_holds_environments_agents_and_their_weights_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"hippo_envs", "hippo_agents"}
    assert {"hippo_envs/py.typed", "hippo_agents/py.typed"} <= set(names)
    weights = {path.parent.name for path in (ROOT / "agents" / "trained").glob("*/weights.safetensors")}
    assert {name.split("/")[2] for name in names if name.endswith(".safetensors")} == weights
    assert not [name for name in names if "__pycache__" in name]


def test_every_package_says_that_it_is_typed():
    assert all((ROOT / package / "py.typed").exists() for package in ("hippo_envs", "agents"))


def test_agents_import_each_other_relatively():
    """In the wheel they are `hippo_agents`, and `agents` is a package of others."""
    files = {path: ast.parse(path.read_bytes()) for path in (ROOT / "agents").rglob("*.py")}
    imported = {
        f"{path.relative_to(ROOT)}:{node.lineno}": name.split(".")[0]
        for path, tree in files.items()
        for node in ast.walk(tree)
        for name in imports_of(node)
    }
    assert not [place for place, name in imported.items() if name in ("agents", "hippo_envs", "benchmarks")]
    assert all(entry.module.startswith(".") for entry in (AGENTS | OF_ONE_TASK).values())


def imports_of(node):
    """The modules that a statement imports by their whole names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and not node.level and node.module else []


STEP_A_TRAINED_AGENT = """
import gymnasium as gym, torch
from hippo_agents import load_trained, make_agent

env = gym.make("hippo_envs:hippo/Rectangle-v0", width=10, height=10)
observation, info = env.reset(seed=0)
agent = load_trained("tem-t-square")
state, right, known, seen = agent.initial_state(batch=1), 0, 0, set()
with torch.no_grad():
    for _ in range(128):
        node = env.unwrapped.node
        known += node in seen
        right += node in seen and int(agent.predict(state).argmax()) == observation
        seen.add(node)
        action = env.action_space.sample(info["action_mask"])
        state = agent.observe(state, torch.tensor([observation]), torch.tensor([action]))
        observation, _, _, _, info = env.step(action)
    logits = make_agent("lstm", n_observations=45, n_actions=5).predict
import agents, hippo_agents
print(known > 20, right / known > 0.95, agents.__doc__, hippo_agents.__name__)
"""


def alone(folder, **more):
    """Variables of the environment in which only a folder is found beside what is installed."""
    rest = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**rest, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1", **more}


def test_agents_of_the_wheel_do_not_mind_a_package_called_agents(wheel, tmp_path):
    """As openai-agents has one: TEM-t is loaded and predicts what it has seen in an environment of `gym.make`."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    (tmp_path / "agents.py").write_text('"""Of another package."""')
    run = [sys.executable, "-c", STEP_A_TRAINED_AGENT]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=tmp_path, env=alone(tmp_path))
    assert done.stdout.split("\n")[0] == "True True Of another package. hippo_agents"


@pytest.mark.slow
@pytest.mark.timeout(1800)  # PyTorch for CUDA is three gigabytes
def test_the_wheel_alone_runs_the_readme_and_a_trained_agent(wheel, tmp_path):
    venv.create(tmp_path / "fresh")
    python = tmp_path / "fresh" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "-c", ROOT / "constraints.txt"]
    subprocess.run([*pip, f"hippo-envs[agents] @ {wheel.as_uri()}"], check=True, capture_output=True)
    (tmp_path / "agents.py").write_text('"""Of another package."""')
    first = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)[0]
    for program in (first, STEP_A_TRAINED_AGENT):
        run = [python, "-c", program]
        done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=tmp_path, env=alone(tmp_path))
    assert done.stdout.split("\n")[0] == "True True Of another package. hippo_agents"


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
