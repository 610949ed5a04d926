"""A rate map as a picture: every node of a world filled with the colour of its rate, without gaps."""

import numpy as np

from benchmarks.rollout.predictor import Floats
from hippo_envs.drawing.canvas import Box, Canvas, Shape, stencil, stroke
from hippo_envs.drawing.glyphs import Colour, circle, regular
from hippo_envs.drawing.layout import Layout
from hippo_envs.drawing.tiles import AGENT

UNKNOWN: Colour = (233, 236, 241)
# From light to dark, so that it reads without colour: ColorBrewer's yellow, green, blue.
SCALE = np.array([(255, 255, 217), (199, 233, 180), (65, 182, 196), (34, 94, 168), (8, 29, 88)], dtype=float)
N_TINTS = 32
DISC = 1.2  # of those of the world: there are no links between them


def colour_of(rate: float) -> Colour:
    """The colour of a rate in 0..1; NaN has one of its own."""
    if np.isnan(rate):
        return UNKNOWN
    tint = round(rate * (N_TINTS - 1)) / (N_TINTS - 1)
    red, green, blue = (round(float(np.interp(tint, np.linspace(0, 1, len(SCALE)), part))) for part in SCALE.T)
    return red, green, blue


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
