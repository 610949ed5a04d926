"""Agents of one's own: the page of the docs does what it says, and what is wrong with an agent is told at once."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from rich.console import Console

from agents import find_agent, find_config, make_agent
from benchmarks.evaluation.measurements.wanted import WANTED, WANTED_ANY
from benchmarks.experiments import EXPERIMENTS, STUDIES, find_experiment
from benchmarks.experiments.experiment import Variant
from benchmarks.records.loading import load_run
from benchmarks.records.own_agent import source_hash, sources_in, with_own_agents
from benchmarks.records.result import Result
from benchmarks.records.run import run_directory
from benchmarks.records.settings import settings_of
from benchmarks.running.measure import measure_some
from benchmarks.running.run import run
from benchmarks.running.run_all import run_all
from benchmarks.running.schedule import Schedule, learning_rate
from benchmarks.running.signals import RunInterruptedError
from benchmarks.running.sweep.plan import Job
from benchmarks.running.sweep.worker import work
from benchmarks.running.training import Trainer, training_batches, validation_accuracy
from hippo_envs import rectangle_family
from tests.helpers.paths import ROOT

PAGE = (ROOT / "docs" / "bring-your-own-agent.md").read_text()
ANATOMY = "-m benchmarks anatomy zero-shot-rectangle --agents my_agents:Clocks --preset smoke --runs runs"
TEMPLATE, COUNTING, MEMORY, ANALYSIS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
CPU = torch.device("cpu")
QUIET = Console(quiet=True)
EXPERIMENT = replace(EXPERIMENTS["zero-shot-rectangle"], evaluations={})

# What is wrong with agents, and what they are told.
WRONG = """
import torch
from torch import nn
from agents.base import Agent, Prediction
from {template} import Clocks

class NoAgent(nn.Module):
    pass

class Half(Agent):
    def predict(self, state):
        return state

class Wide(Clocks):
    def __init__(self, n_observations, n_actions, width):
        super().__init__(n_observations, n_actions)

class Peeking(Clocks):
    def forward(self, observations, actions, state):
        return Prediction(nn.functional.one_hot(observations, self.n_observations).float(), {{}}, state)

class Overhearing(Clocks):
    def predict(self, state):
        logits = super().predict(state)
        return logits + logits.roll(1, dims=0)

class Narrow(Clocks):
    def predict(self, state):
        return super().predict(state)[:, :4]

class Nothing(Clocks):
    def predict(self, state):
        return super().predict(state) / 0

class Fixed(Clocks):
    def __init__(self, n_observations, n_actions):
        super().__init__(n_observations, n_actions)
        self.requires_grad_(False)

class Empty(Half):
    def __init__(self, n_observations, n_actions):
        super().__init__()

    def initial_state(self, batch, generator=None):
        return (torch.zeros(batch),)

    def observe(self, state, observation, action):
        return state

    def update(self, *batch):
        return {{}}

class Broken(Clocks):
    def predict(self, state):
        clocks, places = state
"""


@pytest.fixture
def folder(tmp_path, monkeypatch, request):
    """A folder on the path, with modules whose names no other test has used; and what to put after a name."""
    monkeypatch.syspath_prepend(tmp_path)
    suffix = re.sub(r"\W", "_", request.node.name)
    (tmp_path / f"template_{suffix}.py").write_text(TEMPLATE)
    (tmp_path / f"memory_{suffix}.py").write_text(MEMORY)
    (tmp_path / f"counting_{suffix}.py").write_text(COUNTING)
    (tmp_path / f"wrong_{suffix}.py").write_text(WRONG.format(template=f"template_{suffix}"))
    return tmp_path, suffix


@pytest.mark.slow
def test_the_template_is_short_and_runs_from_an_empty_folder_as_the_page_says(tmp_path):
    assert len(TEMPLATE[TEMPLATE.index("class") :].splitlines()) < 30
    (tmp_path / "my_agents.py").write_text(TEMPLATE)
    (command,) = (line for line in PAGE.splitlines() if line.endswith("--preset smoke"))
    for words in ([*command.split()[1:], "--results", "results"], ANATOMY.split()):
        done = subprocess.run(
            [sys.executable, *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "my_agents:Clocks" in done.stdout
    (path,) = (tmp_path / "results").rglob("0.json")
    settings = Result.read(path).settings
    assert settings["agent"] == settings["variant"] == "my_agents:Clocks"
    assert settings["learning_rate"] == 0.03
    assert len(settings["agent_source"]) == 64
    assert ":" not in str(path.relative_to(tmp_path)), "not every system allows it"


@pytest.mark.parametrize("name", ["template_{}:Clocks", "memory_{}:FastWeights"])
def test_the_template_learns_the_rules_of_space(name, folder):
    _, suffix = folder
    torch.manual_seed(0)
    agent = make_agent(name.format(suffix), 45, 5)
    family = rectangle_family(4, stay=True)
    schedule = Schedule(n_updates=120, batch=8, walk_length=32, learning_rate=agent.learning_rate)
    optimiser = torch.optim.Adam(agent.parameters())
    for update, batch in enumerate(training_batches(family, schedule, 0, CPU)):
        optimiser.param_groups[0]["lr"] = learning_rate(update, schedule)
        agent.update(batch, optimiser, update / 120)
    reached = validation_accuracy(agent, family, 32, CPU)["loop_closure"]
    assert reached > 0.3, "a memory of edges gets .02; this got .66, and fast weights .46, when it was written"


def test_an_agent_without_gradients_counts_is_saved_and_goes_on_to_the_same_numbers(folder, monkeypatch):
    """Its counts are those of the walks it was given, by another count; stopped half-way, they are the same."""
    path, suffix = folder
    assert len(COUNTING[COUNTING.index("class") :].splitlines()) < 25
    name = f"counting_{suffix}:Counts"
    maps = EXPERIMENTS["nmda-ltrm-by-alpha"]
    smoke = replace(maps.presets["smoke"], n_updates=6, n_evaluation_worlds=2)
    brief = with_own_agents(replace(maps, presets={"smoke": smoke}), [name])
    whole = run(brief, name, "smoke", 0, CPU, path / "whole", QUIET)
    monkeypatch.setattr(Trainer, "_is_reported", lambda trainer: trainer.update == 3 and signal.raise_signal(2))
    with pytest.raises(RunInterruptedError):
        run(brief, name, "smoke", 0, CPU, path / "cut", QUIET)
    monkeypatch.undo()
    resumed = run(brief, name, "smoke", 0, CPU, path / "cut", QUIET)
    assert resumed.provenance["weights_hash"] == whole.provenance["weights_hash"]
    settings, agent = load_run(run_directory(whole.settings, path / "whole"))
    expected = np.full(agent.counts.shape, 0.1)
    for batch in training_batches(settings.training_family, Schedule.of(settings), 0, CPU):
        for symbols, actions in zip(batch.heard.tolist(), batch.actions.tolist(), strict=True):
            for step in zip(symbols, actions, symbols[1:], strict=False):
                expected[step] += 1
    np.testing.assert_allclose(agent.counts, expected, rtol=1e-5)
    assert whole.provenance["n_parameters"] == expected.size


def test_the_memory_of_the_page_is_short_and_its_cells_are_measured_and_loaded_as_it_says(folder):
    path, suffix = folder
    lines = [line for line in MEMORY[MEMORY.index("class") :].splitlines() if line]
    assert len(lines) <= 30
    name = f"memory_{suffix}:FastWeights"
    smoke = replace(EXPERIMENT.presets["smoke"], n_updates=1, n_evaluation_worlds=2, evaluation_length=32)
    brief = with_own_agents(replace(EXPERIMENT, presets={"smoke": smoke}), [name])
    result = run(brief, name, "smoke", 0, CPU, path / "runs", QUIET)
    directory = run_directory(result.settings, path / "runs")
    made, refused = measure_some(directory, ("map_share", "position_tuning", "memory_fields"), CPU)
    assert set(made) == {"map_share", "position_tuning"}
    assert "return it from `forward` by name" in str(refused["memory_fields"])
    page: dict = {}
    exec(ANALYSIS, page)
    activity, nodes = page["position_code"](directory)
    assert activity.shape == (len(nodes), 64)


def test_the_page_says_which_activities_each_measurement_wants():
    rows = dict(re.findall(r"^\| \[`(\w+)`\].*?\| (.*?) \|", PAGE, flags=re.MULTILINE))
    assert {name: tuple(re.findall(r"`(\w+)`", cell)) for name, cell in rows.items()} == {
        **WANTED,
        **WANTED_ANY,
        "map_share": (),
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere_to_be_found:A", "no module 'nowhere_to_be_found': run from the folder that holds it, or put"),
        ("template_{}.sub:A", r"no module 'template_\w+\.sub'"),
        ("template_{}:Clock", r"no class 'Clock' in template_\w+: it has Clocks"),
        ("template_{}:", "no class ''"),
        (":Clocks", "is written package.module:Class, not ':Clocks'"),
        ("wrong_{}:NoAgent", r"wrong_\w+:NoAgent is not an agent: make it a subclass"),
        ("wrong_{}:nn", "not an agent"),
        ("wrong_{}:Half", "not a complete agent: it lacks initial_state, observe"),
        ("wrong_{}:Wide", r"cannot be built as Wide\(n_observations, n_actions\): .*'width'"),
        ("wrong_{}:Peeking", "Peeking: forward differs from predict and observe"),
        ("wrong_{}:Overhearing", "Overhearing reads the other walks of its batch"),
        ("wrong_{}:Narrow", r"Narrow.predict must give logits of shape \(4, 45\), not \(4, 4\)"),
        ("wrong_{}:Nothing", r"Nothing.predict gives NaN logits before any training"),
        ("wrong_{}:Fixed", "Fixed has no weights to train: .* in an `update` of its own"),
        ("wrong_{}:Empty", "Empty has no weights to train"),
    ],
)
def test_what_is_wrong_with_an_agent_is_told_before_training(name, message, folder):
    path, suffix = folder
    name = name.format(suffix)
    with pytest.raises(ValueError, match=message):
        run(with_own_agents(EXPERIMENT, [name]), name, "smoke", 0, CPU, path / "runs", QUIET)
    assert not (path / "runs").exists()


@pytest.mark.parametrize("name", ["..x:A", "/etc/passwd:A", "a/b:A", "....etc.x:A", "t\u0435m:A", ":A"])
def test_no_source_is_looked_for_outside_of_a_folder(name, tmp_path):
    with pytest.raises(ValueError, match=r"is not written package\.module:Class"):
        sources_in(tmp_path, name)


def test_an_error_of_the_agents_own_keeps_its_traceback(folder):
    path, suffix = folder
    name = f"wrong_{suffix}:Broken"
    with pytest.raises(RuntimeError, match="Broken cannot step through a walk") as failed:
        run(with_own_agents(EXPERIMENT, [name]), name, "smoke", 0, CPU, path / "runs", QUIET)
    assert "too many values to unpack" in str(failed.value.__cause__)


BROKEN = {
    "raises": ("int('x')", r"cannot be imported \(ValueError at .*broken_\w+\.py:1\): invalid literal for int"),
    "lacks": (
        "import agents\nfrom agents import no_such",
        r"\(ImportError at .*py:2\): cannot import name",
    ),
    "needs": (
        "import nowhere_to_be_found",
        r"\(ModuleNotFoundError at .*py:1\): No module named 'nowhere_to",
    ),
    "misspells": ("x = 1\ndef f(:", r"cannot be imported \(SyntaxError at .*broken_\w+\.py:2\): invalid syntax"),
    "ends": ("import sys\nsys.exit(0)", r"sys\.exit\(0\) was called at .*broken_\w+\.py:2, and would end all runs"),
}


@pytest.mark.parametrize(("source", "message"), BROKEN.values(), ids=BROKEN)
def test_an_error_in_a_module_is_told_as_what_it_is_with_its_line(source, message, folder):
    path, suffix = folder
    (path / f"broken_{suffix}.py").write_text(source)
    for find in (find_agent, find_experiment):
        with pytest.raises(ValueError, match=message):
            find(f"broken_{suffix}:Anything")


def test_an_agent_that_ends_python_has_failed_in_a_run_and_in_a_sweep(folder):
    path, suffix = folder
    (path / f"ending_{suffix}.py").write_text(
        f"import sys\nfrom template_{suffix} import Clocks\n"
        "class Ending(Clocks):\n    def predict(self, state):\n        sys.exit(0)\n"
    )
    name = f"ending_{suffix}:Ending"
    experiment, message = with_own_agents(EXPERIMENT, [name]), r"sys\.exit\(0\) was called at .*ending_\w+\.py:5, and"
    with pytest.raises(ValueError, match=message):
        list(run_all(experiment, [name], "smoke", [0], "cpu", path / "runs", QUIET))
    outcome = work(Job(experiment, name, "smoke", 0), "cpu", path / "runs")
    assert outcome.how == "failed"
    assert re.match(message, outcome.message)


def test_a_study_takes_no_agent():
    study = next(iter(STUDIES.values()))
    assert with_own_agents(study, ["some-variant"]) is study
    with pytest.raises(ValueError, match=f"{study.name} trains no agent on walks: leave out a:B"):
        with_own_agents(study, ["a:B"])


def test_a_third_argument_of_the_constructor_is_its_config(folder):
    path, suffix = folder
    (path / f"sized_{suffix}.py").write_text(
        "from dataclasses import dataclass\nfrom agents.lstm import LSTM, LSTMConfig\n"
        "class Small(LSTM):\n"
        "    def __init__(self, n_observations, n_actions, config=LSTMConfig(n_units=7)):\n"
        "        super().__init__(n_observations, n_actions, config)\n"
    )
    name = f"sized_{suffix}:Small"
    settings = settings_of(with_own_agents(EXPERIMENT, [name]), name, "smoke", 0).as_json()
    assert settings["sizes"] == {"n_sensory": 64, "n_units": 7}
    assert make_agent(name, 45, 5, **settings["sizes"]).readout.in_features == 7
    assert find_config(name, n_units=9).n_units == 9


def test_sizes_of_a_variant_are_those_of_an_agent_of_ones_own_too(folder):
    path, suffix = folder
    (path / f"sized_{suffix}.py").write_text(
        "from dataclasses import dataclass\nfrom agents.lstm import LSTM, LSTMConfig\n"
        "class Small(LSTM):\n"
        "    def __init__(self, n_observations, n_actions, config=LSTMConfig(n_units=7)):\n"
        "        super().__init__(n_observations, n_actions, config)\n"
    )
    name, smoke = f"sized_{suffix}:Small", EXPERIMENT.presets["smoke"]
    mine = replace(
        EXPERIMENT,
        variants={"wide": Variant(name, 1e-3, sizes={"n_units": 9}), "odd": Variant(name, 1e-3, sizes={"n_unit": 9})},
        presets={"smoke": replace(smoke, sizes={"n_sensory": 5})},
    )
    assert settings_of(mine, "wide", "smoke", 0).sizes == {"n_sensory": 5, "n_units": 9}
    with pytest.raises(ValueError, match="Small has no size 'n_unit': use some of n_sensory, n_units"):
        settings_of(mine, "odd", "smoke", 0)
    none = replace(mine, variants={"sized": Variant(f"template_{suffix}:Clocks", 1e-3)})
    with pytest.raises(ValueError, match="Clocks has no size 'n_sensory': it has none"):
        settings_of(none, "sized", "smoke", 0)
    # One that is added to an experiment has sizes of its own, whatever the experiment gives its agents.
    assert settings_of(with_own_agents(mine, [name]), name, "smoke", 0).sizes == {"n_sensory": 64, "n_units": 7}


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), "x", None, True])
def test_a_learning_rate_that_is_none_is_refused(rate, folder):
    with pytest.raises(ValueError, match=f"learning rate of lstm must be a number above 0, got {rate!r}"):
        Variant("lstm", rate)
    path, suffix = folder
    (path / f"fast_{suffix}.py").write_text(
        f"from agents.lstm import LSTM\nnan, inf = float('nan'), float('inf')\n"
        f"class Fast(LSTM):\n    learning_rate = {rate!r}\n"
    )
    with pytest.raises(ValueError, match=f"Fast.learning_rate must be a number above 0, got {rate!r}"):
        with_own_agents(EXPERIMENT, [f"fast_{suffix}:Fast"])


def test_a_changed_agent_is_another_run(tmp_path, monkeypatch):
    """Also if what has changed is in another file of its package; not if it is in one that it has no use for."""
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "lab_of_tests"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "parts.py").write_text("from agents.lstm import LSTM\nN_UNITS = 5\n")
    (package / "unused.py").write_text("")
    (package / "models" / "one.py").write_text("from ..parts import LSTM, N_UNITS\nclass One(LSTM): pass\n")
    name = "lab_of_tests.models.one:One"
    hashes = [source_hash(name)]
    directories = []
    for file, text in (
        ("unused.py", "N = 1\n"),
        ("parts.py", "from agents.lstm import LSTM\nN_UNITS = 6\n"),
        ("models/one.py", "from ..parts import LSTM, N_UNITS\nclass One(LSTM): width = 2\n"),
        ("__init__.py", "N = 1\n"),
    ):
        (package / file).write_text(text)
        hashes.append(source_hash(name))
        settings = settings_of(with_own_agents(EXPERIMENT, [name]), name, "smoke", 0).as_json()
        directories.append(run_directory(settings, tmp_path))
    assert hashes[0] == hashes[1]
    assert len(set(hashes[1:])) == len(set(directories)) == 4


def test_files_beside_a_lone_module_count_and_other_packages_do_not(folder):
    path, suffix = folder
    before = source_hash(f"wrong_{suffix}:Peeking")
    (path / "torch_of_my_own.py").write_text("")
    assert source_hash(f"wrong_{suffix}:Peeking") == before
    (path / f"template_{suffix}.py").write_text(TEMPLATE + "\n")
    assert source_hash(f"wrong_{suffix}:Peeking") != before
