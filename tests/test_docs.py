"""What the documentation says runs: its Python, its examples, its commands, its links."""

import doctest
import inspect
import re
import shlex
from pathlib import Path

import pytest

from benchmarks.__main__ import COMMANDS
from benchmarks.experiments import find_experiment
from hippo_envs.__main__ import find_stream

ROOT = Path(__file__).parent.parent
# Pages of environments are made of docstrings, whose examples are run where they stand.
PAGES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if path.parent.name != "environments"
}
OF_EXPERIMENTS = ("run", "figures", "anatomy")


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


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if blocks(text, "pycon")])
def test_the_examples_of_a_page_say_what_they_print(page):
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks(PAGES[page], "pycon")), {}, page, page, 0)
    said: list[str] = []
    assert doctest.DocTestRunner().run(examples, out=said.append).failed == 0, "".join(said)


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if commands(text)])
def test_the_commands_of_a_page_exist(page):
    for words in commands(PAGES[page]):
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE), words
        elif words[:3] == ["python", "-m", "benchmarks"]:
            check_benchmarks(words[3], words[4:])
        elif words[:4] == ["python", "-m", "hippo_envs", "play"]:
            find_stream(words[4])


def check_benchmarks(command: str, arguments: list[str]) -> None:
    """A ValueError or a failed assertion if this could not be typed as it stands."""
    options: dict[str, list[str]] = {}
    for word in arguments:
        if word.startswith("--"):
            options[word] = []
        else:
            options.setdefault(list(options)[-1] if options else "", []).append(word)
    known = {f"--{name.replace('_', '-')}" for name in inspect.signature(COMMANDS[command]).parameters}
    assert set(options) - {""} <= known, f"{command} has no {set(options) - known}"
    if command in OF_EXPERIMENTS:
        experiment = find_experiment(options[""][0])
        for preset in options.get("--preset", []):
            experiment.preset(preset)
        for variant in options.get("--agent", []):
            if ":" not in variant:  # an agent of one's own
                experiment.variant(variant)


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
    index = PAGES["docs/README.md"]
    linked = {(ROOT / "docs" / target).resolve() for target in re.findall(r"\]\(([^)\s#]+\.md)[^)]*\)", index)}
    missing = set((ROOT / "docs").rglob("*.md")) - linked - {ROOT / "docs" / "README.md"}
    assert not missing, "link to them from docs/README.md"
