"""The cells of a finished run are measured later, and what is found is kept beside its result."""

import json
from dataclasses import replace

import pytest
import torch
from rich.console import Console

from agents import make_agent
from agents.base import Agent, Prediction
from benchmarks.evaluation.measurements import MEASUREMENTS, Subject
from benchmarks.evaluation.measurements.wanted import WANTED, WANTED_ANY, check_activities
from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.records.collect import collect
from benchmarks.records.files import MEASURED, RESULT
from benchmarks.records.run import Run
from benchmarks.records.settings import settings_of
from benchmarks.reports.commands import measure
from benchmarks.running.measure import check_measurable, measure_missing, measure_some
from benchmarks.running.run import run
from hippo_envs import rectangle_family, sample_walks
from tests.helpers.narrow import narrow

CPU, QUIET = torch.device("cpu"), Console(quiet=True)
EXPERIMENT = replace(
    narrow(EXPERIMENTS["zero-shot-rectangle"]),
    evaluations={},
    variants={
        name: replace(variant, measurements=())
        for name, variant in narrow(EXPERIMENTS["zero-shot-rectangle"]).variants.items()
    },
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with a finished run of TEM-t and one of an LSTM, nothing measured."""
    runs = tmp_path_factory.mktemp("runs")
    for variant in ("tem-t", "lstm"):
        run(EXPERIMENT, variant, "smoke", 0, CPU, runs, QUIET)
    return runs


def folder_of(variant, runs):
    return Run.within(runs, settings_of(EXPERIMENT, variant, "smoke", 0)).folder


def test_what_is_measured_later_is_read_with_the_result_which_stays_as_it_was(runs, capsys):
    folder = folder_of("tem-t", runs)
    before = (folder / RESULT).read_bytes()
    measure(folder, ("position_tuning",))
    assert "grid_score_60" in capsys.readouterr().out
    assert (folder / RESULT).read_bytes() == before
    (result,) = collect(replace(EXPERIMENT, variants={"tem-t": EXPERIMENT.variants["tem-t"]}), "smoke", runs)
    assert {"grid_score_60", "score_distributions", "rate_maps"} <= set(result.measurements)
    kept = json.loads((folder / MEASURED).read_text())["measured"]["position_tuning"]
    assert measure_missing(folder, ("position_tuning", "map_share"), CPU)["position_tuning"] == kept
    assert set(json.loads((folder / MEASURED).read_text())["measured"]) == {"position_tuning", "map_share"}


def test_what_is_measured_as_nothing_is_measured_nevertheless(runs, monkeypatch):
    """A number may be 0, and a table empty."""
    monkeypatch.setitem(MEASUREMENTS, "nothing", lambda _: {})
    folder = folder_of("lstm", runs)
    assert measure_missing(folder, ["nothing"], CPU) == measure_missing(folder, ["nothing"], CPU) == {"nothing": {}}


def test_measurements_of_other_weights_are_not_those_of_the_run(runs):
    folder = folder_of("tem-t", runs)
    measure_some(folder, ("map_share",), CPU)
    (folder / MEASURED).write_text((folder / MEASURED).read_text().replace('"weights_hash": "', '"weights_hash": "0'))
    (result,) = [each for each in collect(EXPERIMENT, "smoke", runs) if each.variant == "tem-t"]
    assert result.measurements == {}


def test_without_names_all_is_measured_that_can_be_and_the_rest_says_what_it_wants(runs, capsys):
    folder = folder_of("lstm", runs)
    measure(folder)
    shown = capsys.readouterr()
    assert "map_share" in shown.out
    assert "place_cells" in json.loads((folder / MEASURED).read_text())["measured"], "of its activity `hidden`"
    assert (
        "Left out: position_tuning. LSTM has no activity 'position': return it from `forward` by name, as in "
        "Prediction(logits, {'position': units}, state), with units of shape (walks, steps, units). The activities "
        "that it names: hidden."
    ) in shown.err
    with pytest.raises(ValueError, match="position_tuning cannot be measured"):
        measure(folder, ("position_tuning",))


def test_an_agent_that_cannot_be_measured_is_told_before_it_is_trained():
    with pytest.raises(ValueError, match="LSTM has no activity 'position'"):
        check_measurable(EXPERIMENT, ("tem-t", "lstm"), "smoke", ("position_tuning",))
    with pytest.raises(ValueError, match="no measurement 'position_tunin': did you mean position_tuning"):
        check_measurable(EXPERIMENT, ("tem-t",), "smoke", ("position_tunin",))
    with pytest.raises(ValueError, match="trains no agent on walks"):
        check_measurable(STUDIES["kwinner-retention"], (), "smoke", ("map_share",))


class Naming(Agent):
    """Names what it is told to."""

    def __init__(self, names):
        super().__init__()
        self.names = names

    def initial_state(self, batch, generator=None):
        return (torch.zeros(batch, 1),)

    def forward(self, observations, actions, state):
        units = torch.zeros(*observations.shape, 4)
        return Prediction(torch.zeros(*observations.shape, 45), dict.fromkeys(self.names, units), state)


def refusal_of(name, subject):
    try:
        MEASUREMENTS[name](subject)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_what_is_wanted_of_an_agent_is_what_its_measurement_looks_at(name):
    """Without one of the activities both refuse it; with all of them `check_activities` does not."""
    walks = sample_walks(rectangle_family(5), range(2), 60)
    wanted = WANTED.get(name, ()) or WANTED_ANY.get(name, ())
    check_activities(Naming(wanted), (name,), walks, CPU)
    if wanted:
        assert "has no activity" not in refusal_of(name, Subject(Naming(wanted), Naming(wanted), walks, CPU, seed=0))
    lacking = [tuple(set(wanted) - {one}) for one in WANTED.get(name, ())] or [()] * bool(wanted)
    for names in lacking:
        agent = Naming(names)
        with pytest.raises(ValueError, match="has no activity"):
            check_activities(agent, (name,), walks, CPU)
        if name != "splitter_cells":  # which first asks for worlds in which nodes look alike
            with pytest.raises(ValueError, match="has no activity"):
                MEASUREMENTS[name](Subject(agent, agent, walks, CPU, seed=0))
    if not wanted and name not in ("tem_as_attention", "tem_cells", "alpha_switch", "letters_known"):
        agent = make_agent("lstm", 45, 5)
        MEASUREMENTS[name](Subject(agent, agent, walks, CPU, seed=0))
