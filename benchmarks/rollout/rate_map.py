"""A rate map as a picture: every node of a world filled with the colour of its rate, without gaps."""

from itertools import pairwise

import numpy as np

from benchmarks.experiments.colours import NO_RATE, RATES, rgb
from hippo_envs.arrays import Floats
from hippo_envs.drawing.canvas import Box, Canvas, Shape, stencil, stroke
from hippo_envs.drawing.glyphs import Colour, circle, regular
from hippo_envs.drawing.layout import Layout
from hippo_envs.drawing.tiles import AGENT

SCALE = np.array([rgb(colour) for colour in RATES], dtype=float)
N_TINTS = 32
DISC = 1.2  # of those of the world: there are no links between them


def colour_of(rate: float) -> Colour:
    """The colour of a rate in 0..1; NaN has one of its own."""
    if np.isnan(rate):
        return rgb(NO_RATE)
    tint = round(rate * (N_TINTS - 1)) / (N_TINTS - 1)
    red, green, blue = (round(float(np.interp(tint, np.linspace(0, 1, len(SCALE)), part))) for part in SCALE.T)
    return red, green, blue


def paint_rate_bar(canvas: Canvas, box: Box) -> None:
    """Fill a box with all colours of rates, the highest at its top."""
    edges = np.linspace(box.y + box.height, box.y, N_TINTS + 1).round().astype(int).tolist()
    for tint, (bottom, top) in enumerate(pairwise(edges)):
        canvas.surface.fill(colour_of(tint / (N_TINTS - 1)), (box.x, top, box.width, bottom - top))


def paint_rate_map(canvas: Canvas, box: Box, layout: Layout, rates: Floats, node: int) -> None:
    """Fill a box with the map of rates (n_nodes,) in 0..1, and mark a node; only nodes on its sheet are shown."""
    shown = np.flatnonzero(layout.sheet == layout.sheet[node])
    cell = 1.0 if layout.tile != "disc" else DISC * layout.tile_size
    positions = layout.positions[shown] * (1, -1)
    low, high = positions.min(axis=0), positions.max(axis=0)
    scale = float((np.array([box.width, box.height]) / (high - low + cell * np.array([1, 1.16]))).min())
    centres = np.array([box.width, box.height]) / 2 + scale * (positions - (low + high) / 2) + (box.x, box.y)
    half = cell * scale / 2
    for at, rate in zip(centres, rates[shown], strict=True):
        colour = colour_of(float(rate))
        if layout.tile == "square":
            # From edge to edge of whole pixels, so that neighbours touch.
            (x0, y0), (x1, y1) = np.round(at - half).astype(int), np.round(at + half).astype(int)
            canvas.surface.fill(colour, (x0, y0, x1 - x0, y1 - y0))
            continue
        side = (round(2 * half), round(2 * half * (2 / np.sqrt(3) if layout.tile == "hexagon" else 1)))
        outline = regular(6) * (2 / np.sqrt(3), 1) if layout.tile == "hexagon" else circle(0.95)
        shape = stencil((max(side[0], 2), max(side[1], 2)), ((Shape(("cell", layout.tile), [outline]), colour),))
        canvas.surface.blit(shape, (round(at[0] - side[0] / 2), round(at[1] - side[1] / 2)))
    here = centres[np.flatnonzero(shown == node)]
    stroke(canvas.pixels, (np.concatenate([here, here]),), max(0.9 * half, 4), AGENT)
