"""Experiments of one's own: the page of the docs does what it says, and what is wrong with one is said at once."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from benchmarks.experiments import EXPERIMENTS, STUDIES, find_experiment
from tests.helpers.paths import ROOT

PAGE = (ROOT / "docs" / "bring-your-own-experiment.md").read_text()
(TEMPLATE,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)

WRONG = """
from dataclasses import replace
from benchmarks.experiments.experiment import Claim
from {template} import EXPERIMENT

OURS = replace(EXPERIMENT, name="capacity")
OUTSIDE = replace(EXPERIMENT, name="../results")
HOMOGLYPH = replace(EXPERIMENT, name="l\u043eng")
UP = replace(EXPERIMENT, variants={{"../lstm": EXPERIMENT.variants["lstm"]}})
NAMELESS = replace(EXPERIMENT, variants={{"": EXPERIMENT.variants["lstm"]}})
CYRILLIC = replace(EXPERIMENT, variants={{"t\u0435m": EXPERIMENT.variants["lstm"]}})
TWICE = replace(EXPERIMENT, variants={{"a:b": EXPERIMENT.variants["lstm"], "A.b": EXPERIMENT.variants["lstm"]}})
ELSEWHERE = replace(EXPERIMENT, presets={{"/tmp/x": EXPERIMENT.presets["quick"]}})
EMPTY = replace(EXPERIMENT, variants={{}})
UNDECIDED = replace(EXPERIMENT, claims=(Claim("lstm - gru", "quick", "revisit"),))
UNEVEN = replace(EXPERIMENT, presets={{"quick": replace(EXPERIMENT.presets["quick"], walk_length=20)}})
UNSPENT = replace(EXPERIMENT, claims=(Claim("lstm", "paper", "revisit"),))
"""


@pytest.fixture
def module(tmp_path, monkeypatch, request):
    """The name of a module with the experiment of the page, and a number of it that is in no other test."""
    name = f"own_experiment_{abs(hash(request.node.name))}"
    (tmp_path / f"{name}.py").write_text(TEMPLATE)
    (tmp_path / f"{name}_wrong.py").write_text(WRONG.format(template=name))
    monkeypatch.syspath_prepend(tmp_path)
    return name


@pytest.mark.slow
def test_the_experiment_of_the_page_runs_and_its_claims_are_listed(tmp_path):
    (tmp_path / "my_experiments.py").write_text(TEMPLATE)

    def benchmarks(*arguments):
        program = f"import sys; sys.path.append({str(ROOT)!r}); from benchmarks.__main__ import main; main()"
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    one, agent = "my_experiments:EXPERIMENT", ("--agents", "lstm")
    done = benchmarks("run", one, *agent, "--preset", "smoke", "--results", "mine")
    assert done.returncode == 0, done.stderr
    assert "length-12" in done.stdout
    assert [path.name for path in (tmp_path / "runs" / "long-line" / "smoke").iterdir()] == ["lstm"]
    assert (tmp_path / "mine" / "long-line" / "smoke" / "lstm" / "0.json").exists()
    again = benchmarks("sweep", one, *agent, "--preset", "smoke", "--jobs", "1")
    assert again.returncode == 0, again.stderr
    listed = benchmarks("claims", one, "--runs", "runs").stdout
    assert "revisit@length-12" in listed
    assert "open" in listed


def test_experiments_and_studies_are_found_by_their_import_path(module):
    assert find_experiment(f"{module}:EXPERIMENT").name == "long-line"
    assert find_experiment("benchmarks.experiments.claims.capacity:EXPERIMENT") is EXPERIMENTS["capacity"]
    assert find_experiment("benchmarks.experiments.claims.rl_predict:STUDY") is STUDIES["rl-predict"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("{}_nowhere:EXPERIMENT", "There is no module .*: run from the folder that holds it"),
        (":EXPERIMENT", "written package.module:NAME, not ':EXPERIMENT'"),
        ("{}:STUDY", "There is no 'STUDY' in .*: it has EXPERIMENT"),
        ("{}:Preset", "is not an experiment: make it an Experiment .* got type"),
        ("{}_wrong:OURS", "called 'capacity', as an experiment of hippo-envs is: give it another name"),
        ("{}_wrong:OUTSIDE", "use letters, digits"),
        ("{}_wrong:HOMOGLYPH", "use letters, digits"),
        ("{}_wrong:UP", "A variant of .* is called '../lstm', and names a folder: leave out '/'"),
        ("{}_wrong:NAMELESS", "A variant of .* needs a name"),
        ("{}_wrong:CYRILLIC", "with a CYRILLIC SMALL LETTER IE"),
        ("{}_wrong:TWICE", "'A.b', the same folder as 'a:b'"),
        ("{}_wrong:ELSEWHERE", "A preset of .* leave out '/'"),
        ("{}_wrong:EMPTY", "has nothing to run"),
        ("{}_wrong:UNDECIDED", "no variant of long-line called 'gru': use one of lstm, transformer"),
        ("{}_wrong:UNEVEN", "learns from walks of 20 steps, but .* kept at steps 32, 64: make walk_length one"),
        ("{}_wrong:UNSPENT", "no preset of long-line called 'paper': use one of smoke, quick"),
    ],
)
def test_what_is_wrong_with_an_experiment_is_said_before_it_runs(module, name, message):
    with pytest.raises(ValueError, match=message):
        find_experiment(name.format(module))


def test_a_study_without_a_program_is_told_which_there_are(tmp_path):
    from rich.console import Console

    from benchmarks.running.run_study import run_study

    study = replace(STUDIES["kwinner-retention"], name="mine", program="nothing")
    with pytest.raises(ValueError, match="no program called 'nothing': use one of retention"):
        run_study(study, next(iter(study.variants)), "smoke", (0,), tmp_path, Console(quiet=True))
