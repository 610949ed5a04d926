"""How symbols look: nine shapes in five colours that the colour-blind tell apart, then numbers.

Nothing is drawn here. An outline is an array (corners, 2) in a square from -1 to 1, x to the right and y downwards.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Outline = NDArray[np.float64]
Colour = tuple[int, int, int]

# Far apart with any two kinds of cones, and dark enough for white. Vermilion is left for the agent, blue for values.
COLOURS: tuple[Colour, ...] = ((10, 70, 200), (222, 155, 10), (0, 172, 130), (170, 62, 145), (40, 44, 56))


class Glyph(NamedTuple):
    """A shape: what is filled, and what is then taken out of it."""

    filled: tuple[Outline, ...]
    holes: tuple[Outline, ...] = ()


def circle(radius: float = 1.0, corners: int = 48) -> Outline:
    """A circle, as far as so many corners make one."""
    angles = np.arange(corners) * 2 * np.pi / corners
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def regular(corners: int, radius: float = 1.0, turn: float = 0.0) -> Outline:
    """A regular polygon, one corner on top but for the turn in radians."""
    angles = turn - np.pi / 2 + np.arange(corners) * 2 * np.pi / corners
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def rounded_square(half: float, radius: float) -> Outline:
    """A square of side 2 `half` with rounded corners."""
    angles = np.arange(9) * np.pi / 16
    quarter = (half - radius) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    turns = [np.array([[c, s], [-s, c]]) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    return np.concatenate([quarter @ turn for turn in turns])


def _box(half_width: float, half_height: float) -> Outline:
    return np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (half_width, half_height)


def _star(points: int, inner: float) -> Outline:
    corners = regular(2 * points)
    corners[1::2] *= inner
    return corners


def _turned(outline: Outline, angle: float) -> Outline:
    c, s = math.cos(angle), math.sin(angle)
    return outline @ np.array([[c, s], [-s, c]])


_TRIANGLE = np.array([(0, -0.95), (1, 0.8), (-1, 0.8)])
_BARS = (_box(0.95, 0.31), _box(0.31, 0.95))

# Neighbours in this order are unlike each other; all are of about the same weight.
SHAPES: tuple[Glyph, ...] = (
    Glyph((circle(0.88),)),
    Glyph(_BARS),
    Glyph((_TRIANGLE,)),
    Glyph((_box(0.8, 0.8),), (_box(0.4, 0.4),)),
    Glyph((_star(5, 0.42) * 1.08,)),
    Glyph((regular(4, 1.1),)),
    Glyph((circle(0.95),), (circle(0.5),)),
    Glyph((-_TRIANGLE,)),
    Glyph(tuple(_turned(bar, np.pi / 4) for bar in _BARS)),
)
N_GLYPHS = len(SHAPES) * len(COLOURS)


def glyph_of(symbol: int) -> tuple[Glyph | None, Colour]:
    """The shape and colour of a symbol; None for the shape where its number has to be written.

    Nine and five have no common divisor, so that the first 45 symbols all differ and neighbours differ in both.

    >>> len({(id(glyph_of(symbol)[0]), glyph_of(symbol)[1]) for symbol in range(45)})
    45
    """
    colour = COLOURS[symbol % len(COLOURS)]
    return (SHAPES[symbol % len(SHAPES)] if symbol < N_GLYPHS else None), colour
