"""`run --updates` trains for longer or shorter than a preset says: such a run is ranked nowhere."""

from dataclasses import replace

import pytest
import torch
from rich.console import Console

from benchmarks.experiments import EXPERIMENTS, find_experiment
from benchmarks.experiments.experiment import with_updates
from benchmarks.records.collect import collect
from benchmarks.records.files import RESULT
from benchmarks.records.settings import settings_of
from benchmarks.running.run import run
from benchmarks.suite.specification import departure, published
from benchmarks.suite.standings import standings
from tests.helpers.made_up import SUITE, made_up

CPU, QUIET = torch.device("cpu"), Console(quiet=True)
EXPERIMENT = replace(EXPERIMENTS["zero-shot-rectangle"], evaluations={})


def test_other_updates_are_another_preset_that_no_claim_and_no_board_is_about(tmp_path):
    assert with_updates(EXPERIMENT, "smoke", 2) == "smoke-2"
    assert with_updates(EXPERIMENT, "smoke-2", 3) == "smoke-3"
    result = run(EXPERIMENT, "lstm", "smoke-2", 0, CPU, tmp_path, QUIET)
    usual = settings_of(EXPERIMENT, "lstm", "smoke", 0)
    assert result.run_settings == replace(usual, preset="smoke-2", n_updates=2)
    assert [path.parts[-4] for path in tmp_path.rglob(RESULT)] == ["smoke-2"]
    assert collect(EXPERIMENT, "smoke-2", tmp_path)
    assert not collect(EXPERIMENT, "smoke", tmp_path)


def test_a_run_with_other_updates_has_no_place_on_the_board(tmp_path):
    """Fewer updates than a task allows are within its budget: it is the preset that keeps them out."""
    usual, _ = made_up("line", "lstm", 0, skill=0.6)
    other = replace(usual, preset="quick-9", settings={**usual.settings, "preset": "quick-9", "n_updates": 9})
    assert departure(other, SUITE, "line", published(SUITE)) == "its preset is quick-9, not quick"
    other.write(other.path_in(tmp_path))
    assert standings(SUITE, tmp_path).entries["line"] == {}
    usual.write(usual.path_in(tmp_path))
    assert list(standings(SUITE, tmp_path).entries["line"]) == ["lstm"]


def test_other_updates_are_those_of_every_variant_and_nothing_else_changes():
    """`tem` has other updates and a shorter evaluation than the rest."""
    experiment = find_experiment("zero-shot-rectangle")
    for variant in experiment.variants:
        usual, other = (settings_of(experiment, variant, preset, 0) for preset in ("quick", "quick-7"))
        assert other == replace(usual, preset="quick-7", n_updates=7)


@pytest.mark.parametrize(
    ("name", "preset", "updates", "said"),
    [
        ("zero-shot-rectangle", "quick", 0, "--updates"),
        ("zero-shot-rectangle", "brief", 3, "no preset of zero-shot-rectangle called 'brief'"),
        ("kwinner-retention", "quick", 3, "leave out --updates"),
    ],
)
def test_updates_that_cannot_be_are_refused(name, preset, updates, said):
    with pytest.raises(ValueError, match=said):
        with_updates(find_experiment(name), preset, updates)
