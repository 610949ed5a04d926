"""The figures of place cells in layers: how place-like all units are, and whether that goes with memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.evaluation.measurements.place_cells import QUANTILES
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HELD_OUT, title_of
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.cells import OF_UNITS, draw_beside_nulls, draw_units
from benchmarks.reports.figures.style import LineStyle, legend_beside, lines_of, save, styled
from benchmarks.reports.figures.words import in_words
from benchmarks.reports.tables import checked_walks

SCORE = "place_score"
LAYER_NULLS = ("_untrained", "_symbols", "_shifted")
UNITS_WIDTH, LAYER_WIDTH, NAMES_WIDTH = 2.3, 1.1, 1.0  # inches; a layer's title and its ticks fit beside the next ones
FEWEST_RUNS = 3  # that have a correlation


@styled
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
    widths = UNITS_WIDTH, NAMES_WIDTH + LAYER_WIDTH * len(layers)
    figure = Figure(figsize=(sum(widths), 1.7 * len(variants)), layout="constrained")
    rows: Any = figure.subfigures(len(variants), 2, width_ratios=widths, squeeze=False)
    for (left, right), (name, variant_results) in zip(rows, variants.items(), strict=True):
        kept = variant_results[0].measurements["place_maps"]
        draw_units(left, kept, walks)
        left.suptitle(f"{in_words(kept['of'])}, units of {name}", fontsize=8, x=0.02, ha="left")
        panels = right.subplots(1, len(layers), sharey=True, squeeze=False)[0]
        for panel, layer in zip(panels, layers, strict=True):
            draw_quantiles(panel, variant_results, layer, lines_of(variants)[name])
        right.supxlabel("place score", fontsize=7)
    figure.supxlabel(OF_UNITS, fontsize=6)
    paths = save(figure, folder / f"{stem}-places")
    figure = Figure(figsize=(3.6, 2.4), layout="constrained")
    draw_against_memory(figure.subplots(), mapped, experiment.masks[0])
    return paths + save(figure, folder / f"{stem}-places-memory")


def layers_of(results: Sequence[Result]) -> list[str]:
    """The layers that were measured in all runs, in their order: an older one may have fewer."""
    scores = [name for name in results[0].measurements if name.endswith(f"_{SCORE}")]
    return [name.removesuffix(f"_{SCORE}") for name in scores if all(name in result.measurements for result in results)]


def draw_quantiles(panel: Axes, results: Sequence[Result], layer: str, line: LineStyle) -> None:
    """The place scores of a layer's units, and those of its nulls."""
    kept = [result.measurements["place_quantiles"] for result in results]
    scores = {end: [np.array(of[f"{layer}_{SCORE}{end}"]) for of in kept] for end in ("", *LAYER_NULLS)}
    draw_beside_nulls(panel, scores, 1 - np.array(QUANTILES), line)
    panel.set(xlim=(0, 1), xticks=(0, 0.5, 1), xticklabels=("0", "0.5", "1"), title=in_words(layer))


def draw_against_memory(panel: Axes, results: Sequence[Result], mask: str) -> None:
    """Mean place score of the last layer against accuracy, a dot for each run; Pearson's r over all, and by variant.

    Over variants r also says what else differs between them; runs of one variant differ in their seed alone.
    """
    layer = results[0].measurements["place_maps"]["of"]
    variants = by_variant(results)
    for (name, variant_results), line in zip(variants.items(), lines_of(variants).values(), strict=True):
        places = [result.value(f"{layer}_{SCORE}") for result in variant_results]
        right = [result.value(mask) for result in variant_results]
        label = f"{name}{correlation(right, places)}"
        panel.plot(right, places, line.get("marker", "o"), markersize=3.5, color=line["color"], label=label)
    everything = correlation(
        [result.value(mask) for result in results], [result.value(f"{layer}_{SCORE}") for result in results]
    )
    panel.set(xlabel=f"accuracy, {title_of(mask)}", ylabel=f"place score, {in_words(layer)}")
    panel.set_title(f"{len(results)} runs{everything}")
    legend_beside(panel)


def correlation(first: Sequence[float], second: Sequence[float]) -> str:
    """Pearson's r of two numbers over runs, as it is written in the figure; nothing for fewer than three."""
    if len(first) < FEWEST_RUNS or np.std(first) == 0 or np.std(second) == 0:
        return ""
    return f", r = {np.corrcoef(first, second)[0, 1]:.2f}"
