"""The figure of weight capacity: how many letters of familiar maps the weights hold, of how many there are."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments.experiment import Experiment
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.style import FEW, legend_beside, lines_of, reference_line, save, styled

FEWEST_AMOUNTS = 3  # of letters, that make a curve


@styled
def draw_letters(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw letters known against letters to be known, a point for each variant with its interval over seeds.

    Returns the PNG and SVG written to `folder`; none if fewer than three amounts of letters were learnt.
    """
    results = [result for result in results if "letters_known" in result.measurements]
    if len({result.measurements["letters"] for result in results}) < FEWEST_AMOUNTS:
        return []
    figure = Figure(figsize=(4.2, 2.3), layout="constrained")
    panel = figure.subplots()
    draw_letters_known(panel, results)
    legend_beside(panel)
    return save(figure, folder / f"{experiment.name}-{results[0].preset}-letters")


def draw_letters_known(panel: Axes, results: Sequence[Result]) -> None:
    """The line is all of them."""
    amounts = sorted({result.measurements["letters"] for result in results})
    runs = by_variant(results)
    for (name, variant_results), line in zip(runs.items(), lines_of(runs).values(), strict=True):
        known = [result.value("letters_known") for result in variant_results]
        value, low, high = over_seeds(known) if len(known) >= FEW else 3 * (float(np.mean(known)),)
        panel.errorbar(
            *(variant_results[0].measurements["letters"], value, [[value - low], [high - value]]),
            color=line["color"],
            label=name,
            marker=line.get("marker", "o"),
            markersize=4,
            linestyle="",
            zorder=3,
        )
        if len(known) < FEW:
            panel.scatter([variant_results[0].measurements["letters"]] * len(known), known, s=4, color=line["color"])
    panel.plot([0, amounts[-1]], [0, amounts[-1]], **{**reference_line("node-agent"), "label": "all"})
    panel.set(xlabel="letters of the familiar maps", ylabel="known by heart")
    # 196 and 200 would be written over each other.
    apart = [amounts[0], *(more for less, more in pairwise(amounts) if more > 1.1 * less)]
    panel.set_xticks(apart, [str(amount) for amount in apart])
