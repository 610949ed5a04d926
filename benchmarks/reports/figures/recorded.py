"""The figure of a recorded path: the path, and along it rate maps of a model's units and of cells."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.reports.figures.cells import rows_and_columns
from benchmarks.reports.figures.style import draw_map, rate_bar, save, styled
from hippo_envs.arrays import Floats
from hippo_envs.trajectories import Trajectory

HEIGHT, AROUND = 2.8, (0.2, 0.9)  # inches; what titles and the colour bar of maps take
PATH_COLOUR, NODE_COLOUR = "#8fa3bf", "#d1495b"


@styled
def draw_recorded(trajectory: Trajectory, populations: Mapping[str, Floats], stem: Path, n_maps: int = 9) -> list[Path]:
    """Draw a path, and beside it maps of several populations on the same nodes.

    Args:
        trajectory: of the path.
        populations: for each title, maps (N, n_nodes).
        stem: the file without its ending.
        n_maps: how many of each population are shown at most.

    Returns:
        The PNG and SVG written.
    """
    figure = Figure(figsize=(2.6 * (1 + len(populations)), HEIGHT), layout="constrained")
    panels: Any = figure.subfigures(1, 1 + len(populations), squeeze=False)[0]
    draw_path(panels[0], trajectory)
    for panel, (title, maps) in zip(panels[1:], populations.items(), strict=True):
        draw_population(panel, maps, trajectory.lattice.graph.positions, n_maps)
        panel.suptitle(title, fontsize=8, x=0.02, ha="left")
    return save(figure, stem)


def draw_path(figure: Any, trajectory: Trajectory) -> None:
    """The path as it was tracked, over the nodes of the lattice and the share of it that is kept."""
    panel = figure.subplots()
    panel.plot(*trajectory.positions.places.T, color=PATH_COLOUR, linewidth=0.4)
    panel.plot(*trajectory.lattice.node_places.T, "o", color=NODE_COLOUR, markersize=2)
    panel.set(aspect="equal", xticks=[], yticks=[])
    panel.spines[:].set_visible(False)
    kept = trajectory.kept
    panel.set_xlabel(f"{kept.n_steps:,} steps; {kept.share_of_path:.0%} of the path kept", fontsize=7)
    figure.suptitle("path and nodes", fontsize=8, x=0.02, ha="left")


def draw_population(figure: Any, maps: Floats, positions: Floats, n_maps: int) -> None:
    """Maps spread evenly over the units that vary, each from its lowest rate to its highest."""
    maps = maps[np.nanmax(maps, axis=1) > np.nanmin(maps, axis=1)]
    shown = maps[np.linspace(0, len(maps) - 1, min(n_maps, len(maps))).round().astype(int)]
    room = figure.bbox.size / figure.dpi - AROUND
    rows, columns = rows_and_columns(len(shown), room, np.ptp(positions, axis=0) + 1)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel in panels[len(shown) :]:
        panel.set_axis_off()
    for panel, rates in zip(panels, shown, strict=False):
        draw_map(panel, rates, positions)
    rate_bar(figure, panels)
