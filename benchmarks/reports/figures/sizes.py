"""The figure of an experiment on worlds of many sizes: accuracy against the number of nodes."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import Metric, title_of
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.style import draw_mean, legend_beside, lines_of, reference_line, save, styled
from benchmarks.reports.tables import checked_walks
from hippo_envs import Walks
from hippo_envs.ceilings import CEILINGS
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import score

FEWEST_SIZES = 4  # that make a curve


@styled
def draw_sizes(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw accuracy over the last steps of the walks, by the size of the worlds: headline and last mask.

    Returns the PNG and SVG written to `folder`; none if the experiment scores fewer than four kinds of worlds beside
    those of training, if not all of them are of one size, or if walks are too short for late steps.
    """
    kinds = list(experiment.evaluations)
    if len(kinds) < FEWEST_SIZES or len(results[0].bins) < 2:
        return []
    walks = {kind: kind_walks for kind, kind_walks in checked_walks(results).items() if kind in kinds}
    if any(len(kind_walks.worlds.family.graphs) > 1 for kind_walks in walks.values()):
        return []
    figure = Figure(figsize=(5.6, 2.3), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, mask in zip(panels, (experiment.masks[0], experiment.masks[-1]), strict=True):
        draw_accuracy_by_size(panel, experiment, results, walks, mask)
    first, last = _last_steps(results)
    panels[0].set_ylabel(f"accuracy, steps {first}-{last}")
    legend_beside(panels[1])
    return save(figure, folder / f"{experiment.name}-{results[0].preset}-sizes")


def draw_accuracy_by_size(
    panel: Axes, experiment: Experiment, results: Sequence[Result], walks: dict[str, Walks], mask: str
) -> None:
    """Agents with their interval over seeds, references in grey."""
    n_nodes = [kind_walks.worlds.family.graphs[0].n_nodes for kind_walks in walks.values()]
    steps, k, runs = _last_steps(results), results[0].n_answers, by_variant(results)
    panel.set_xscale("log")
    for (name, variant_results), line in zip(runs.items(), lines_of(runs).values(), strict=True):
        at_size = [
            [result.counts(Metric(mask, kind, steps)).accuracy(k) for kind in walks] for result in variant_results
        ]
        draw_mean(panel, n_nodes, at_size, line, name)
    bins = (steps[0] - 1, steps[1])
    for name in experiment.references:
        if name in CEILINGS:
            continue  # an exact filter over worlds of one size says no more than the node agent
        scores = (score(REFERENCES[name](kind_walks), kind_walks, (mask,), bins)[mask] for kind_walks in walks.values())
        panel.plot(n_nodes, [counts.within(1, 2).accuracy(k) for counts in scores], **reference_line(name))
    panel.set(xlabel="nodes", ylim=(0, 1.02), title=title_of(mask))
    panel.set_xticks(n_nodes, [str(n) for n in n_nodes])
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.minorticks_off()


def _last_steps(results: Sequence[Result]) -> tuple[int, int]:
    """The last bin of steps."""
    bins = results[0].bins
    return bins[-2] + 1, bins[-1]
