"""The README does what it says. Its links, and its commands as they are typed: test_docs.py."""

import re
import tomllib

from benchmarks.__main__ import COMMANDS
from hippo_envs import ENVIRONMENTS
from tests.helpers.paths import ROOT

README = (ROOT / "README.md").read_text()


def test_the_python_of_the_readme_runs_in_order(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) >= 3
    namespace: dict = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), namespace)
    revisit, loop_closure = map(float, capsys.readouterr().out.split())
    assert revisit > 0.3 > 0.05 > loop_closure
    assert namespace["logits"].shape == (200, 45)


def test_the_commands_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make ([\w-]+)", README, flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
    for command in re.findall(r"python -m benchmarks (\w+)", README):
        assert command in COMMANDS


def test_every_extra_is_in_the_readme_and_no_other():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = [name for group in re.findall(r'"\.\[([\w,]+)\]"', README) for name in group.split(",")]
    assert set(named) == set(extras)


def test_every_environment_and_command_is_in_the_readme():
    for name in ENVIRONMENTS:
        assert f"`{name}`" in README, "make its table anew with `python -m benchmarks docs`"
    for command in COMMANDS:
        assert command in README


def test_what_a_newcomer_reads_stays_short():
    assert len(README.splitlines()) <= 200
    assert len((ROOT / "CONTRIBUTING.md").read_text().splitlines()) <= 90
