"""The figure of an experiment: accuracy against step, beside what units do; and how fast each agent learns."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HELD_OUT, title_of
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.cells import draw_rate_maps
from benchmarks.reports.figures.style import (
    draw_mean,
    legend_beside,
    lines_of,
    middles,
    reference_line,
    save,
    styled,
    telling,
)
from benchmarks.reports.tables import checked_walks
from hippo_envs import Walks
from hippo_envs.ceilings import CEILINGS
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import score


@styled
def draw_experiment(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw an experiment's results; returns the PNG and SVG written to `folder`."""
    walks = checked_walks(results)[HELD_OUT]
    mapped = [result for result in results if "rate_maps" in result.measurements]
    k = results[0].n_answers
    shown, note = telling(
        (experiment.masks[0], experiment.masks[-1]),
        lambda mask: np.concatenate([_by_bin(result.curves[mask], k) for result in results]),
    )
    widths = (2.1 if mapped else 2.7) * len(shown) + (0.6 if mapped else 2.2), 2.8
    figure = Figure(figsize=(sum(widths) if mapped else widths[0], 2.7 if mapped else 2.5), layout="constrained")
    parts: Any = figure.subfigures(1, 2, width_ratios=widths) if mapped else (figure, None)
    left, right = parts
    panels = left.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for panel, mask in zip(panels, shown, strict=True):
        draw_accuracy_by_step(panel, results, walks, mask, experiment.references)
    panels[0].set_ylabel("accuracy on held-out worlds")
    legend_beside(panels[-1], note=note)
    if right is not None:
        draw_rate_maps(right, mapped[0], walks)
    return save(figure, folder / f"{experiment.name}-{results[0].preset}")


def with_updates(name: str, result: Result, results: Sequence[Result]) -> str:
    """A name for the legend: with how often the agent was updated, if most others were more or less often."""
    n_updates = result.run_settings.n_updates
    usual = statistics.mode(other.run_settings.n_updates for other in results)
    return name if n_updates == usual else f"{name}, {n_updates:,} updates"


def draw_accuracy_by_step(
    panel: Axes, results: Sequence[Result], walks: Walks, mask: str, references: Sequence[str]
) -> None:
    """Accuracy on a mask against step in the world: agents with their interval over seeds, references in grey."""
    panel.set_xscale("log")
    bins = max((result.curve_bins for result in results), key=lambda ends: ends[-1])
    k, runs = walks.worlds.family.n_answers, by_variant(results)
    for (name, variant_results), line in zip(runs.items(), lines_of(runs).values(), strict=True):
        curves = [_by_bin(result.curves[mask], k) for result in variant_results]
        label = with_updates(name, variant_results[0], results)
        draw_mean(panel, middles(variant_results[0].curve_bins), curves, line, label)
    for name in references:
        answers = (REFERENCES | CEILINGS)[name](walks)
        if name == "bayes-actions" and np.array_equal(answers.correct, walks.seen):
            continue  # actions alone tell where one is: the ceiling is the node agent
        counts = score(answers, walks, (mask,), bins)[mask]
        panel.plot(middles(bins), _by_bin(counts, k), **reference_line(name))
    # As long as the walks it learnt from.
    panel.axvspan(1, results[0].run_settings.walk_length, color="#f4f4f4", zorder=0)
    panel.set(xlabel="step in the world", ylim=(0, 1.02), title=title_of(mask))
    ticks = [4**power for power in range(1, 12) if 4**power <= bins[-1]]
    panel.set_xticks(ticks, [f"{tick // 1024}k" if tick >= 1024 else str(tick) for tick in ticks], minor=False)
    panel.minorticks_off()
    panel.set_xlim(2, bins[-1])


@styled
def draw_learning(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw how fast each agent learns: the headline on validation worlds by steps in worlds, and by CPU time.

    The mean over the seeds that kept a learning curve; those without one are named. Returns the PNG and SVG written to
    `folder`; none if no run kept one.
    """
    learnt = [result for result in results if result.learning]
    if not learnt:
        return []
    runs, mask = by_variant(learnt), experiment.masks[0]
    figure = Figure(figsize=(6.0, 2.4), layout="constrained")
    by_steps, by_time = figure.subplots(1, 2, sharey=True)
    by_steps.set_xscale("log")
    by_time.set_xscale("log")
    for (name, variant_results), line in zip(runs.items(), lines_of(runs).values(), strict=True):
        # The report after the first update would stretch a logarithmic axis by decades.
        update, seconds, accuracy = (
            _learning(variant_results, column)[:, 1:] for column in ("update", "cpu_seconds", mask)
        )
        steps = update[0] * variant_results[0].run_settings.steps_of_an_update
        draw_mean(by_steps, steps, accuracy, line, name)
        draw_mean(by_time, seconds.mean(axis=0), accuracy, line, name)
    by_steps.set(xlabel="steps in worlds", ylabel=f"{title_of(mask)},\nvalidation worlds", ylim=(0, 1.02))
    by_time.set(xlabel="CPU seconds of training")
    for panel in (by_steps, by_time):
        panel.xaxis.set_minor_formatter(NullFormatter())  # less than two decades would have their labels overlap
    without = [name for name in by_variant(results) if name not in runs]
    legend_beside(by_time, note="\n".join(["no curve was kept of", *without]) if without else "")
    return save(figure, folder / f"{experiment.name}-{results[0].preset}-learning")


def _learning(results: Sequence[Result], column: str) -> np.ndarray:
    """A column of the learning curves, a row for each run, as far as all of them go."""
    columns = [result.learning[column] for result in results]
    fewest = min(map(len, columns))
    return np.array([values[:fewest] for values in columns], dtype=np.float64)


def _by_bin(counts: Any, n_observations: int) -> list[float]:
    return [counts.within(b, b + 1).accuracy(n_observations) for b in range(counts.total.shape[1])]
