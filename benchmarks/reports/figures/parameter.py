"""The figure of an experiment whose variants differ in one number: accuracy against that number."""

import math
import statistics
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.experiments.colours import SERIES
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HELD_OUT, Metric, title_of
from benchmarks.records.result import Result
from benchmarks.reports.figures.style import draw_mean, legend_beside, reference_line, save, styled, telling
from benchmarks.reports.figures.words import in_words

FEWEST_VALUES = 3  # that make a curve


@styled
def draw_parameter(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw accuracy over the last steps of the walks by the number that tells variants apart: headline and last mask.

    Variants that were given more or fewer updates than most are left out. Returns the PNG and SVG written to `folder`;
    none if the experiment names no such number, or if fewer than three of its values have results.
    """
    usual = statistics.mode(result.run_settings.n_updates for result in results)
    results = [result for result in results if result.run_settings.n_updates == usual]
    if not experiment.along or len({value_of(result, experiment.along) for result in results}) < FEWEST_VALUES:
        return []
    first, last = results[0].bins[-2] + 1, results[0].bins[-1]
    k, kinds = results[0].n_answers, list(results[0].scores)
    masks, note = telling(
        (experiment.masks[0], experiment.masks[-1]),
        lambda mask: [r.counts(Metric(mask, kind, (first, last))).accuracy(k) for kind in kinds for r in results],
    )
    figure = Figure(figsize=(1.4 + 2.1 * len(masks), 2.3), layout="constrained")
    panels = figure.subplots(1, len(masks), sharey=True, squeeze=False)[0]
    for panel, mask in zip(panels, masks, strict=True):
        draw_accuracy_by_value(panel, experiment.along, results, mask)
    panels[0].set_ylabel(f"accuracy, steps {first}-{last}")
    legend_beside(panels[-1], note=note)
    return save(figure, folder / f"{experiment.name}-{results[0].preset}-{experiment.along.replace('_', '-')}")


def draw_accuracy_by_value(panel: Axes, name: str, results: Sequence[Result], mask: str) -> None:
    """A line for each kind of worlds with its interval over seeds; values are evenly spaced: 0 may be among them."""
    values = sorted({value_of(result, name) for result in results})
    k, bins = results[0].n_answers, results[0].bins
    for kind, colour in zip(results[0].scores, SERIES, strict=False):
        metric = Metric(mask, kind, (bins[-2] + 1, bins[-1]))
        accuracy = {(value_of(r, name), r.seed): r.counts(metric).accuracy(k) for r in results}
        seeds = sorted({seed for _, seed in accuracy})
        at_value = [[accuracy.get((value, seed), math.nan) for value in values] for seed in seeds]
        label = "familiar maps" if kind == HELD_OUT else kind.replace("-", " ")
        draw_mean(panel, range(len(values)), at_value, {"color": colour, "marker": "o", "markersize": 2.5}, label)
    panel.axhline(1 / k, **reference_line("chance"))
    panel.set(xlabel=in_words(name), ylim=(0, 1.02), title=title_of(mask))
    panel.set_xticks(range(len(values)), [f"{value:g}" for value in values])


def value_of(result: Result, name: str) -> float:
    """A size of the agent of a result, or an argument of the worlds it was trained in; a ValueError if it has none."""
    settings = result.run_settings
    for chosen in (settings.sizes, settings.trains_in, settings.arguments):
        if name in chosen:
            return chosen[name]
    raise ValueError(f"{result.variant} has no size and no argument {name!r}.")
