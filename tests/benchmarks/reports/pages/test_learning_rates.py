"""The learning rates of the suite's agents are those that did best on worlds of validation, and on no others."""

import numpy as np
import pytest

from benchmarks.experiments.claims.hippo_1_rates import RATES
from benchmarks.experiments.hippo_1 import SUITE
from benchmarks.experiments.metric import HELD_OUT
from benchmarks.experiments.world_seeds import VALIDATION_SEEDS
from benchmarks.records.settings import settings_of
from benchmarks.reports.pages.learning_rates import ASKED, accuracies, best, with_rates
from hippo_envs import sample_walks
from tests.helpers.paths import ROOT

PAGE = ROOT / "docs" / "board.md"


def test_the_page_is_as_its_results_are():
    text = PAGE.read_text(encoding="utf-8")
    assert with_rates(text) == text, "run `python -m benchmarks docs`"


def test_every_agent_has_the_best_of_its_rates_in_all_tasks():
    chosen = best(accuracies())
    for task in SUITE.tasks.values():
        for agent, rate in chosen.items():
            if agent in task.experiment.variants:
                assert task.experiment.variants[agent].learning_rate == rate, f"{agent} in {task.experiment.name}"


def test_an_agent_without_all_its_runs_has_no_best_rate():
    """Else the rate of the runs that came first would be chosen."""
    rates = dict.fromkeys(RATES["lstm"], dict.fromkeys(ASKED, 0.5))
    highest = RATES["lstm"][-1]
    better = {**rates, highest: dict.fromkeys(ASKED, 0.6)}
    assert best({"lstm": rates}) == {"lstm": RATES["lstm"][0]}
    assert best({"lstm": better}) == {"lstm": highest}
    assert best({"lstm": {**better, highest: {"slip": 0.6}}}) == {}
    assert best({"lstm": {highest: better[highest]}}) == {}


@pytest.mark.parametrize("task", ASKED)
def test_rates_are_asked_of_worlds_that_no_task_is_scored_in(task):
    settings = settings_of(ASKED[task], "lstm-at-0.005", "smoke", 0)
    walks = settings.evaluation_walks()[HELD_OUT]
    seeds = VALIDATION_SEEDS[: settings.n_evaluation_worlds]
    validation = sample_walks(settings.evaluation_family(), seeds, settings.evaluation_length)
    of_task = settings_of(SUITE.task(task).experiment, "lstm", "smoke", 0).evaluation_walks()[HELD_OUT]
    np.testing.assert_array_equal(walks.nodes, validation.nodes)
    np.testing.assert_array_equal(walks.observations, validation.observations)
    assert (walks.observations != of_task.observations).any(axis=1).all()
