"""The figure of learning from reward: what is earned, by env steps, and what it took."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments.study import Study
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.accuracy import STYLE, colours_of, save


def draw_reinforcement(study: Study, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw returns in training by env steps, and on held-out worlds by CPU seconds; returns the PNG and SVG."""
    runs = by_variant(results)
    colours = colours_of(runs)
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(6.4, 2.3), layout="constrained")
        while_learning, held_out = figure.subplots(1, 2, sharey=True)
        for name, of_learner in runs.items():
            draw_learning(while_learning, of_learner, colours[name], name)
            spent = [result.provenance["cpu_seconds"] for result in of_learner]
            before = [result.provenance["memory_cpu_seconds"] for result in of_learner]
            earned = [result.measurements["return"] for result in of_learner]
            held_out.plot(np.add(spent, before), earned, "o", color=colours[name], markersize=3.5, alpha=0.8)
        while_learning.set(xlabel="env steps of the learner", ylabel="return", title="while learning")
        while_learning.margins(x=0)
        while_learning.set_ylim(0, None)
        held_out.set(xlabel="CPU seconds, those of the memory included", title="held-out worlds", xscale="log")
        figure.legend(*while_learning.get_legend_handles_labels(), loc="outside right upper", handlelength=1.6)
        return save(figure, folder / f"{study.name}-{results[0].preset}")


def draw_learning(panel: Axes, results: Sequence[Result], colour: str, label: str) -> None:
    """The mean over seeds and its interval; nothing before the first episode has ended."""
    returns = np.array([result.measurements["curve_return"] for result in results], dtype=np.float64)
    env_steps = np.array(results[0].measurements["curve_env_steps"])
    value, low, high = np.array([over_seeds(at_round) for at_round in returns.T]).T
    panel.plot(env_steps, value, color=colour, label=label, zorder=3)
    panel.fill_between(env_steps, low, high, color=colour, alpha=0.15, linewidth=0, zorder=2)
