"""What the documentation says runs: its Python, its examples, its commands, its links."""

import doctest
import re
import shlex
from collections.abc import Sequence
from functools import wraps
from typing import Any

import gymnasium as gym
import pytest
import tyro
from torch.distributed.run import parse_args

from agents import AGENTS
from agents.imported import is_imported
from agents.trained import trained_agents
from benchmarks.__main__ import COMMANDS
from benchmarks.experiments import find_experiment
from benchmarks.experiments.suites import find_suite
from benchmarks.experiments.world_seeds import parse_seeds
from benchmarks.rollout.command import parse_argument, parse_size
from benchmarks.rollout.recording import checked_path
from benchmarks.running.sweep.plan import plan
from hippo_envs import make_family
from hippo_envs.registration import find_stream
from tests.helpers.paths import ROOT

# Pages of environments are made of docstrings, whose examples are run where they stand.
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if path.parent.name != "environments"
}
BENCHMARKS = ["python", "-m", "benchmarks"]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[list[str]]:
    lines = "".join(blocks(text, "sh")).replace("\\\n", " ").splitlines()
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


# The Python of the README is run by test_readme.py, which also looks at what it gives.
@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if blocks(text, "python")][1:])
def test_the_python_of_a_page_runs_in_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace: dict = {"__name__": "page"}
    for block in blocks(PAGES[page], "python"):
        exec(compile(block, page, "exec"), namespace)


# What a page imports, and the extra that brings it: the package alone has neither.
EXTRAS = {r"stable_baselines3?|benchmarks\.running\.rl": "sb3", r"(agents|benchmarks)\.": "train"}


@pytest.mark.parametrize(
    "page", [page for page, text in PAGES.items() if blocks(text, "python") and "docs/agents/" not in page]
)
def test_a_page_names_the_extras_that_its_python_needs(page):
    imported = re.findall(r"^(?:from|import) (\S+)", "".join(blocks(PAGES[page], "python")), flags=re.MULTILINE)
    named = {name for group in re.findall(r'"?\.\[([\w,]+)\]"?', PAGES[page]) for name in group.split(",")}
    needed = {extra for pattern, extra in EXTRAS.items() if any(re.search(pattern, f"{name}.") for name in imported)}
    assert needed <= named, f"say that it takes {needed - named}, as in pip install -e '.[train]'"


def test_what_looks_an_id_up_is_told_the_bare_one():
    with pytest.raises(gym.error.NamespaceNotFound):
        gym.spec("hippo_envs:hippo/Rectangle-v0")
    assert gym.spec("hippo/Rectangle-v0").max_episode_steps == 128
    assert "`gym.spec`" in PAGES["docs/use-environments.md"]
    assert "--gym-packages hippo_envs" in PAGES["docs/use-environments.md"]


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if blocks(text, "pycon")])
def test_the_examples_of_a_page_say_what_they_print(page):
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks(PAGES[page], "pycon")), {}, page, page, 0)
    said: list[str] = []
    assert doctest.DocTestRunner().run(examples, out=said.append).failed == 0, "".join(said)


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if commands(text)])
def test_the_commands_of_a_page_exist(page):
    for words in commands(PAGES[page]):
        check(words)


@pytest.mark.parametrize(
    "line",
    [
        "python -m benchmarks figures zero-shot-rectangle --prest quick",
        "python -m benchmarks run zero-shot-rectangle --agents tem-u",
        "python -m benchmarks run zero-shot-rectangle --seeds first",
        "python -m benchmarks sweep zero-shot-rectangle --agentz tem-t",
        "python -m benchmarks sweep zero-shot-rectangle --agents tem-u",
        "python -m benchmarks sweep zero-shot-rectangle --suite hippo-1",
        "RAY_ADDRESS=here python -m benchmarks sweep --suite hippo-1 --executor cloud",
        "python -m benchmarks rollout tem-u",
        "python -m benchmarks rollout tem-t --env Rectangle --set breadth=5",
        "python -m benchmarks rollout tem-t --output rollout.avi",
        "python -m benchmarks leaderboard --suite hippo-0",
        "torchrun --nproc-per-nose 2 -m benchmarks run zero-shot-rectangle",
        "torchrun --nproc-per-node 2 -m benchmarks run zero-shot-rectangle --agents tem-u",
    ],
)
def test_a_command_that_cannot_be_typed_like_that_is_noticed(line):
    with pytest.raises((AssertionError, SystemExit, TypeError, ValueError)):
        check(shlex.split(line))


def check(words: list[str]) -> None:
    """An error if this cannot be typed as it stands; of programs that are not ours only torchrun is looked at."""
    while re.match(r"[A-Z_]+=", words[0]):  # a variable set for this command
        words = words[1:]
    if words[0] == "torchrun":
        typed = parse_args(words[1:])
        assert typed.module
        words = ["python", "-m", typed.training_script, *typed.training_script_args]
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE), words
    elif words[:3] == BENCHMARKS:
        check_values(words[3], parsed(words[3], words[4:]))
    elif words[:4] == ["python", "-m", "hippo_envs", "play"]:
        find_stream(words[4])


def parsed(command: str, arguments: Sequence[str]) -> dict[str, Any]:
    """What a command would be called with; it is not, and SystemExit says if it could not be."""

    @wraps(COMMANDS[command])
    def called_with(**given: Any) -> dict[str, Any]:
        return given

    return tyro.cli(called_with, args=arguments)


def check_values(command: str, given: dict[str, Any]) -> None:
    """An error if a name or a value means nothing here; agents of one's own are not looked for."""
    suite = find_suite(given["suite"]) if given.get("suite") else None
    if is_imported(given.get("experiment", "")) or any(map(is_imported, given.get("experiments", ()))):
        return  # an experiment of the reader's
    if "experiment" in given:
        experiment = find_experiment(given["experiment"])
        experiment.preset(given["preset"])
        parse_seeds(given.get("seeds", ()))
        for variant in ours(given.get("agents", ())):
            experiment.variant(variant)
    elif command == "sweep":
        assert bool(given["experiments"]) != bool(suite), "either experiments or a suite"
        chosen = suite.experiments.values() if suite else map(find_experiment, given["experiments"])
        plan(chosen, ours(given["agents"]), given["preset"], parse_seeds(given["seeds"]))
    elif command == "rollout":
        check_rollout(given)


def check_rollout(given: dict[str, Any]) -> None:
    if "/" not in given["agent"]:  # else a run of the reader's
        assert set(ours([given["agent"]])) <= {*AGENTS, *trained_agents()}
    arguments = dict(map(parse_argument, given["set"]))
    if given["env"] is not None:
        make_family(find_stream(given["env"])[0], **arguments)
    if given["output"] is not None:
        checked_path(given["output"])
    parse_size(given["size"])


def ours(agents: Sequence[str]) -> tuple[str, ...]:
    return tuple(agent for agent in agents if not is_imported(agent))


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_of_a_page_are_there(page):
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", PAGES[page]):
        path, _, heading = target.partition("#")
        found = (ROOT / page).parent / path if path else ROOT / page
        assert found.exists(), target
        if heading and found.suffix == ".md":
            assert heading in {slug(title) for title in re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)}


def slug(title: str) -> str:
    """A heading as GitHub links to it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_every_page_is_in_the_index():
    """Those of claims in the index of their own."""
    index = PAGES["docs/README.md"] + PAGES["docs/claims.md"]
    linked = {(ROOT / "docs" / target).resolve() for target in re.findall(r"\]\(([^)\s#]+\.md)[^)]*\)", index)}
    missing = set((ROOT / "docs").rglob("*.md")) - linked - {ROOT / "docs" / "README.md"}
    assert not missing, "link to them from docs/README.md"
