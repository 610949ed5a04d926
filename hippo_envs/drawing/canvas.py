"""A page to draw on: surfaces, text and strokes. Of this package only this file and `window` import pygame.

No audio device is opened, and no window.
"""

import os
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arguments import whole_number
from hippo_envs.drawing.display import MOST_PIXELS, SMALLEST
from hippo_envs.drawing.glyphs import Colour, Outline
from hippo_envs.drawing.kept import kept, surface_bytes
from hippo_envs.drawing.layout import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
try:
    import pygame
except ImportError as missing:
    raise ImportError("Pictures need pygame: pip install pygame-ce.") from missing

Frame = NDArray[np.uint8]  # (height, width, 3)
Pixels = tuple[float, float]

MEGABYTE = 2**20
OVERSAMPLE = 8
LARGE = 96  # pixels, from which on an outline is smooth with less
TEXT_OVERSAMPLE = 2
FONT_SIZE = 13  # tenths of the size of text
CAPTION = 0.058  # of the height
PANEL = 0.36  # of the width

PAGE: Colour = (247, 248, 250)
INK: Colour = (40, 44, 56)
FAINT: Colour = (120, 128, 142)

_fonts: dict[int, Any] = {}  # by size, of which there are few


class Box(NamedTuple):
    """A rectangle of pixels."""

    x: int
    y: int
    width: int
    height: int


class Canvas:
    """A page of `width` x `height` pixels that shares its memory with the array `pixels`.

    Its `map` is where a world goes, beside what is left for a caption and for a panel.
    """

    def __init__(self, width: int, height: int, has_caption: bool, has_panel: bool) -> None:
        self.width, self.height = width, height
        self.pixels, self.surface = self.blank()
        self.text_size = max(round(CAPTION * min(height, 1.4 * width)), 12)
        bar = round(1.5 * self.text_size) if has_caption else 0
        panel = round(PANEL * width) if has_panel else 0
        self.map = Box(0, 0, width - panel, height - bar)
        self.bar = Box(0, height - bar, width - panel, bar)
        self.panel = Box(width - panel, 0, panel, height)

    def blank(self) -> tuple[Frame, Any]:
        """Another page of the same size: an array, and the surface that draws into it."""
        pixels = np.empty((self.height, self.width, 3), dtype=np.uint8)
        surface = surface_of(pixels)
        surface.fill(PAGE)
        return pixels, surface

    def write(
        self, parts: Sequence[Any], box: Box, size: int | None = None, colour: Colour = INK, centred: bool = True
    ) -> None:
        """A line in a box, smaller if it does not fit, of words and of what makes a surface of a size."""
        size = size or self.text_size
        pieces = [text(part, size, colour) if isinstance(part, str) else part(size) for part in parts]
        gap = round(0.45 * size)
        width = sum(piece.get_width() for piece in pieces) + gap * (len(pieces) - 1)
        if width > box.width - gap and size > 8:
            size = max(min(size - 1, size * (box.width - gap) // width), 8)
            return self.write(parts, box, size, colour, centred)
        x = box.x + ((box.width - width) // 2 if centred else 0)
        for piece in pieces:
            self.surface.blit(piece, (x, box.y + (box.height - piece.get_height()) // 2))
            x += piece.get_width() + gap
        return None


def surface_of(pixels: Frame) -> Any:
    """A surface that shares its memory with pixels (height, width, 3)."""
    return pygame.image.frombuffer(pixels.data, (pixels.shape[1], pixels.shape[0]), "RGB")


@kept(32 * MEGABYTE, surface_bytes)
def stencil(size: tuple[int, int], layers: tuple[tuple["Shape", Colour | None], ...]) -> Any:
    """A surface of `size` pixels with outlines filled one over the other; None for a colour takes them out."""
    fine = OVERSAMPLE if max(size) < LARGE else OVERSAMPLE // 2
    large = pygame.Surface((size[0] * fine, size[1] * fine), pygame.SRCALPHA)
    # Transparent in the first colour, so that no other one shines through where edges are smoothed.
    nothing = (*(layers[0][1] or INK), 0)
    large.fill(nothing)
    middle, half = np.array(large.get_size()) / 2, np.array(large.get_size()) / 2
    for shape, colour in layers:
        for outline in shape.outlines:
            pygame.draw.polygon(large, nothing if colour is None else colour, middle + half * outline)
    return pygame.transform.smoothscale(large, size)


class Shape:
    """Outlines in a square from -1 to 1, known by their name so that what was drawn once can be kept."""

    def __init__(self, name: Any, outlines: Sequence[Outline]) -> None:
        self.name, self.outlines = name, outlines

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and self.name == other.name


def _font(size: int) -> Any:
    """The default font, opened anew where another program part has quit pygame and so closed every font."""
    if size not in _fonts or not _is_open(_fonts[size]):
        pygame.font.init()
        _fonts[size] = pygame.font.Font(None, size)
    return _fonts[size]


def _is_open(font: Any) -> bool:
    try:
        font.get_height()
    except pygame.error:
        return False
    return True


@kept(16 * MEGABYTE, surface_bytes)
def text(words: str, size: int, colour: Colour) -> Any:
    """Words as a surface; a capital is about `size` x 0.6 pixels high."""
    # Set large and made smaller, for letters at whole pixels stand unevenly.
    large = _font(FONT_SIZE * TEXT_OVERSAMPLE * size // 10).render(words, True, colour)
    width, height = large.get_size()
    if not width:
        return large  # which could not be made smaller
    return pygame.transform.smoothscale(large, (max(width // TEXT_OVERSAMPLE, 1), max(height // TEXT_OVERSAMPLE, 1)))


def text_width(words: str, size: int) -> int:
    """How many pixels wide words are."""
    return _font(FONT_SIZE * TEXT_OVERSAMPLE * size // 10).size(words)[0] // TEXT_OVERSAMPLE


class Stroke(NamedTuple):
    """Pixels that a line covers, and the share (n, 1) of each; the box that they are in."""

    box: Box
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    share: NDArray[np.float64]


def stroke(pixels: Frame, path: Path, width: float, colour: Colour, opacity: float = 1.0) -> Box:
    """Draw polylines (points, 2), in pixels, with round ends and smooth edges; the box that they are in."""
    return lay(pixels, stroke_of(path, width, (pixels.shape[0], pixels.shape[1])), colour, opacity)


def stroke_of(path: Path, width: float, page: tuple[int, int]) -> Stroke:
    """What `stroke` would cover of a page (height, width), to be laid there more than once.

    How much of a pixel is covered follows from its distance to the line, so a line of any width is smooth.
    """
    half = width / 2
    points = np.concatenate(path)
    x0, y0 = np.maximum(np.floor(points.min(axis=0) - half - 1), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(points.max(axis=0) + half + 2), page[::-1]).astype(int)
    if x1 <= x0 or y1 <= y0:
        nothing = np.zeros(0, dtype=np.int32)
        return Stroke(Box(0, 0, 0, 0), nothing, nothing, np.zeros((0, 1)))
    covered = np.zeros((y1 - y0, x1 - x0))
    for line in path:
        for start, end in pairwise(line):
            _cover(covered, start - (x0, y0), end - (x0, y0), half)
    # A bow covers few of the pixels of its box.
    rows, columns = np.nonzero(covered)
    box = Box(int(x0), int(y0), int(x1 - x0), int(y1 - y0))
    rows, columns = (rows + y0).astype(np.int32), (columns + x0).astype(np.int32)
    return Stroke(box, rows, columns, covered[rows - y0, columns - x0, None])


def hairline(surface: Any, path: Path, colour: Colour) -> None:
    """Draw polylines (points, 2) a pixel wide, where there are so many that wider ones would cover the page."""
    for line in path:
        pygame.draw.aalines(surface, colour, False, line.tolist())


def lay(pixels: Frame, line: Stroke, colour: Colour, opacity: float = 1.0) -> Box:
    """Draw what a line covers; the box that it is in."""
    below = pixels[line.rows, line.columns].astype(np.float64)
    pixels[line.rows, line.columns] = np.rint(below + opacity * line.share * (np.array(colour) - below))
    return line.box


def _cover(covered: NDArray[np.float64], start: Any, end: Any, half: float) -> None:
    """Raise the share of each pixel that is covered to that of the piece from start to end."""
    low = np.maximum(np.floor(np.minimum(start, end) - half - 1), 0).astype(int)
    high = np.maximum(np.ceil(np.maximum(start, end) + half + 2), 0).astype(int)
    part = covered[low[1] : high[1], low[0] : high[0]]
    x = np.arange(part.shape[1]) + (low[0] + 0.5 - start[0])
    y = np.arange(part.shape[0])[:, None] + (low[1] + 0.5 - start[1])
    dx, dy = end - start
    along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    distance = np.hypot(x - along * dx, y - along * dy)
    np.maximum(part, np.clip(half + 0.5 - distance, 0, 1), out=part)


def checked_size(size: int | tuple[int, int]) -> tuple[int, int]:
    """Width and height in pixels; a ValueError says what a size is."""
    size = size.tolist() if isinstance(size, np.ndarray) else size
    both = (size, size) if isinstance(size, int | np.integer) else size
    if not isinstance(both, tuple | list) or len(both) != 2:
        raise ValueError(f"A picture is as large as one number, or two (width, height), got {size!r}.")
    width, height = (whole_number("The size of a picture in pixels", side, at_least=SMALLEST) for side in both)
    if width * height > MOST_PIXELS:
        raise ValueError(
            f"A picture has at most {MOST_PIXELS:,} pixels, got {width} x {height}: give a smaller size, such as "
            "1280 x 720."
        )
    return width, height
