"""One style for every figure: lines of agents and references, a mean with its band, a legend, rate maps, files."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import RegularPolygon
from matplotlib.text import Text
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from benchmarks.evaluation.statistics import Interval, over_seeds
from benchmarks.experiments.colours import NO_RATE, RATES, Look, looks_of
from benchmarks.experiments.metric import title_of
from benchmarks.records.result import Result
from benchmarks.reports.figures.words import in_legend
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
MANY = 4  # lines on a panel; more of them have markers as well, and whiskers in the place of bands
FLAT = 0.03  # an accuracy that differs by less, over all lines, is said in words
HIDDEN = 0.85  # of a line, from which on it is drawn wider than the one it lies under
CLOSE = 0.012  # of a panel's height, at which a line lies under another
A_PART = 0.2  # of it, from which on it has to be wider than a line above
WIDER, WIDEST = 1.2, 4.0  # points
TOP = 4.0  # the order of the line of the first agent
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
    line = {
        "color": look.colour,
        "linestyle": (0, look.dashes) if look.dashes else "-",
        "zorder": TOP - place / n_lines,
    }
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
    return {"linewidth": 1.0, "zorder": 1, **REFERENCE_LINES[name], "label": in_legend(name)}


def draw_mean(
    panel: Axes, x: ArrayLike, runs: ArrayLike, line: LineStyle, label: str, bounds: tuple[float, float] | None = SHARE
) -> None:
    """The mean over runs and its interval, as a band or as whiskers at markers; fewer than five runs are dots.

    Args:
        panel: drawn on; its scale has to be set before, for markers are spread evenly over the x of that scale.
        x: (N,).
        runs: (R, N), the values of each run; NaN where a run has none.
        line: from `lines_of`.
        label: for the legend.
        bounds: where the quantity lives, to which the interval is clipped; None if anywhere.
    """
    x, runs = np.asarray(x, dtype=np.float64), np.asarray(runs, dtype=np.float64)
    intervals = [over_seeds(at_x[~np.isnan(at_x)]) if not np.isnan(at_x).all() else NO_VALUE for at_x in runs.T]
    value, low, high = np.array([interval.within(*bounds) if bounds else interval for interval in intervals]).T
    at: Any = np.arange(0)
    if "markevery" in line:
        at = _spread(panel.xaxis.get_transform().transform(x), *line["markevery"])
        line = {**line, "markevery": at.tolist()}
    panel.plot(x, value, label=in_legend(label), **line)
    colour, below = line["color"], line.get("zorder", 3) - 1
    if len(runs) < FEW:
        panel.scatter(np.tile(x, len(runs)), runs.ravel(), s=4, color=colour, alpha=0.6, linewidth=0, zorder=below)
    elif len(at):
        panel.vlines(x[at], low[at], high[at], color=colour, linewidth=0.9, alpha=0.8, zorder=below)
    else:
        panel.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0, zorder=below)
        # An edge tells where a band goes on under another.
        edges = [np.column_stack([x, end]) for end in (low, high)]
        panel.add_collection(LineCollection(edges, colors=colour, alpha=0.7, linewidths=0.4, zorder=below))


def _spread(x: Floats, first: float, step: float) -> NDArray[np.int64]:
    """The numbers of the points (N,) that are nearest to shares of the way from the lowest x to the highest."""
    share = (x - x[0]) / max(float(x[-1] - x[0]), 1e-9)
    return np.unique([np.abs(share - at).argmin() for at in np.arange(first, 1.0, step)])


def telling(masks: Sequence[str], values_of: Callable[[str], ArrayLike]) -> tuple[list[str], str]:
    """Which masks have a panel: the headline, and others unless all that they would show is one flat line.

    Args:
        masks: the headline first.
        values_of: all accuracies that the panel of a mask would show; NaN where there is none.

    Returns:
        Masks, and what is said of the rest instead.
    """
    shown, notes = [masks[0]], []
    for mask in dict.fromkeys(masks[1:]):
        values = np.asarray(values_of(mask), dtype=np.float64)
        if np.nanmax(values) - np.nanmin(values) < FLAT:
            notes.append(f"{title_of(mask)}:\n{np.nanmean(values):.2f} throughout")
        else:
            shown.append(mask)
    return shown, "\n".join(notes)


def widen_hidden(panel: Axes) -> None:
    """Draw a line that lies under others wider than those, so that all show; theory, above all, stays as it is."""
    lines = [line for line in panel.get_lines() if line.get_zorder() >= 2 and line.get_linestyle() != "None"]
    lines = sorted(lines, key=Line2D.get_zorder)[::-1]  # of equals, the last is on top
    to_share = panel.transScale + panel.transLimits
    paths = [to_share.transform(np.asarray(line.get_xydata(), dtype=np.float64)) for line in lines]
    for i in range(1, len(lines)):
        under = np.array([_is_under(paths[i], above) for above in paths[:i]])
        if lines[i].get_zorder() > TOP or under.any(axis=0).mean() < HIDDEN:
            continue
        over = [line.get_linewidth() for line, where in zip(lines, under, strict=False) if where.mean() > A_PART]
        lines[i].set_linewidth(max(lines[i].get_linewidth(), min(max(over) + WIDER, WIDEST)))


def _is_under(path: Floats, other: Floats) -> NDArray[np.bool_]:
    """Where a path (N, 2) is at the same height as another, at a hundred places along it."""
    path, other = (of[np.isfinite(of).all(axis=1)] for of in (path, other))
    if min(len(path), len(other)) < 2:
        return np.zeros(100, dtype=bool)
    x = np.linspace(path[0, 0], path[-1, 0], 100)
    return np.abs(np.interp(x, *path.T) - np.interp(x, *other.T, left=np.inf, right=np.inf)) < CLOSE


def legend_beside(panel: Axes, handles_of: Axes | None = None, note: str = "") -> Legend:
    """The legend at the upper right of a panel, of its own lines or of those of another panel, below a note."""
    handles = (handles_of or panel).get_legend_handles_labels()
    return panel.legend(
        *handles,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        title=note or None,
        title_fontsize=6.5,
        alignment="left",
        **LEGEND,
    )


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
    for panel in figure.axes:
        widen_hidden(panel)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_name(f"{stem.name}{suffix}") for suffix in (".png", ".svg")]
    for path in paths:
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})
    with_palette(paths[0])
    return paths


def _take_names_as_they_are(figure: Figure) -> None:
    """A name with two dollar signs is no formula; numbers at ticks, which matplotlib writes, may be."""
    axes = [axis for panel in figure.axes for axis in (panel.xaxis, panel.yaxis)]
    ticks = {id(tick) for axis in axes for tick in (*axis.get_ticklabels(which="both"), axis.get_offset_text())}
    for text in figure.findobj(Text):
        if isinstance(text, Text) and id(text) not in ticks:
            text.set_parse_math(False)


def with_palette(path: Path) -> None:
    """Give a PNG a palette of 256 colours: the same to the eye, at a third of the size."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
