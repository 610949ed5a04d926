"""The figures of place cells: what is drawn is what the results say."""

from dataclasses import replace

import matplotlib
import numpy as np
import pytest
import torch
from rich.console import Console

from benchmarks.evaluation.measurements.place_cells import QUANTILES
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


def test_every_null_has_a_row_of_its_own_beside_the_trained_code(result):
    panel = matplotlib.figure.Figure().subplots()
    draw_quantiles(panel, [result], "hidden_1", {"color": "#0072b2"})
    names = ["trained", "untrained", "tuned to symbols only", "shifted in time"]
    assert [tick.get_text() for tick in panel.get_yticklabels()] == names
    kept = result.measurements["place_quantiles"]["hidden_1_place_score_untrained"]
    most, half, median, _ = (line for line in panel.get_lines() if 0.5 < line.get_ydata()[0] < 1.5)
    assert median.get_xdata() == pytest.approx([np.median(kept)])
    assert (
        kept[0] <= most.get_xdata()[0] <= half.get_xdata()[0] <= half.get_xdata()[1] <= most.get_xdata()[1] <= kept[-1]
    )
    assert np.interp(half.get_xdata(), kept, QUANTILES) == pytest.approx([0.25, 0.75], abs=0.01)


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
