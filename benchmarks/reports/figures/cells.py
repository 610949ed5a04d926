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
from benchmarks.reports.figures.style import LineStyle, draw_map, folded, lines_of, rate_bar, save, styled
from benchmarks.reports.figures.words import in_words
from benchmarks.reports.tables import checked_walks
from hippo_envs import Walks
from hippo_envs.arrays import Floats

SCORES = ("grid_score_60", "grid_score_90", "band_score")
CODE_NULLS = ("_untrained", "_rotated", "_mixed", "_noise")
SHARES_ABOVE = np.linspace(1, 0, 101)
NULL_COLOUR = "#8a8f99"
MOST, HALF, MEDIAN = (0.95, 0.05), (0.75, 0.25), 0.5  # shares of units above
OF_UNITS = (
    "bar: the middle half of the units; line: all but the 5 % at either end; tick: median; dots: medians of seeds"
)
SMALLEST_PLACE = 0.055  # inches, 6 pixels on a page as wide as that of the documentation
AROUND, BETWEEN = 0.55, 0.08  # inches, of the title and the colour bar of maps, and between maps


@styled
def draw_cells(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw, for each variant whose position code was mapped, units of one seed and the scores of all, beside nulls.

    Returns the PNG and SVG written to `folder`; none if no code was mapped.
    """
    mapped = by_variant([result for result in results if "score_distributions" in result.measurements])
    if not mapped:
        return []
    walks = checked_walks(results)[HELD_OUT]
    figure = Figure(figsize=(7.6, 2.1 * len(mapped) + 0.2), layout="constrained")
    rows: Any = figure.subfigures(len(mapped), 2, width_ratios=(3.4, 4.2), squeeze=False)
    for (left, right), (name, variant_results) in zip(rows, mapped.items(), strict=True):
        draw_rate_maps(left, variant_results[0], walks)
        panels = right.subplots(1, 3, sharey=True)
        for panel, score_name in zip(panels, SCORES, strict=True):
            draw_distributions(panel, variant_results, score_name, lines_of(mapped)[name])
    figure.supxlabel(OF_UNITS, fontsize=6)
    return save(figure, folder / f"{experiment.name}-{results[0].preset}-cells")


def draw_rate_maps(figure: Any, result: Result, walks: Walks) -> None:
    """The rate maps kept with a result, of units spread evenly over the layer."""
    kept = result.measurements["rate_maps"]
    draw_units(figure, kept, walks)
    figure.suptitle(f"{in_words(kept.get('of', 'position'))}, units of {result.variant}", fontsize=8, x=0.02, ha="left")


def draw_units(figure: Any, kept: dict[str, Any], walks: Walks) -> None:
    """Maps of units, each from its own lowest rate to its highest, with a colour bar; as many as can be read."""
    positions = walks.worlds.graph(kept["world"]).positions
    room = figure.bbox.size / figure.dpi - (0, AROUND)
    n_rows, n_columns = rows_and_columns(len(kept["maps"]), room, np.ptp(folded(positions), axis=0) + 1)
    n_shown = min(n_rows * n_columns, len(kept["maps"]))
    panels = figure.subplots(n_rows, n_columns, squeeze=False)
    for panel in panels.flat[n_shown:]:
        panel.set_axis_off()
    evenly = np.linspace(0, len(kept["maps"]) - 1, n_shown).round().astype(int)
    for panel, rates in zip(panels.flat, np.array(kept["maps"], dtype=np.float64)[evenly], strict=False):
        draw_map(panel, rates, positions)
    rate_bar(figure, panels.flat)


def rows_and_columns(n_maps: int, room: Floats, places: Floats) -> tuple[int, int]:
    """In how many rows and columns most maps fit so that their places can be read; of equals, the largest places.

    Args:
        n_maps: there are.
        room: width and height in inches.
        places: of a map, in a row and in a column.

    >>> rows_and_columns(12, np.array([2.8, 2.2]), np.array([11, 11])), rows_and_columns(6, np.ones(2), 9 * np.ones(2))
    ((3, 4), (1, 1))
    """
    grids = [(rows, columns) for columns in range(1, n_maps + 1) for rows in range(1, -(-n_maps // columns) + 1)]
    size = {grid: float(((room / grid[::-1] - BETWEEN) / places).min()) for grid in grids}
    legible = [grid for grid in grids if size[grid] >= SMALLEST_PLACE] or [(1, 1)]
    return max(legible, key=lambda grid: (min(grid[0] * grid[1], n_maps), size[grid]))


def draw_distributions(panel: Axes, results: Sequence[Result], score_name: str, line: LineStyle) -> None:
    """The scores of all units: a row for the trained code, and one for each of its nulls."""
    scores = {
        end: [_quantiles(result.measurements["score_distributions"][f"{score_name}{end}"]) for result in results]
        for end in ("", *CODE_NULLS)
    }
    draw_beside_nulls(panel, scores, SHARES_ABOVE, line)
    panel.axvline(CONVENTIONAL, color="#cccccc", linewidth=0.6, zorder=0)
    panel.set(xlim=(-1.05, 1.05), title=in_words(score_name))


def draw_beside_nulls(panel: Axes, scores: dict[str, list[Floats]], shares_above: Floats, line: LineStyle) -> None:
    """A row for each distribution, so that none hides another: where most units are, half of them, and the median.

    Args:
        panel: drawn on; a line through all rows is at the median of the trained code.
        scores: by the ending of a null, "" for the trained code: of each seed the score at every share, (N,).
        shares_above: (N,), falling from 1 to 0.
        line: of the agent.
    """
    for row, (end, of_seeds) in enumerate(scores.items()):
        colour = NULL_COLOUR if end else line["color"]

        def at(share: float, values: Floats) -> float:
            return float(np.interp(share, shares_above[::-1], values[::-1]))

        mean = np.mean(of_seeds, axis=0)
        for shares, width in ((MOST, 1.0), (HALF, 5.0)):
            panel.plot([at(share, mean) for share in shares], [row, row], color=colour, linewidth=width, zorder=2)
        panel.plot([at(MEDIAN, mean)], [row], "|", color="white", markersize=5, zorder=3)
        medians = [at(MEDIAN, values) for values in of_seeds]
        panel.plot(medians, np.full(len(medians), row + 0.36), ".", color=colour, markersize=2, zorder=2)
        if not end:
            panel.axvline(at(MEDIAN, mean), color=colour, linewidth=0.6, zorder=1)
    panel.set_yticks(range(len(scores)), [in_words(end) for end in scores], fontsize=6)
    panel.set_ylim(len(scores) - 0.3, -0.6)


def _quantiles(scores: Sequence[float]) -> Floats:
    """The scores that each share of the units is above; runs may have lost other units."""
    return np.quantile(np.array(scores, dtype=np.float64), 1 - SHARES_ABOVE)
