"""The figure of cells: rate maps of units, and how the scores of all of them are distributed beside those of nulls."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.evaluation.measurements.tuning import CONVENTIONAL
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HELD_OUT
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.style import (
    NULLS,
    LineStyle,
    draw_map,
    legend_beside,
    lines_of,
    rate_bar,
    save,
    styled,
)
from benchmarks.reports.tables import checked_walks
from hippo_envs import Walks
from hippo_envs.arrays import Floats

SCORE_TITLES = {"grid_score_60": "grid, 60°", "grid_score_90": "grid, 90°", "band_score": "band"}
CODE_NULLS = ("_untrained", "_rotated", "_mixed", "_noise")
SHARES_ABOVE = np.linspace(1, 0, 101)


@styled
def draw_cells(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw, for each variant whose position code was mapped, units of one seed and the scores of all, beside nulls.

    Returns the PNG and SVG written to `folder`; none if no code was mapped.
    """
    mapped = by_variant([result for result in results if "score_distributions" in result.measurements])
    if not mapped:
        return []
    walks = checked_walks(results)[HELD_OUT]
    figure = Figure(figsize=(7.6, 1.8 * len(mapped)), layout="constrained")
    rows: Any = figure.subfigures(len(mapped), 2, width_ratios=(3.4, 4.2), squeeze=False)
    for (left, right), (name, variant_results) in zip(rows, mapped.items(), strict=True):
        draw_rate_maps(left, variant_results[0], walks)
        panels = right.subplots(1, 3, sharey=True)
        for panel, score_name in zip(panels, SCORE_TITLES, strict=True):
            draw_distributions(panel, variant_results, score_name, lines_of(mapped)[name])
        panels[0].set_ylabel("share of units above")
        legend_beside(panels[-1])
    return save(figure, folder / f"{experiment.name}-{results[0].preset}-cells")


def draw_rate_maps(figure: Any, result: Result, walks: Walks) -> None:
    """The rate maps kept with a result, of units spread evenly over the layer."""
    kept = result.measurements["rate_maps"]
    draw_units(figure, kept, walks, n_rows=3 if len(kept["maps"]) > 6 else 2)
    figure.suptitle(f"{kept.get('of', 'position')} units, {result.variant}", fontsize=8, x=0.02, ha="left")


def draw_units(figure: Any, kept: dict[str, Any], walks: Walks, n_rows: int) -> None:
    """Maps of units, each from its own lowest rate to its highest, with a colour bar."""
    positions = walks.worlds.graph(kept["world"]).positions
    panels = figure.subplots(n_rows, -(-len(kept["maps"]) // n_rows), squeeze=False)
    for panel in panels.flat[len(kept["maps"]) :]:
        panel.set_axis_off()
    for panel, rates in zip(panels.flat, np.array(kept["maps"], dtype=np.float64), strict=False):
        draw_map(panel, rates, positions)
    rate_bar(figure, panels.flat)


def draw_distributions(panel: Axes, results: Sequence[Result], score_name: str, line: LineStyle) -> None:
    """The share of units whose score is above each value: the trained code, and its nulls."""
    scores = {
        end: [_quantiles(result.measurements["score_distributions"][f"{score_name}{end}"]) for result in results]
        for end in ("", *CODE_NULLS)
    }
    draw_beside_nulls(panel, scores, SHARES_ABOVE, line)
    panel.axvline(CONVENTIONAL, color="#cccccc", linewidth=0.6, zorder=0)
    panel.set(xlim=(-1.05, 1.05), ylim=(0, 1.02), title=SCORE_TITLES[score_name])


def draw_beside_nulls(panel: Axes, scores: dict[str, list[Floats]], shares_above: Floats, line: LineStyle) -> None:
    """The scores that shares of units are above, by null; the mean over seeds, from the least of them to the most.

    Args:
        panel: drawn on.
        scores: by the ending of a null, "" for the trained code: of each seed the score at every share, (N,).
        shares_above: (N,).
        line: of the agent.
    """
    trained = {"color": line["color"], "linewidth": 3.0, "alpha": 0.7, "zorder": 1.5}  # below: a null may be the same
    for end, of_seeds in scores.items():
        name, drawn = NULLS[end] if end else ("trained", trained)
        at_share = np.array(of_seeds)
        panel.plot(at_share.mean(axis=0), shares_above, **{"linewidth": 1.1, **drawn, "label": name})
        least, most = at_share.min(axis=0), at_share.max(axis=0)
        panel.fill_betweenx(shares_above, least, most, color=drawn["color"], alpha=0.15, linewidth=0)


def _quantiles(scores: Sequence[float]) -> Floats:
    """The scores that each share of the units is above; runs may have lost other units."""
    return np.quantile(np.array(scores, dtype=np.float64), 1 - SHARES_ABOVE)
