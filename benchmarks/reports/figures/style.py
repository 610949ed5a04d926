"""One style for every figure: lines of agents and references, a mean with its band, a legend, rate maps, files."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.patches import RegularPolygon
from matplotlib.text import Text
from numpy.typing import ArrayLike
from PIL import Image

from benchmarks.evaluation.statistics import Interval, over_seeds
from benchmarks.experiments.colours import DASHED, DOTTED, NO_RATE, RATES, Look, looks_of
from benchmarks.records.result import Result
from hippo_envs.arrays import Floats

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")
LineStyle = dict[str, Any]  # of `Axes.plot`

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
MANY = 4  # lines on a panel; more of them have markers as well
LEGEND: Mapping[str, Any] = {"handlelength": 2.4, "borderaxespad": 0.2}
FEW = 5  # runs, from which on an interval is drawn; fewer are dots
MARKERS = ("o", "s", "^", "D", "v", "X", "P", "<", ">", "p", "*", "h", "d", "8")
NO_VALUE = Interval(np.nan, np.nan, np.nan)
SHARE = (0.0, 1.0)  # where an accuracy lives
REFERENCE_LINES: Mapping[str, LineStyle] = {
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
# What a trained code is compared with, by the ending of its scores: the name in a legend, and the line.
NULLS: Mapping[str, tuple[str, LineStyle]] = {
    "_untrained": ("untrained", {"color": "#44aa99", "linestyle": (0, DASHED)}),
    "_rotated": ("modules rotated", {"color": "#882255", "linestyle": (0, DOTTED)}),
    "_mixed": ("modules mixed", {"color": "#ddaa33", "linestyle": (0, (5, 1.4, 1.2, 1.4))}),
    "_noise": ("smooth noise", {"color": "#999999", "linestyle": (0, (2.4, 1))}),
    "_symbols": ("symbols alone", {"color": "#ddaa33", "linestyle": (0, (5, 1.4, 1.2, 1.4))}),
    "_shifted": ("shifted in time", {"color": "#999999", "linestyle": (0, (2.4, 1))}),
}
HEXAGON: Mapping[str, Any] = {"numVertices": 6, "radius": 3**-0.5}  # a tile around each node, one step from the next
SQUARE: Mapping[str, Any] = {"numVertices": 4, "radius": 0.5**0.5, "orientation": np.pi / 4}
RATE_MAP = LinearSegmentedColormap.from_list("rates", RATES).with_extremes(bad=NO_RATE)


def styled(draw: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """A function that draws and saves in this style, whatever a file, a notebook or a program has set for its own."""

    @wraps(draw)
    def drawn(*arguments: Arguments.args, **options: Arguments.kwargs) -> Returned:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()  # but for the backend, which a figure without pyplot has none of
            matplotlib.rcParams.update(STYLE)
            return draw(*arguments, **options)

    return drawn


def lines_of(runs: Mapping[str, Sequence[Result]]) -> dict[str, LineStyle]:
    """A line for each variant of a figure, in the colour of its agent; of more than four, each has a marker too.

    The first lies on top. Markers are apart along the lines, so that one shows where it lies under another.
    """
    looks = looks_of({name: variant_results[0].settings.get("agent", "") for name, variant_results in runs.items()})
    return {name: _line(look, place, len(looks)) for place, (name, look) in enumerate(looks.items())}


def _line(look: Look, place: int, n_lines: int) -> LineStyle:
    # Those below are wider, so that one shows where it lies under another.
    line = {"color": look.colour, "linestyle": (0, look.dashes) if look.dashes else "-", "zorder": 4 - place / n_lines}
    if n_lines <= MANY:
        return {**line, "linewidth": 1.3 + 0.3 * place}
    marker = {
        "marker": MARKERS[place % len(MARKERS)],
        "markersize": 4.2,
        "markeredgewidth": 0.3,
        "markeredgecolor": "white",
    }
    return {**line, **marker, "linewidth": 1.1, "markevery": (0.25 * place / n_lines, 0.25)}


def reference_line(name: str) -> LineStyle:
    """The line of a reference, below those of agents."""
    return {"linewidth": 1.0, "zorder": 1, **REFERENCE_LINES[name], "label": name}


def draw_mean(
    panel: Axes, x: ArrayLike, runs: ArrayLike, line: LineStyle, label: str, bounds: tuple[float, float] | None = SHARE
) -> None:
    """The mean over runs and its interval as a band; fewer than five runs are dots.

    Args:
        panel: drawn on.
        x: (N,).
        runs: (R, N), the values of each run; NaN where a run has none.
        line: from `lines_of`.
        label: for the legend.
        bounds: where the quantity lives, to which the band is clipped; None if anywhere.
    """
    x, runs = np.asarray(x, dtype=np.float64), np.asarray(runs, dtype=np.float64)
    intervals = [over_seeds(at_x[~np.isnan(at_x)]) if not np.isnan(at_x).all() else NO_VALUE for at_x in runs.T]
    value, low, high = np.array([interval.within(*bounds) if bounds else interval for interval in intervals]).T
    panel.plot(x, value, label=label, **line)
    colour, below = line["color"], line.get("zorder", 3) - 1
    if len(runs) < FEW:
        panel.scatter(np.tile(x, len(runs)), runs.ravel(), s=4, color=colour, alpha=0.6, linewidth=0, zorder=below)
    else:
        alpha = 0.09 if "marker" in line else 0.18  # many intervals over each other would hide the lines
        panel.fill_between(x, low, high, color=colour, alpha=alpha, linewidth=0, zorder=below)


def legend_beside(panel: Axes, handles_of: Axes | None = None) -> Legend:
    """The legend at the upper right of a panel, of its own lines or of those of another panel."""
    handles = (handles_of or panel).get_legend_handles_labels()
    return panel.legend(*handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), **LEGEND)


def legend_of_all(figure: Figure, handles_of: Axes) -> Legend:
    """The legend at the right of a figure of several rows, of the lines of one panel."""
    return figure.legend(*handles_of.get_legend_handles_labels(), loc="outside right upper", **LEGEND)


def draw_map(panel: Axes, rates: Floats, positions: Floats) -> PatchCollection:
    """A rate at every node, from the lowest of the unit to its highest; grey where it never was.

    Tiles touch: they are squares on a square lattice, and hexagons on a triangular one.
    """
    positions = folded(positions)
    shape = SQUARE if np.allclose(positions, positions.round()) else HEXAGON
    tiles = PatchCollection([RegularPolygon(tuple(place), **shape) for place in positions])
    tiles.set(cmap=RATE_MAP, edgecolor="face", linewidth=0.2)
    tiles.set_array(np.ma.masked_invalid(rates))
    tiles.set_clim(float(np.nanmin(rates)), float(np.nanmax(rates)))
    panel.add_collection(tiles)
    panel.autoscale_view()
    panel.set(xticks=[], yticks=[], aspect="equal")
    panel.spines[:].set_visible(False)
    return tiles


def folded(positions: Floats) -> Floats:
    """Positions (n_nodes, 2) of parts in a long row, such as the laps of a track, in several rows below each other."""
    width, height = np.ptp(positions, axis=0) + 1
    columns = np.unique(positions[:, 0])
    starts = columns[np.append(True, np.diff(columns) > 1.5)]
    n_rows = round(float(np.sqrt(width / height / 1.5)))
    if n_rows < 2 or len(starts) < n_rows:
        return positions
    a_row = -(-len(starts) // n_rows)
    part = np.searchsorted(starts, positions[:, 0], side="right") - 1
    rows, firsts = part // a_row, starts[part // a_row * a_row]
    return positions - np.column_stack([firsts, rows * (height + 1)])


def rate_bar(figure: Any, panels: Sequence[Axes]) -> None:
    """The colour bar of rate maps, each of which has its own lowest and highest rate."""
    scale = ScalarMappable(Normalize(0, 1), RATE_MAP)
    bar = figure.colorbar(scale, ax=list(panels), location="bottom", shrink=0.6, aspect=24, pad=0.03)
    bar.set_ticks([0, 0.5, 1], labels=["lowest", "rate of the unit", "highest"], fontsize=6)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)


def middles(ends: Sequence[int]) -> Floats:
    """Of bins of steps, given by their last ones, the middle on a logarithmic axis."""
    return np.sqrt(np.array([1, *ends[:-1]]) * np.array(ends))


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write PNG and SVG beside each other."""
    _take_names_as_they_are(figure)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_name(f"{stem.name}{suffix}") for suffix in (".png", ".svg")]
    for path in paths:
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})
    _with_palette(paths[0])
    return paths


def _take_names_as_they_are(figure: Figure) -> None:
    """A name with two dollar signs is no formula; numbers at ticks, which matplotlib writes, may be."""
    axes = [axis for panel in figure.axes for axis in (panel.xaxis, panel.yaxis)]
    ticks = {id(tick) for axis in axes for tick in (*axis.get_ticklabels(which="both"), axis.get_offset_text())}
    for text in figure.findobj(Text):
        if isinstance(text, Text) and id(text) not in ticks:
            text.set_parse_math(False)


def _with_palette(path: Path) -> None:
    """Give a PNG a palette of 256 colours: the same to the eye, at a third of the size."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
