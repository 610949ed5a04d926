"""The figures of place cells in layers: how place-like all units are, and whether that goes with memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.evaluation.measurements.place_cells import QUANTILES
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HELD_OUT, title_of
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.accuracy import NULL_LINES, STYLE, colours_of, draw_map, save
from benchmarks.reports.tables import checked_walks
from hippo_envs import Walks

SCORE = "place_score"
NULLS: dict[str, dict[str, Any]] = {
    **{null: NULL_LINES[null] for null in ("", "_untrained")},
    "_symbols": {"color": "#e69f00"},
    "_shifted": {"color": "#999999"},
}
UNITS_WIDTH, LAYER_WIDTH, LEGEND_WIDTH = 2.3, 1.0, 1.2  # inches; a layer's title and its ticks fit beside the next ones
FEWEST_RUNS = 3  # that have a correlation


def draw_place_cells(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw, for each variant, six units of the last layer of one seed and the place scores of all layers, beside nulls.

    A second figure has a dot for each run: its place score against its accuracy on the headline mask. Returns the PNG
    and SVG of both written to `folder`; none if no layers were mapped.
    """
    mapped = [result for result in results if "place_quantiles" in result.measurements]
    if not mapped:
        return []
    walks = checked_walks(mapped)[HELD_OUT]
    stem = f"{experiment.name}-{results[0].preset}"
    variants, layers = by_variant(mapped), layers_of(mapped)
    with plt.rc_context(STYLE):
        widths = UNITS_WIDTH, LEGEND_WIDTH + LAYER_WIDTH * len(layers)
        figure = plt.figure(figsize=(sum(widths), 1.7 * len(variants)), layout="constrained")
        rows: Any = figure.subfigures(len(variants), 2, width_ratios=widths, squeeze=False)
        for (left, right), of_variant in zip(rows, variants.values(), strict=True):
            draw_units(left, of_variant[0], walks)
            panels = right.subplots(1, len(layers), sharey=True, squeeze=False)[0]
            for panel, layer in zip(panels, layers, strict=True):
                draw_quantiles(panel, of_variant, layer)
            panels[0].set_ylabel("share of units above")
            right.supxlabel("place score", fontsize=8)
            panels[-1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.2, borderaxespad=0.2)
        paths = save(figure, folder / f"{stem}-places")
        figure = plt.figure(figsize=(3.6, 2.4), layout="constrained")
        draw_against_memory(figure.subplots(), mapped, experiment.masks[0])
        return paths + save(figure, folder / f"{stem}-places-memory")


def layers_of(results: Sequence[Result]) -> list[str]:
    """The layers that were measured in all runs, in their order: an older one may have fewer."""
    scores = [name for name in results[0].measurements if name.endswith(f"_{SCORE}")]
    return [name.removesuffix(f"_{SCORE}") for name in scores if all(name in result.measurements for result in results)]


def draw_units(figure: Any, result: Result, walks: Walks) -> None:
    """The maps kept with a result, each scaled to its own maximum."""
    kept = result.measurements["place_maps"]
    positions = walks.worlds.graph(kept["world"]).positions
    panels = figure.subplots(2, -(-len(kept["maps"]) // 2), squeeze=False)
    for panel in panels.flat[len(kept["maps"]) :]:
        panel.set_axis_off()
    for panel, rates in zip(panels.flat, np.array(kept["maps"], dtype=np.float64), strict=False):
        draw_map(panel, rates, positions)
    figure.suptitle(f"{kept['of']} units, {result.variant}", fontsize=8, x=0.02, ha="left")


def draw_quantiles(panel: Axes, results: Sequence[Result], layer: str) -> None:
    """The share of a layer's units whose place score is above each value, of every seed, and of its nulls."""
    for null, line in NULLS.items():
        for result in results:
            scores = result.measurements["place_quantiles"][f"{layer}_{SCORE}{null}"]
            label = (null.strip("_") or "trained") if result is results[0] else None
            panel.plot(scores, 1 - np.array(QUANTILES[: len(scores)]), linewidth=0.8, alpha=0.8, label=label, **line)
    panel.set(xlim=(0, 1), ylim=(0, 1.02), xticks=(0, 0.5, 1), xticklabels=("0", "0.5", "1"), title=layer)


def draw_against_memory(panel: Axes, results: Sequence[Result], mask: str) -> None:
    """Mean place score of the last layer against accuracy, a dot for each run; Pearson's r over all, and by variant.

    Over variants r also says what else differs between them; runs of one variant differ in their seed alone.
    """
    layer = results[0].measurements["place_maps"]["of"]
    variants = by_variant(results)
    colours = colours_of(variants)
    for name, of_variant in variants.items():
        places = [result.value(f"{layer}_{SCORE}") for result in of_variant]
        right = [result.value(mask) for result in of_variant]
        label = f"{name}{correlation(right, places)}"
        panel.plot(right, places, "o", markersize=3, color=colours[name], label=label)
    everything = correlation(
        [result.value(mask) for result in results], [result.value(f"{layer}_{SCORE}") for result in results]
    )
    panel.set(
        xlabel=f"accuracy, {title_of(mask)}", ylabel=f"place score, {layer}", title=f"{len(results)} runs{everything}"
    )
    panel.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.0, borderaxespad=0.2)


def correlation(first: Sequence[float], second: Sequence[float]) -> str:
    """Pearson's r of two numbers over runs, as it is written in the figure; nothing for fewer than three."""
    if len(first) < FEWEST_RUNS or np.std(first) == 0 or np.std(second) == 0:
        return ""
    return f", r = {np.corrcoef(first, second)[0, 1]:.2f}"
