"""The figures of place cells: what is drawn is what the results say."""

from dataclasses import replace

import matplotlib
import numpy as np
import pytest
import torch
from rich.console import Console

from benchmarks.experiments import find_experiment
from benchmarks.reports.figures.places import (
    correlation,
    draw_against_memory,
    draw_place_cells,
    draw_quantiles,
    layers_of,
)
from benchmarks.running.run import run
from tests.helpers.narrow import narrow

EXPERIMENT = narrow(find_experiment("nmda-place-cells"))


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    runs = tmp_path_factory.mktemp("runs")
    return run(EXPERIMENT, "nmda-a10", "smoke", 0, torch.device("cpu"), runs, Console(quiet=True))


def test_both_figures_are_written_for_what_was_measured_and_none_for_the_rest(result, tmp_path):
    found = draw_place_cells(EXPERIMENT, [result], tmp_path)
    stem = "nmda-place-cells-smoke-places"
    assert [path.name for path in found] == [f"{stem}{end}" for end in (".png", ".svg", "-memory.png", "-memory.svg")]
    assert all(path.exists() for path in found)
    assert draw_place_cells(EXPERIMENT, [replace(result, measurements={})], tmp_path) == []


def test_layers_are_drawn_that_all_runs_have(result, tmp_path):
    """Results of before attention was measured have none of it."""
    before = {name: value for name, value in result.measurements.items() if not name.startswith("attention")}
    kept = {name: of for name, of in before["place_quantiles"].items() if not name.startswith("attention")}
    older = replace(result, seed=1, measurements={**before, "place_quantiles": kept})
    assert layers_of([result]) == ["position", "attention_1", "attention_2", "hidden_1", "hidden_2"]
    assert layers_of([older, result]) == layers_of([result, older]) == ["position", "hidden_1", "hidden_2"]
    assert draw_place_cells(EXPERIMENT, [result, older], tmp_path)


def test_a_line_falls_through_the_quantiles(result):
    panel = matplotlib.figure.Figure().subplots()
    draw_quantiles(panel, [result], "hidden_1", {"color": "#0072b2"})
    lines = {line.get_label(): line for line in panel.get_lines()}
    assert set(lines) == {"trained", "untrained", "symbols alone", "shifted in time"}
    scores, above = lines["untrained"].get_data()
    assert scores.tolist() == result.measurements["place_quantiles"]["hidden_1_place_score_untrained"]
    assert above[0] == 1
    assert above[-1] == 0
    assert above[list(scores).index(np.median(scores))] == pytest.approx(0.5)


def test_runs_are_dots_with_a_correlation_from_three_on(result):
    measured = {**result.measurements, "hidden_2_place_score": 0.0}
    scores = [replace(result, seed=i, measurements={**measured, "ltrm_64": x}) for i, x in enumerate((0.1, 0.2, 0.4))]
    scores = [
        replace(one, measurements={**one.measurements, "hidden_2_place_score": 1 - one.value("ltrm_64")})
        for one in scores
    ]
    panel = matplotlib.figure.Figure().subplots()
    draw_against_memory(panel, scores, "ltrm_64")
    (dots,) = panel.get_lines()
    np.testing.assert_allclose(dots.get_data(), [[0.1, 0.2, 0.4], [0.9, 0.8, 0.6]])
    assert dots.get_label() == "nmda-a10, r = -1.00"
    assert panel.get_title() == "3 runs, r = -1.00"
    assert correlation([1, 2], [2, 1]) == correlation([1, 1, 1], [1, 2, 3]) == ""
