"""Figures of similar memories: their similarity, and d' and raw difference by age, a column for each kind."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import leaves_list, linkage

from benchmarks.experiments.study import Study
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.retention import draw_by_age
from benchmarks.reports.figures.style import legend_beside, lines_of, save, styled
from benchmarks.reports.figures.words import in_words
from benchmarks.running.programs.retention import patterns_of

N_SHOWN = 150  # patterns of the matrix of similarities


@styled
def draw_structured(study: Study, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw a column for each number of bits changed; returns the PNG and SVG written to `folder`."""
    kinds: dict[int, list[Result]] = {}
    for result in results:
        kinds.setdefault(result.settings["bits_changed"], []).append(result)
    figure = Figure(figsize=(1.4 + 1.35 * max(len(kinds), 2), 4.2), layout="constrained")
    columns = figure.subplots(3, len(kinds), squeeze=False).T
    for panels, (bits_changed, bits_results) in zip(columns, kinds.items(), strict=True):
        runs = {name.removesuffix(f"-b{bits_changed}"): group for name, group in by_variant(bits_results).items()}
        lines = lines_of(runs)
        draw_similarities(panels[0], bits_results[0])
        panels[0].set_title(f"{bits_changed} bits changed:\nsimilarity {_similarity(bits_results):.2f}")
        for panel, curve in zip(panels[1:], ("d_prime", "raw_difference"), strict=True):
            panel.set(title=in_words(curve), xscale="log")
            for name, variant_results in runs.items():
                draw_by_age(panel, variant_results, f"{curve}_full_curve", lines[name], label_of(name, variant_results))
        panels[1].set(yscale="symlog", ylim=(-0.5, 100))
        panels[2].set(yscale="log", ylim=(3e-3, 1.1), xlabel="age")
    legend_beside(columns[-1][1], columns[0][1])
    bar = columns[-1][0].inset_axes((1.08, 0, 0.08, 1))
    figure.colorbar(columns[-1][0].get_images()[0], cax=bar, label="share of ones\nin common")
    return save(figure, folder / f"{study.name}-{results[0].preset}")


def draw_similarities(panel: Axes, result: Result) -> None:
    """The share of ones that pairs of patterns have in common, members of one family beside each other."""
    settings = {**result.settings, "n_networks": 1}
    patterns = patterns_of(settings, result.seed)[0, :N_SHOWN].astype(np.float32)
    order = leaves_list(linkage(patterns, "average"))
    shared = patterns[order] @ patterns[order].T / patterns[0].sum()
    panel.set(xticks=[], yticks=[], xlabel=f"{len(patterns)} patterns")
    panel.xaxis.label.set_fontsize(6)
    panel.imshow(shared, cmap="magma", vmin=0, vmax=1)


def label_of(name: str, results: Sequence[Result]) -> str:
    """The variant, and how alike its codes are where layers stand between patterns and memory."""
    above = [result.measurements["similarity_above"] for result in results if "similarity_above" in result.measurements]
    return f"{name}, similarity of codes {np.mean(above):.2f}" if above else name


def _similarity(results: Sequence[Result]) -> float:
    return float(np.mean([result.measurements["similarity"] for result in results]))
