"""Figures of graphs of clones: how surprised they still are, and what is known of new rooms."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from agents.clone_schema import METHODS
from benchmarks.experiments.colours import SERIES
from benchmarks.experiments.study import Study
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.style import draw_mean, legend_beside, lines_of, middles, reference_line, save, styled
from benchmarks.reports.figures.words import in_words

UPPER = {"linewidth": 1.4, "zorder": 3}


@styled
def draw_overlapping_rooms(study: Study, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw bits a step by iteration, and the states that remain of each run beside the nodes that there are."""
    runs = by_variant(results)
    lines = lines_of(runs)
    figure = Figure(figsize=(6.4, 2.2), layout="constrained")
    bits, states = figure.subplots(1, 2)
    bits.set(title="bits a step, while learning", xlabel="iteration of EM", yscale="log")
    for place, (name, of_one) in enumerate(runs.items()):
        of_iteration = [result.measurements["bits_curve"] for result in of_one]
        draw_mean(bits, of_one[0].measurements["iterations"], of_iteration, lines[name], name, None)
        remain = [result.measurements["states"] for result in of_one]
        beside = [result.seed + 0.15 * place for result in of_one]  # for equal numbers would hide each other
        states.plot(beside, remain, "o", color=lines[name]["color"], markersize=4)
    n_nodes = results[0].measurements["nodes"]
    states.axhline(n_nodes, color="#888888", linestyle="--", linewidth=1, zorder=1)
    states.set(title=f"states that remain; dashed: {n_nodes} nodes", xlabel="seed")
    states.margins(y=0.3)
    for axis in (states.xaxis, states.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    legend_beside(states, bits)
    return save(figure, folder / f"{study.name}-{results[0].preset}")


@styled
def draw_new_rooms(study: Study, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw accuracy at loop closures by step, a line for each way of learning symbols, below the exact filter."""
    figure = Figure(figsize=(4.6, 2.4), layout="constrained")
    panel = figure.subplots()
    panel.set(xscale="log", ylim=(0, 1.03), xlabel="step in the new room", title="accuracy at loop closures")
    at = middles(results[0].measurements["bins"])
    for name, colour in zip(METHODS, SERIES, strict=False):
        curves = np.array([result.measurements[f"{name}_curve"] for result in results], dtype=np.float64)
        draw_mean(panel, at, curves, {"color": colour, **UPPER}, in_words(name))
    panel.plot(at, np.array(results[0].measurements["bayes_curve"], dtype=np.float64), **reference_line("bayes"))
    legend_beside(panel)
    return save(figure, folder / f"{study.name}-{results[0].preset}")
