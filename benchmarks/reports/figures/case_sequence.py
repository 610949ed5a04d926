"""Figures of the Case Sequence: accuracy and collisions by update, and in which order matrices learn."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.experiments.study import Study
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.style import SHARE, LineStyle, draw_mean, legend_of_all, lines_of, save, styled

CURVES = {
    "accuracy": "accuracy, fresh batches",
    "collisions": "sequences with collisions",
    "case": "values tell the cases",
    "alignment": "queries meet keys",
    "identity": "keys of a letter are alike",
}


@styled
def draw_case_sequence(study: Study, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw how each variant ends and how it gets there; returns the PNG and SVG written to `folder`.

    In the lower row, what is learnt: values of the right case less the wrong one, products of queries or of upper case
    keys with lower case keys of the same letter less those of others.
    """
    runs = by_variant(results)
    lines = lines_of(runs)
    curves = [curve for curve in CURVES if any(np.ptp(result.measurements[f"{curve}_curve"]) for result in results)]
    n_rows = -(-(1 + len(curves)) // 3)
    figure = Figure(figsize=(7.2, 2.0 * n_rows), layout="constrained")
    panels = figure.subplots(n_rows, 3).ravel()
    draw_ends(panels[0], runs, lines)
    for panel, curve in zip(panels[1:], curves, strict=False):
        for name, variant_results in runs.items():
            draw_by_update(panel, variant_results, curve, lines[name], name)
        panel.set(title=CURVES[curve], xlabel="updates")
        panel.margins(x=0)
        if curve in ("accuracy", "collisions"):
            panel.set_ylim(0.45 if curve == "accuracy" else -0.03, 1.03)
    for panel in panels[1 + len(curves) :]:
        panel.set_axis_off()
    legend_of_all(figure, panels[1])
    return save(figure, folder / f"{study.name}-{results[0].preset}")


def draw_ends(panel: Axes, runs: dict[str, list[Result]], lines: dict[str, LineStyle]) -> None:
    """The accuracy of every run over the last fifth of training, and the median of each variant (figure 7A)."""
    for row, (name, variant_results) in enumerate(runs.items()):
        ends = [result.measurements["accuracy"] for result in variant_results]
        panel.plot(ends, np.full(len(ends), row), "o", color=lines[name]["color"], markersize=2.5, alpha=0.6)
        panel.plot([np.median(ends)], [row], "|", color="black", markersize=8)
    panel.set_yticks(range(len(runs)), list(runs), fontsize=6)
    panel.invert_yaxis()
    panel.set(title="accuracy at the end", xlim=(None, 1.01))


def draw_by_update(panel: Axes, results: Sequence[Result], curve: str, line: LineStyle, label: str) -> None:
    """The mean over seeds and its interval."""
    measured = results[0].measurements
    updates = measured["curve_ends" if curve in ("accuracy", "collisions", "loss") else "structure_updates"]
    values = np.array([result.measurements[f"{curve}_curve"] for result in results], dtype=np.float64)
    draw_mean(panel, updates, values, line, label, SHARE if curve in ("accuracy", "collisions") else None)
