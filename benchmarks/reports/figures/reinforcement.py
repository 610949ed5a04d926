"""The figure of learning from reward: return by env steps, and by CPU seconds."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from benchmarks.experiments.study import Study
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.style import LineStyle, draw_mean, legend_beside, lines_of, save, styled


@styled
def draw_reinforcement(study: Study, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw returns in training by env steps, and on held-out worlds by CPU seconds; returns the PNG and SVG."""
    runs = by_variant(results)
    lines = lines_of(runs)
    figure = Figure(figsize=(6.4, 2.3), layout="constrained")
    while_learning, held_out = figure.subplots(1, 2, sharey=True)
    for name, of_learner in runs.items():
        draw_learning(while_learning, of_learner, lines[name], name)
        spent = [result.provenance["cpu_seconds"] for result in of_learner]
        before = [result.provenance["memory_cpu_seconds"] for result in of_learner]
        earned = [result.measurements["return"] for result in of_learner]
        held_out.plot(np.add(spent, before), earned, "o", color=lines[name]["color"], markersize=3.5, alpha=0.8)
    while_learning.set(xlabel="env steps of the learner", ylabel="return", title="while learning, moves drawn")
    while_learning.xaxis.set_major_locator(MaxNLocator(4))
    while_learning.xaxis.set_major_formatter(lambda steps, _: f"{steps / 1_000:g} k" if steps else "0")
    while_learning.margins(x=0)
    while_learning.set_ylim(0, None)
    held_out.set(
        xlabel="CPU seconds, those of the memory included", title="held-out worlds, likeliest moves", xscale="log"
    )
    held_out.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    held_out.xaxis.set_major_formatter(lambda seconds, _: f"{seconds:g}")
    held_out.xaxis.set_minor_formatter(NullFormatter())
    legend_beside(held_out, while_learning)
    return save(figure, folder / f"{study.name}-{results[0].preset}")


def draw_learning(panel: Axes, results: Sequence[Result], line: LineStyle, label: str) -> None:
    """The mean over seeds and its interval; nothing before the first episode has ended."""
    returns = np.array([result.measurements["curve_return"] for result in results], dtype=np.float64)
    env_steps = np.array(results[0].measurements["curve_env_steps"])
    draw_mean(panel, env_steps, returns, line, label, bounds=None)
