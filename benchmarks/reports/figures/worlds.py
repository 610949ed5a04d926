"""The figure of an experiment whose agents learn in several kinds of worlds: each is scored where it has learnt."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HELD_OUT, Metric, title_of
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.style import FEW, legend_beside, lines_of, reference_line, save, styled

FEWEST_KINDS = 3  # of worlds, beyond which lines by step are too many
WIDTH = 0.7  # of all the agents of a kind, where kinds are 1 apart


def learns_in_many_worlds(experiment: Experiment) -> bool:
    """Whether variants learn in each of the kinds of worlds that are scored."""
    learnt_in = [variant.trains_in for variant in experiment.variants.values()]
    return len(experiment.evaluations) >= FEWEST_KINDS and all(
        arguments in learnt_in for arguments in experiment.evaluations.values()
    )


@styled
def draw_worlds(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw accuracy on the headline by kind of worlds, a marker for each agent with its interval over seeds.

    Where steps slip, steps that slipped themselves are left out. Returns the PNG and SVG written to `folder`.
    """
    figure = Figure(figsize=(6.0, 2.6), layout="constrained")
    panel = figure.subplots()
    kinds = [HELD_OUT, *experiment.evaluations]
    agents = list(dict.fromkeys(agent_of(name, kinds) for name in by_variant(results)))
    lines = lines_of(dict.fromkeys(agents, results))
    for place, agent in enumerate(agents):
        shift = WIDTH * (place / max(len(agents) - 1, 1) - 0.5)
        of_agent = [result for result in results if agent_of(result.variant, kinds) == agent]
        draw_where_it_learnt(panel, experiment, of_agent, shift, {**lines[agent], "label": agent})
    panel.axhline(1 / results[0].n_answers, **reference_line("chance"))
    panel.set(ylabel=f"{title_of(experiment.masks[0])}: accuracy", ylim=(0, 1.02))
    panel.set_xticks(range(len(kinds)), ["plain" if kind == HELD_OUT else kind.replace("-", " ") for kind in kinds])
    legend_beside(panel)
    return save(figure, folder / f"{experiment.name}-{results[0].preset}")


def draw_where_it_learnt(
    panel: Axes, experiment: Experiment, results: Sequence[Result], shift: float, line: Mapping[str, Any]
) -> None:
    """The variants of one agent, each at its kind of worlds; fewer than five runs are dots."""
    marker = {"color": line["color"], "marker": line.get("marker", "o"), "markersize": 4, "linestyle": ""}
    label = line["label"]
    for place, (kind, mask) in enumerate(scored_where_learnt(experiment)):
        here = [r for r in results if r.run_settings.trains_in == experiment.evaluations.get(kind, {})]
        accuracy = [r.counts(Metric(mask, kind)).accuracy(r.n_answers) for r in here]
        if not here:
            continue
        value, low, high = over_seeds(accuracy).within() if len(here) >= FEW else 3 * (float(np.mean(accuracy)),)
        panel.errorbar(place + shift, value, [[value - low], [high - value]], label=label, zorder=3, **marker)
        if len(here) < FEW:
            panel.scatter([place + shift] * len(here), accuracy, s=4, color=line["color"])
        label = None


def scored_where_learnt(experiment: Experiment) -> list[tuple[str, str]]:
    """Each kind of worlds, and the mask of its headline."""
    slips = {kind for kind, arguments in experiment.evaluations.items() if arguments.get("slip")}
    headline = experiment.masks[0]
    return [
        (kind, f"unslipped_{headline}" if kind in slips else headline) for kind in (HELD_OUT, *experiment.evaluations)
    ]


def agent_of(variant: str, kinds: Sequence[str]) -> str:
    """The name of a variant without the kind of worlds that it learnt in.

    >>> agent_of("transformer-rope-torus", ["held-out", "torus"])
    'transformer-rope'
    """
    endings = [f"-{kind}" for kind in kinds if variant.endswith(f"-{kind}")]
    return variant.removesuffix(endings[0]) if endings else variant
