"""The figure of an experiment on familiar maps: which memory is learnt when, working memory or reference memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import title_of
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.accuracy import OTHER_COLOURS, STYLE, save


def draw_memories(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw accuracy on validation worlds by update, a line for each kind of memory, for the agents of the first claim.

    Beside them what else is scored but the headline, which is their sum. Returns the PNG and SVG written to `folder`;
    none if the experiment does not score working memory, if its first claim is not a contrast of two agents, or if one
    of them has no learning curves.
    """
    memories = experiment.masks[1:]
    compared = experiment.claims[0].agent.split(" - ") if experiment.claims else []
    found = by_variant([result for result in results if result.learning])
    if not any(mask.startswith("stwm_") for mask in memories) or len(compared) != 2 or not set(compared) <= set(found):
        return []
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(5.6, 2.3), layout="constrained")
        panels = figure.subplots(1, 2, sharey=True)
        for panel, variant in zip(panels, reversed(compared), strict=True):
            draw_memories_of(panel, found[variant], memories[::-1])
            panel.set(title=variant, xlabel="updates", ylim=(0, 1.02))
        panels[0].set_ylabel("accuracy, validation worlds")
        panels[1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.6, borderaxespad=0.2)
        return save(figure, folder / f"{experiment.name}-{results[0].preset}-memories")


def draw_memories_of(panel: Axes, results: Sequence[Result], memories: Sequence[str]) -> None:
    """The learning curves of one agent, mean over its seeds with their interval."""
    updates = np.array(results[0].learning["update"], dtype=np.float64)
    for memory, colour in zip(memories, OTHER_COLOURS, strict=False):
        curves = np.array([result.learning[memory] for result in results], dtype=np.float64)
        value, low, high = np.array([over_seeds(at_update) for at_update in curves.T]).T
        panel.plot(updates, value, color=colour, label=title_of(memory), zorder=3)
        panel.fill_between(updates, low, np.minimum(high, 1), color=colour, alpha=0.25, linewidth=0, zorder=2)
