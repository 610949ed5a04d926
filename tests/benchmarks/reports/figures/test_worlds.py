"""The figure of worlds: each agent is shown where it has learnt."""

import matplotlib
import pytest
import torch
from rich.console import Console

from benchmarks.experiments import EXPERIMENTS
from benchmarks.reports.figures import worlds
from benchmarks.reports.figures.draw import FIGURES
from benchmarks.running.run import run

EXPERIMENT = EXPERIMENTS["what-position-does"]
VARIANTS = ("transformer-rope", "transformer-rope-slip", "transformer-none-torus")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    runs = tmp_path_factory.mktemp("runs")
    return [
        run(EXPERIMENT, name, "smoke", 0, torch.device("cpu"), runs, Console(quiet=True))
        for name in (*VARIANTS, "transformer-none-unknown-actions")
    ]


def test_an_experiment_whose_agents_learn_in_many_worlds_has_one_figure_of_them():
    assert [draw.__name__ for draw in FIGURES[type(EXPERIMENT)](EXPERIMENT)] == ["draw_worlds"]
    other = EXPERIMENTS["mapformer"]
    assert "draw_experiment" in [draw.__name__ for draw in FIGURES[type(other)](other)]


def test_every_agent_is_drawn_at_the_worlds_it_learnt_in(results, monkeypatch):
    panel = matplotlib.figure.Figure().subplots()
    drawn = []
    monkeypatch.setattr(panel, "errorbar", lambda x, y, *_, **__: drawn.append((round(x), y)))
    for variant in ("transformer-rope", "transformer-none"):
        of_agent = [result for result in results if result.variant.startswith(variant)]
        worlds.draw_where_it_learnt(panel, EXPERIMENT, of_agent, 0.0, {"color": "#000000", "label": variant})
    by_variant = {result.variant: result for result in results}
    expected = [
        (0, by_variant["transformer-rope"].value("loop_closure")),
        (2, by_variant["transformer-rope-slip"].value("unslipped_loop_closure@slip")),
        (1, by_variant["transformer-none-torus"].value("loop_closure@torus")),
        (3, by_variant["transformer-none-unknown-actions"].value("loop_closure@unknown-actions")),
    ]
    assert drawn == expected


def test_steps_that_slipped_are_left_out_where_steps_slip():
    masks = dict(worlds.scored_where_learnt(EXPERIMENT))
    assert masks.pop("slip") == "unslipped_loop_closure"
    assert set(masks.values()) == {"loop_closure"}


def test_a_picture_of_worlds_is_the_same_again(results, tmp_path):
    once, again = (worlds.draw_worlds(EXPERIMENT, results, tmp_path / name) for name in ("once", "again"))
    assert [path.name for path in once] == ["what-position-does-smoke.png", "what-position-does-smoke.svg"]
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]
