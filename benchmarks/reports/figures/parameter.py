"""The figure of an experiment whose variants differ in one number: accuracy against that number."""

import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HELD_OUT, Metric, title_of
from benchmarks.records.result import Result
from benchmarks.reports.figures.accuracy import OTHER_COLOURS, REFERENCE_LINES, STYLE, save

FEWEST_VALUES = 3  # that make a curve


def draw_parameter(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw accuracy over the last steps of the walks by the number that tells variants apart: headline and last mask.

    Variants that were given more or fewer updates than most are left out. Returns the PNG and SVG written to `folder`;
    none if the experiment names no such number, or if fewer than three of its values have results.
    """
    usual = statistics.mode(result.run_settings.n_updates for result in results)
    results = [result for result in results if result.run_settings.n_updates == usual]
    if not experiment.along or len({value_of(result, experiment.along) for result in results}) < FEWEST_VALUES:
        return []
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(5.6, 2.3), layout="constrained")
        panels = figure.subplots(1, 2, sharey=True)
        for panel, mask in zip(panels, (experiment.masks[0], experiment.masks[-1]), strict=True):
            draw_accuracy_by_value(panel, experiment.along, results, mask)
        first, last = results[0].bins[-2] + 1, results[0].bins[-1]
        panels[0].set_ylabel(f"accuracy, steps {first}-{last}")
        panels[1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.6, borderaxespad=0.2)
        return save(figure, folder / f"{experiment.name}-{results[0].preset}-{experiment.along.replace('_', '-')}")


def draw_accuracy_by_value(panel: Axes, name: str, results: Sequence[Result], mask: str) -> None:
    """A line for each kind of worlds with its interval over seeds; values are evenly spaced: 0 may be among them."""
    values = sorted({value_of(result, name) for result in results})
    k, bins = results[0].n_observations, results[0].bins
    for kind, colour in zip(results[0].scores, OTHER_COLOURS, strict=False):
        metric = Metric(mask, kind, (bins[-2] + 1, bins[-1]))
        at_value = [
            over_seeds([r.counts(metric).accuracy(k) for r in results if value_of(r, name) == value])
            for value in values
        ]
        middle, low, high = np.array(at_value).T
        label = "familiar maps" if kind == HELD_OUT else kind.replace("-", " ")
        panel.plot(range(len(values)), middle, color=colour, label=label, marker="o", markersize=2.5, zorder=3)
        panel.fill_between(
            range(len(values)), low, np.minimum(high, 1), color=colour, alpha=0.25, linewidth=0, zorder=2
        )
    panel.axhline(1 / k, **{"linewidth": 1.0, **REFERENCE_LINES["chance"]}, label="chance", zorder=1)
    panel.set(xlabel=name.replace("n_", "number of ").replace("_", " "), ylim=(0, 1.02), title=title_of(mask))
    panel.set_xticks(range(len(values)), [f"{value:g}" for value in values])


def value_of(result: Result, name: str) -> float:
    """A size of the agent of a result, or an argument of the worlds it was trained in; a ValueError if it has none."""
    settings = result.run_settings
    for chosen in (settings.sizes, settings.trains_in, settings.arguments):
        if name in chosen:
            return chosen[name]
    raise ValueError(f"{result.variant} has no size and no argument {name!r}.")
