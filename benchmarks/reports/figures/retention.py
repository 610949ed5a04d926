"""Figures of retention: accuracy, d' and raw difference by age, beside theory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.experiments.study import Study
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.figures.style import SHARE, TOP, LineStyle, draw_mean, legend_beside, lines_of, save, styled
from benchmarks.reports.figures.words import in_legend, in_words
from benchmarks.running.programs.retention import CUES, papers_baseline, theory
from hippo_envs.arrays import Floats

CURVES = ("accuracy", "d_prime", "raw_difference")


@styled
def draw_retention(study: Study, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw every curve by age, a row for each kind of cue; returns the PNG and SVG written to `folder`."""
    runs, cues = by_variant(results), study.settings["cues"]
    lines = lines_of(runs)
    figure = Figure(figsize=(7.2, 0.3 + 1.75 * len(cues)), layout="constrained")
    panels = figure.subplots(len(cues), len(CURVES), sharex=True, squeeze=False)
    for row, cue in zip(panels, cues, strict=True):
        for panel, curve in zip(row, CURVES, strict=True):
            panel.set(title=f"{in_words(curve)}, {cue} cues", xscale="log")
            for name, variant_results in runs.items():
                draw_by_age(panel, variant_results, f"{curve}_{cue}_curve", lines[name], name)
        row[0].set_ylim(0, 1.02)
        row[1].set(yscale="symlog", ylim=(-0.5, 100))
        row[2].set(yscale="log", ylim=(3e-3, 1.1))
        for name, variant_results in runs.items():
            if f"theory_baseline_{cue}" in variant_results[0].measurements:
                draw_theory(row, variant_results[0], cue, name)
    for panel in panels[-1]:
        panel.set_xlabel("age (1 is the newest)")
    legend_beside(panels[0, -1])
    return save(figure, folder / f"{study.name}-{results[0].preset}")


def draw_by_age(panel: Axes, results: Sequence[Result], curve: str, line: LineStyle, label: str) -> None:
    """The mean over seeds and its interval, at the middle of each bin of ages."""
    values = np.array([result.measurements[curve] for result in results], dtype=np.float64)
    middle = middle_ages(results[0].measurements["age_bins"])
    draw_mean(panel, middle, values, line, label, SHARE if curve.startswith("accuracy") else None)


def draw_theory(row: Sequence[Axes], result: Result, cue: str, name: str) -> None:
    """The exact curve of the 1-winner network, and the paper's approximation."""
    share, settings = CUES[cue], result.settings
    ages = np.arange(1, result.measurements["age_bins"][-1] + 1)
    exact = theory(settings, share, ages)
    decay = (1 - 1 / settings["n_hidden"]) ** (ages - 1.0)
    approximate = papers_baseline(settings, share) + (1 - papers_baseline(settings, share)) * decay
    lines = {"exact theory": (exact, "k", "--"), "paper's theory": (approximate, "#888888", ":")}
    for label, (curve, colour, dashes) in lines.items():
        for panel, y in ((row[0], curve), (row[2], decay * (1 - curve[-1]))):
            panel.plot(
                ages,
                y,
                color=colour,
                linestyle=dashes,
                linewidth=0.8,
                label=in_legend(f"{name}, {label}"),
                zorder=TOP + 1,
            )


def middle_ages(ends: Sequence[int]) -> Floats:
    """The middle age of each bin, from the last age of each."""
    return (np.array([0, *ends[:-1]]) + 1 + np.array(ends)) / 2
