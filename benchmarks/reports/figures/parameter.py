"""The figure of an experiment whose variants differ in one number: accuracy against it, where all else is the same."""

import math
import statistics
from collections.abc import Sequence
from itertools import cycle, product
from pathlib import Path
from typing import Any

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
    legend = 1.4 if len(ways_of(results, experiment.along)) == 1 else 2.0  # inches, of longer names
    figure = Figure(figsize=(legend + 2.1 * len(masks), 2.3), layout="constrained")
    panels = figure.subplots(1, len(masks), sharey=True, squeeze=False)[0]
    for panel, mask in zip(panels, masks, strict=True):
        draw_accuracy_by_value(panel, experiment.along, results, mask)
    panels[0].set_ylabel(f"accuracy, steps {first}-{last}")
    legend_beside(panels[-1], note=note)
    return save(figure, folder / f"{experiment.name}-{results[0].preset}-{experiment.along.replace('_', '-')}")


def draw_accuracy_by_value(panel: Axes, name: str, results: Sequence[Result], mask: str) -> None:
    """A line for each kind of worlds and each way, with its interval over seeds.

    Values are evenly spaced: 0 may be among them.
    """
    values = sorted({value_of(result, name) for result in results})
    k, bins = results[0].n_answers, results[0].bins
    lines = product(ways_of(results, name).items(), results[0].scores)
    for ((way, of_way), kind), colour in zip(lines, cycle(SERIES), strict=False):
        metric = Metric(mask, kind, (bins[-2] + 1, bins[-1]))
        accuracy = {(value_of(r, name), r.seed): r.counts(metric).accuracy(k) for r in of_way}
        seeds = sorted({seed for _, seed in accuracy})
        at = [place for place, value in enumerate(values) if any((value, seed) in accuracy for seed in seeds)]
        runs = [[accuracy.get((values[place], seed), math.nan) for place in at] for seed in seeds]
        label = "familiar maps" if kind == HELD_OUT else kind.replace("-", " ")
        label = f"{label}, {way}" if way else label
        draw_mean(panel, at, runs, {"color": colour, "marker": "o", "markersize": 2.5}, label)
    panel.axhline(1 / k, **reference_line("chance"))
    panel.set(xlabel=in_words(name), ylim=(0, 1.02), title=title_of(mask))
    panel.set_xticks(range(len(values)), [f"{value:g}" for value in values])


def ways_of(results: Sequence[Result], name: str) -> dict[str, Sequence[Result]]:
    """Results by what else tells apart runs of one seed, in words: only those of one way are points of one line.

    A way that has one value alone, such as the linear layer that needs no scaling, is a point of all other lines.
    """
    telling_apart = _telling_apart(results, name)
    ways: dict[str, list[Result]] = {}
    for result in results:
        given = _given(result, name)
        way = ", ".join(_said(key, given[key]) for key in telling_apart if given.get(key))
        ways.setdefault(way, []).append(result)
    n_values = {way: len({value_of(result, name) for result in of_way}) for way, of_way in ways.items()}
    alone = [result for way, of_way in ways.items() if n_values[way] == 1 for result in of_way]
    return {way: [*alone, *of_way] for way, of_way in ways.items() if n_values[way] > 1} or {"": results}


def _telling_apart(results: Sequence[Result], name: str) -> list[str]:
    """Of what runs were given, what differs between two runs of one seed: seeds may have worlds of their own."""
    given: dict[tuple[int, str], set[str]] = {}
    keys = dict.fromkeys(key for result in results for key in _given(result, name))
    for result in results:
        of_run = _given(result, name)
        for key in keys:
            given.setdefault((result.seed, key), set()).add(repr(of_run.get(key) or None))
    return [key for key in keys if any(len(given[seed, key]) > 1 for seed in {result.seed for result in results})]


def _given(result: Result, name: str) -> dict[str, Any]:
    """What a run was given, but for the number that is drawn along."""
    settings = result.run_settings
    agent = {"agent": settings.agent, **settings.sizes}
    return {key: value for key, value in (agent | {**settings.arguments, **settings.trains_in}).items() if key != name}


def _said(key: str, value: Any) -> str:
    return key.replace("_", " ") if value is True else f"{key.replace('_', ' ')} {value}"


def value_of(result: Result, name: str) -> float:
    """A size of the agent of a result, or an argument of the worlds it was trained in; a ValueError if it has none."""
    settings = result.run_settings
    for chosen in (settings.sizes, settings.trains_in, settings.arguments):
        if name in chosen:
            return chosen[name]
    raise ValueError(f"{result.variant} has no size and no argument {name!r}.")
