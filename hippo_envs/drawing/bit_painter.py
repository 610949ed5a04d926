"""Paints fields of bits: one large, the others in a row below it."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hippo_envs.drawing.canvas import FAINT, INK, PAGE, Box, Canvas
from hippo_envs.drawing.scene import BitField, BitScene, Overlay, Scene

# Of a unit that is off and of one that is on; of one that should be on and is not, is, or is on and should not be.
COLOURS = np.array([(229, 232, 238), INK, (156, 196, 228), (0, 172, 130), (226, 74, 20), PAGE], dtype=np.uint8)
MISS, HIT, FALSE_ALARM, NO_UNIT = 2, 3, 4, 5
SIDE_WITH_GAPS = 4  # pixels of a cell
FIRST = 0.56  # of the height, for the field that is shown now


class BitPainter:
    """Paints scenes of bits on one canvas."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    def suits(self, scene: Scene | BitScene, overlay: Overlay) -> bool:
        """Whether the scene goes on this page."""
        return isinstance(scene, BitScene) and bool(scene.caption) == (self.canvas.bar.height > 0)

    def paint(self, scene: BitScene, overlay: Overlay) -> None:
        """Paint the whole page."""
        canvas, room = self.canvas, self.canvas.map
        canvas.surface.fill(PAGE)  # many times as fast as the array is filled
        first, *others = scene.fields
        height = round(FIRST * room.height) if others else room.height
        boxes = [Box(0, 0, room.width, height)]
        for i in range(len(others)):
            width = room.width // len(others)
            boxes.append(Box(i * width, height, width, room.height - height))
        # The same in all of them, as the smallest has it, so that a unit is in the same place in each.
        n_columns = best_columns(len(first.on), *self._room(boxes[-1])[2:])
        for field, box in zip(scene.fields, boxes, strict=True):
            self._field(field, box, n_columns)
        if scene.caption:
            canvas.write([part for part in scene.caption if isinstance(part, str)], canvas.bar)

    def _field(self, field: BitField, box: Box, n_columns: int) -> None:
        room = self._room(box)
        cells = cell_pixels(field, n_columns, room.width, room.height)
        x, y = room.x + (room.width - cells.shape[1]) // 2, room.y + (room.height - cells.shape[0]) // 2
        self.canvas.pixels[y : y + cells.shape[0], x : x + cells.shape[1]] = cells
        title = Box(box.x, y - (room.y - box.y), box.width, room.y - box.y)
        self.canvas.write([field.title], title, self.canvas.text_size * 4 // 5, FAINT)

    def _room(self, box: Box) -> Box:
        """What a box has for the units themselves, below the title."""
        head, margin = round(1.4 * self.canvas.text_size), max(self.canvas.width // 60, 4)
        return Box(box.x + margin, box.y + head, max(box.width - 2 * margin, 0), max(box.height - head - margin, 0))


@lru_cache(maxsize=32)
def best_columns(n_units: int, width: int, height: int) -> int:
    """How many columns fill their rows, or most of the last one, with cells that are nearly as large as they can be.

    >>> best_columns(1_000, 320, 320)
    40
    """
    sides = {columns: _side(n_units, columns, width, height) for columns in range(1, n_units + 1)}
    if not any(sides.values()):
        raise ValueError(f"{n_units} units do not fit into {width} x {height} pixels: give a larger render_size.")
    large = [columns for columns, side in sides.items() if side >= 0.7 * max(sides.values())]
    return max(large, key=lambda columns: (-(-n_units % columns), sides[columns], columns))


def _side(n_units: int, n_columns: int, width: int, height: int) -> int:
    """Pixels of a cell, whole ones; 0 if they do not fit."""
    return min(width // n_columns, height // -(-n_units // n_columns))


def cell_pixels(field: BitField, n_columns: int, width: int, height: int) -> NDArray[np.uint8]:
    """The field as squares of whole pixels, row by row, as large as they fit: (at most height, at most width, 3).

    >>> cell_pixels(BitField("", np.array([True, False, True])), 3, 12, 6).shape
    (4, 12, 3)
    """
    n_units = len(field.on)
    side = max(_side(n_units, n_columns, width, height), 1)
    kinds = np.full(-(-n_units // n_columns) * n_columns, NO_UNIT)
    kinds[:n_units] = field.on
    if field.target is not None:
        kinds[:n_units] = np.where(field.on, np.where(field.target, HIT, FALSE_ALARM), np.where(field.target, MISS, 0))
    # Each row is made once and then copied whole: pixel by pixel, in any other order, is many times as slow.
    pixels = COLOURS[kinds.reshape(-1, n_columns)].repeat(side, axis=1)
    has_gaps = side >= SIDE_WITH_GAPS
    if has_gaps:
        pixels[:, side - 1 :: side] = PAGE
    pixels = pixels.repeat(side, axis=0)
    if has_gaps:
        pixels[side - 1 :: side] = PAGE
    return pixels[:height, :width]
