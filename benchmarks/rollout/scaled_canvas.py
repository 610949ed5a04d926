"""A canvas measured in units of its text size, so that a larger one is the same picture with more pixels."""

from typing import Any

import numpy as np

from hippo_envs.drawing.canvas import INK, PAGE, Box, Canvas, Shape, stencil, stroke, text
from hippo_envs.drawing.glyphs import Colour, circle

SMALLEST_TEXT = 6  # pixels
LABEL = 0.82  # sizes of text, the least of a label
WHITE: Colour = (255, 255, 255)
TICK = (np.array([(-0.42, 0.02), (-0.1, 0.34), (0.45, -0.32)]),)
CROSS = tuple(np.array([(-0.34, -0.34 * side), (0.34, 0.34 * side)]) for side in (1, -1))
DASH = (np.array([(-0.42, 0.0), (0.42, 0.0)]),)


class ScaledCanvas:
    """Heights are in sizes of text, `u` pixels each, down to `height`; across, pixels from `left` to `right`.

    Args:
        size: width and height in pixels.
        units: width and height in sizes of text that have to fit.
        margin: in sizes of text.
    """

    def __init__(self, size: tuple[int, int], units: tuple[float, float], margin: float) -> None:
        self.canvas = Canvas(*size, has_caption=False, has_panel=False)
        self.u = min(size[0] / units[0], size[1] / units[1])
        self.height = size[1] / self.u
        self.left, self.right = round(margin * self.u), size[0] - round(margin * self.u)

    def clear(self) -> None:
        self.canvas.pixels[:] = PAGE

    def px(self, y: float) -> int:
        """A height in whole pixels."""
        return round(y * self.u)

    def put(
        self,
        words: str,
        x: int,
        y: float,
        size: float = 1.0,
        colour: Colour = INK,
        anchor: float = 0,
        room: int | None = None,
    ) -> int:
        """Words with their middle at height y, smaller if there is no room for them; where they end.

        With `anchor` 0 they begin at x, with .5 they are centred there, with 1 they end there.
        """
        pixels = max(round(size * self.u), SMALLEST_TEXT)
        surface = text(words, pixels, colour)
        while room is not None and surface.get_width() > room and pixels > SMALLEST_TEXT:
            pixels -= 1
            surface = text(words, pixels, colour)
        self.blit(surface, x, y, anchor)
        return x - surface.get_width() if anchor == 1 else x + surface.get_width()

    def put_label(self, words: str, x: int, y: float, room: int, colour: Colour) -> None:
        """A word that has to be readable: only a little smaller if there is no room for it, and then cut."""
        shown = words
        while len(shown) > 1 and self.label_width(shown) > room:
            shown = f"{shown.rstrip('…')[:-1]}…"
        self.put(shown, x, y, 1 if shown == words else LABEL, colour, room=room)

    def label_width(self, words: str) -> int:
        """The least room, in pixels, in which `put_label` leaves a word whole."""
        return text(words, max(round(LABEL * self.u), SMALLEST_TEXT), INK).get_width()

    def blit(self, surface: Any, x: int, y: float, anchor: float) -> None:
        """A surface with its middle at height y."""
        width, height = surface.get_size()
        self.canvas.surface.blit(surface, (round(x - anchor * width), round(self.px(y) - height / 2)))

    def fill(self, box: Box, colour: Colour) -> None:
        if box.width > 0 and box.height > 0:
            self.canvas.surface.fill(colour, box)

    def pill(self, words: str, right: int, y: float, colour: Colour = INK) -> int:
        """White letters on a bar with round ends, its right end given; where it begins."""
        surface = text(words, round(self.u), WHITE)
        half, inset = 0.85 * self.u, round(0.9 * self.u)
        left = right - surface.get_width() - 2 * inset
        ends = np.array([[left + half, self.px(y)], [right - half, self.px(y)]])
        stroke(self.canvas.pixels, (ends,), 2 * half, colour)
        self.blit(surface, right - inset, y + 0.05, 1)
        return left

    def verdict(self, x: int, y: float, is_right: bool | None, colour: Colour, size: float = 1.6) -> None:
        """A tick, a cross, or a dash for neither, on a disc."""
        side = round(size * self.u)
        self.blit(stencil((side, side), ((Shape("disc", [circle(1.0)]), colour),)), x, y, 0.5)
        lines = DASH if is_right is None else TICK if is_right else CROSS
        middle = np.array([x, self.px(y)], dtype=float)
        stroke(self.canvas.pixels, tuple(middle + side / 2 * line for line in lines), side / 8, WHITE)
