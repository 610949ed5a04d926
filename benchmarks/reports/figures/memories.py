"""The figure of an experiment on familiar maps: which memory is learnt when, working memory or reference memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.experiments.colours import SERIES
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import title_of
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.style import draw_mean, legend_beside, save, styled


@styled
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
    figure = Figure(figsize=(5.6, 2.3), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, variant in zip(panels, reversed(compared), strict=True):
        draw_memories_of(panel, found[variant], memories[::-1])
        panel.set(title=variant, xlabel="updates", ylim=(0, 1.02))
    panels[0].set_ylabel("accuracy, validation worlds")
    legend_beside(panels[1])
    return save(figure, folder / f"{experiment.name}-{results[0].preset}-memories")


def draw_memories_of(panel: Axes, results: Sequence[Result], memories: Sequence[str]) -> None:
    """The learning curves of one agent, mean over its seeds with their interval."""
    updates = np.array(results[0].learning["update"], dtype=np.float64)
    for memory, colour in zip(memories, SERIES, strict=False):
        curves = np.array([run.learning[memory] for run in results], dtype=np.float64)
        draw_mean(panel, updates, curves, {"color": colour}, title_of(memory))
