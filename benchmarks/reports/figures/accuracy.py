"""One style for every figure, and the figure of an experiment: accuracy against step, beside what the units do."""

import statistics
import sys
from collections.abc import Iterable, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

if "matplotlib.pyplot" not in sys.modules:  # whoever has chosen a backend, such as a notebook, keeps it
    matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import RegularPolygon
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray
from PIL import Image

from benchmarks.evaluation.measurements.tuning import CONVENTIONAL
from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HELD_OUT, title_of
from benchmarks.records.collect import by_variant
from benchmarks.records.result import Result
from benchmarks.reports.tables import checked_walks
from hippo_envs import Walks
from hippo_envs.ceilings import CEILINGS
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import score

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.linewidth": 1.4,
    "figure.dpi": 200,
    "savefig.bbox": "tight",
    "svg.fonttype": "none",
    "svg.hashsalt": "hippo-envs",  # the same picture gives the same file
}
AGENT_COLOURS = {
    "tem-t": "#0072b2",
    "tem": "#009e73",
    "tem-t-relu": "#e69f00",
    "transformer": "#cc79a7",
    "lstm": "#d55e00",
}
OTHER_COLOURS = ("#56b4e9", "#7f4f24", "#6a4c93", "#000000", "#999933", "#882255", "#44aa99")
REFERENCE_LINES: dict[str, dict[str, Any]] = {
    "node-agent": {"color": "#cccccc", "linewidth": 4.0},  # wide, for a perfect agent lies on top of it
    "bayes-actions": {"color": "#222222", "linestyle": (0, (1, 1))},
    "bayes": {"color": "#222222", "linestyle": (0, (1, 1))},
    "inverse-agent": {"color": "#666666", "linestyle": "--"},
    "markov-2": {"color": "#666666", "linestyle": "--"},
    "markov-1": {"color": "#888888", "linestyle": "-."},
    "edge-agent": {"color": "#888888", "linestyle": "-."},
    "most-frequent": {"color": "#aaaaaa", "linestyle": ":"},
    "chance": {"color": "#cccccc", "linestyle": "-"},
}

HEXAGON: dict[str, Any] = {"numVertices": 6, "radius": 3**-0.5}  # a tile around each node, one step from the next
SCORE_TITLES = {"grid_score_60": "grid, 60°", "grid_score_90": "grid, 90°", "band_score": "band"}
NULL_LINES = {
    "": {"color": "#0072b2", "zorder": 4},
    "_untrained": {"color": "#d55e00"},
    "_rotated": {"color": "#009e73"},
    "_mixed": {"color": "#e69f00"},
    "_noise": {"color": "#999999"},
}


def draw_experiment(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw an experiment's results; returns the PNG and SVG written to `folder`."""
    walks = checked_walks(results)[HELD_OUT]
    mapped = [result for result in results if "rate_maps" in result.measurements]
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(7.2, 2.5), layout="constrained")
        parts: Any = figure.subfigures(1, 2, width_ratios=(4.6, 2.6)) if mapped else (figure, None)
        left, right = parts
        panels = left.subplots(1, 2, sharey=True)
        for panel, mask in zip(panels, (experiment.masks[0], experiment.masks[-1]), strict=True):
            draw_accuracy_by_step(panel, results, walks, mask, experiment.references, bool(experiment.along))
        panels[0].set_ylabel("accuracy on held-out worlds")
        panels[1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.6, borderaxespad=0.2)
        if right is not None:
            draw_rate_maps(right, mapped[0], walks)
        return save(figure, folder / f"{experiment.name}-{results[0].preset}")


def with_updates(name: str, result: Result, results: Sequence[Result]) -> str:
    """A name for the legend: with how often the agent was updated, if most others were more or less often."""
    n_updates = result.run_settings.n_updates
    usual = statistics.mode(other.run_settings.n_updates for other in results)
    return name if n_updates == usual else f"{name}, {n_updates:,} updates"


def draw_accuracy_by_step(
    panel: Axes,
    results: Sequence[Result],
    walks: Walks,
    mask: str,
    references: Sequence[str],
    in_order: bool = False,
) -> None:
    """Accuracy on a mask against step in the world: agents with their interval over seeds, references in grey."""
    bins = max((result.curve_bins for result in results), key=lambda ends: ends[-1])
    k = walks.worlds.family.n_observations
    colours = colours_of(by_variant(results), in_order)
    shade = min(0.25, 0.75 / len(colours))  # many intervals over each other would hide the lines
    for name, of_variant in by_variant(results).items():
        colour = colours[name]
        curves = np.array([_by_bin(result.curves[mask], k) for result in of_variant])
        intervals = [over_seeds(at_bin) for at_bin in curves.T]
        value, low, high = np.array(intervals).T
        middle = middles(of_variant[0].curve_bins)
        panel.plot(middle, value, color=colour, label=with_updates(name, of_variant[0], results), zorder=3)
        panel.fill_between(middle, low, np.minimum(high, 1), color=colour, alpha=shade, linewidth=0, zorder=2)
    for name in references:
        answers = (REFERENCES | CEILINGS)[name](walks)
        if name == "bayes-actions" and np.array_equal(answers.correct, walks.seen):
            continue  # actions alone tell where one is: the ceiling is the node agent
        counts = score(answers, walks, (mask,), bins)[mask]
        panel.plot(
            middles(bins), _by_bin(counts, k), **{"linewidth": 1.0, **REFERENCE_LINES[name]}, label=name, zorder=1
        )
    panel.axvspan(
        1, results[0].run_settings.walk_length, color="#f4f4f4", zorder=0
    )  # as long as the walks it learnt from
    panel.set(xscale="log", xlabel="step in the world", ylim=(0, 1.02), title=title_of(mask))
    ticks = [4**power for power in range(1, 12) if 4**power <= bins[-1]]
    panel.set_xticks(ticks, [f"{tick // 1024}k" if tick >= 1024 else str(tick) for tick in ticks], minor=False)
    panel.minorticks_off()
    panel.set_xlim(2, bins[-1])


def draw_learning(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw how fast each agent learns: the headline on validation worlds by steps in worlds, and by CPU time.

    A line for each seed that kept a learning curve. Returns the PNG and SVG written to `folder`; none if none did.
    """
    results = [result for result in results if result.learning]
    if not results:
        return []
    colours = colours_of(by_variant(results), bool(experiment.along))
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(5.6, 2.3), layout="constrained")
        by_steps, by_time = figure.subplots(1, 2, sharey=True)
        for name, of_variant in by_variant(results).items():
            for result in of_variant:
                label = name if result is of_variant[0] else None
                settings = result.run_settings
                steps = np.array(result.learning["update"]) * settings.batch * settings.walk_length
                for panel, x in ((by_steps, steps), (by_time, result.learning["cpu_seconds"])):
                    # The report after the first update would stretch a logarithmic axis by decades.
                    y = result.learning[experiment.masks[0]][1:]
                    panel.plot(x[1:], y, color=colours[name], linewidth=0.9, label=label)
        by_steps.set(
            xlabel="steps in worlds", ylabel=f"{title_of(experiment.masks[0])},\nvalidation worlds", ylim=(0, 1.02)
        )
        by_time.set(xlabel="CPU seconds of training")
        for panel in (by_steps, by_time):
            panel.set_xscale("log")
            panel.xaxis.set_minor_formatter(NullFormatter())  # less than two decades would have their labels overlap
        by_time.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.6, borderaxespad=0.2)
        return save(figure, folder / f"{experiment.name}-{results[0].preset}-learning")


def colours_of(names: Iterable[str], in_order: bool = False) -> dict[str, str]:
    """A colour for each variant; those of `AGENT_COLOURS` have theirs in every figure.

    Variants in the order of a number go from dark to light.
    """
    if in_order:
        names = list(names)
        scale = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, len(names)))
        return {name: to_hex(colour) for name, colour in zip(names, scale, strict=True)}
    others = cycle(OTHER_COLOURS)
    return {name: AGENT_COLOURS.get(name) or next(others) for name in names}


def draw_rate_maps(figure: Any, result: Result, walks: Walks) -> None:
    """The rate maps kept with a result (units spread evenly over the layer), each scaled to its own maximum."""
    kept = result.measurements["rate_maps"]
    positions = walks.worlds.graph(kept["world"]).positions
    panels = figure.subplots(3, len(kept["maps"]) // 3)
    for panel, rates in zip(panels.flat, np.array(kept["maps"], dtype=np.float64), strict=True):
        draw_map(panel, rates, positions)
    figure.suptitle(f"rate maps of {kept.get('of', 'position')} units, {result.variant}", fontsize=8, x=0.02, ha="left")


def draw_map(panel: Axes, rates: NDArray[np.float64], positions: NDArray[np.float64]) -> None:
    """A value at every node: tiles that touch, square on a square lattice and hexagonal on a triangular one."""
    largest = np.nanmax(np.abs(rates))
    is_square = np.allclose(positions, positions.round())
    shape = {"numVertices": 4, "radius": 0.5**0.5, "orientation": np.pi / 4} if is_square else HEXAGON
    tiles = PatchCollection([RegularPolygon(tuple(place), **shape) for place in positions])
    tiles.set_cmap(matplotlib.colormaps["RdBu_r"].with_extremes(bad="#dddddd"))  # grey where it never was
    tiles.set_array(np.ma.masked_invalid(rates))
    tiles.set(clim=(-largest, largest), edgecolor="face", linewidth=0.2)
    panel.add_collection(tiles)
    panel.autoscale_view()
    panel.set(xticks=[], yticks=[], aspect="equal")
    panel.spines[:].set_visible(False)


def draw_cells(experiment: Experiment, results: Sequence[Result], folder: Path) -> list[Path]:
    """Draw, for each variant whose position code was mapped, units of one seed and the scores of all, beside nulls.

    Returns the PNG and SVG written to `folder`; none if no code was mapped.
    """
    mapped = by_variant([result for result in results if "score_distributions" in result.measurements])
    if not mapped:
        return []
    walks = checked_walks(results)[HELD_OUT]
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(7.2, 1.7 * len(mapped)), layout="constrained")
        rows: Any = figure.subfigures(len(mapped), 2, width_ratios=(3.4, 3.8), squeeze=False)
        for (left, right), of_variant in zip(rows, mapped.values(), strict=True):
            draw_rate_maps(left, of_variant[0], walks)
            panels = right.subplots(1, 3, sharey=True)
            for panel, score_name in zip(panels, SCORE_TITLES, strict=True):
                draw_distributions(panel, of_variant, score_name)
            panels[0].set_ylabel("share of units above")
            panels[-1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.2, borderaxespad=0.2)
        return save(figure, folder / f"{experiment.name}-{results[0].preset}-cells")


def draw_distributions(panel: Axes, results: Sequence[Result], score_name: str) -> None:
    """The share of units whose score is above each value: the trained code of every seed, and its nulls."""
    for null, line in NULL_LINES.items():
        for result in results:
            scores = np.array(result.measurements["score_distributions"][f"{score_name}{null}"])
            above = 1 - np.arange(len(scores)) / max(len(scores), 1)
            label = (null.strip("_") or "trained") if result is results[0] else None
            panel.plot(scores, above, linewidth=0.8, alpha=0.8, label=label, **line)
    panel.axvline(CONVENTIONAL, color="#cccccc", linewidth=0.6, zorder=0)
    panel.set(xlim=(-1.05, 1.05), ylim=(0, 1.02), title=SCORE_TITLES[score_name])


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write PNG and SVG beside each other and close the figure."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_suffix(suffix) for suffix in (".png", ".svg")]
    for path in paths:
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})
    plt.close(figure)
    with_palette(paths[0])
    return paths


def with_palette(path: Path) -> None:
    """Give a PNG a palette of 256 colours: the same to the eye, at a third of the size."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def middles(ends: Sequence[int]) -> NDArray[np.float64]:
    """Of bins of steps, given by their last ones, the middle on a logarithmic axis."""
    return np.sqrt(np.array([1, *ends[:-1]]) * np.array(ends))


def _by_bin(counts: Any, n_observations: int) -> list[float]:
    return [counts.within(b, b + 1).accuracy(n_observations) for b in range(counts.total.shape[1])]
