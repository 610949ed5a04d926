"""The figure of a capacity: how many letters of familiar maps the weights hold, of how many there are."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments.experiment import Experiment
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.accuracy import REFERENCE_LINES, STYLE, colours_of, save

FEWEST_AMOUNTS = 3  # of letters, that make a curve


def draw_letters(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw letters known against letters to be known, a point for each variant with its interval over seeds.

    Returns the PNG and SVG written to `folder`; none if fewer than three amounts of letters were learnt.
    """
    results = [result for result in results if "letters_known" in result.measurements]
    if len({result.measurements["letters"] for result in results}) < FEWEST_AMOUNTS:
        return []
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(4.2, 2.3), layout="constrained")
        panel = figure.subplots()
        draw_letters_known(panel, results)
        panel.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.6, borderaxespad=0.2)
        return save(figure, folder / f"{experiment.name}-{results[0].preset}-letters")


def draw_letters_known(panel: Axes, results: Sequence[Result]) -> None:
    """The line is all of them."""
    amounts = sorted({result.measurements["letters"] for result in results})
    colours = colours_of(by_variant(results))
    for name, of_variant in by_variant(results).items():
        value, low, high = over_seeds([result.value("letters_known") for result in of_variant])
        panel.errorbar(
            *(of_variant[0].measurements["letters"], value, [[value - low], [high - value]]),
            color=colours[name],
            label=name,
            marker="o",
            markersize=3.5,
            linestyle="",
            zorder=3,
        )
    line = {"linewidth": 1.0, **REFERENCE_LINES["node-agent"]}
    panel.plot([0, amounts[-1]], [0, amounts[-1]], **line, label="all", zorder=1)
    panel.set(xlabel="letters of the familiar maps", ylabel="known by heart")
    # 196 and 200 would be written over each other.
    apart = [amounts[0], *(more for less, more in pairwise(amounts) if more > 1.1 * less)]
    panel.set_xticks(apart, [str(amount) for amount in apart])
