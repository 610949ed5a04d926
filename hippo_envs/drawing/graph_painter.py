"""Paints worlds: floor and links at the bottom, then tiles, then the agent.

A page is painted once. After that, a step paints the tiles that changed and what lay over them, box by box, from
copies of what lies below; so that painting step by step gives the same pixels as painting at once.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_envs.drawing.canvas import MEGABYTE, PAGE, Box, Canvas, Stroke, hairline, lay, stroke, stroke_of
from hippo_envs.drawing.glyphs import Colour, circle
from hippo_envs.drawing.kept import Kept
from hippo_envs.drawing.layout import MANY_LINKS, Path
from hippo_envs.drawing.scene import BitScene, Caption, Overlay, Scene
from hippo_envs.drawing.tiles import AGENT, LINK, agent_frame, badge, looks, outline_of, tile_surface, written_symbol

FLOOR: Colour = (226, 229, 235)
TAKEN: Colour = (98, 122, 158)
ATTENTION: Colour = (150, 60, 140)

LINK_WIDTH = {"tile": (0.5, 0.2), "disc": (0.1, 0.16)}  # of tiles: before and after they were taken
LABEL = 0.4  # of a tile
MANY_FLOORS = 5_000  # links of a lattice, from which on its tiles have few pixels, and links are hairlines
# Of links, and of moves, in all pictures: to work out a bow takes longer than all else in a frame.
STROKES = Kept(64 * MEGABYTE, lambda strokes: sum(4 * stroke.share.nbytes for stroke in strokes))
PANEL_LINE = 14  # capitals
FAINTEST = 0.06  # attention that is drawn
RING = {"square": 0.73, "hexagon": 0.68, "disc": 0.69}  # of a tile, the radius of a ring, which stays on the page
CIRCLE = circle()


class GraphPainter:
    """Paints scenes of one layout on one canvas."""

    def __init__(self, canvas: Canvas, scene: Scene) -> None:
        self.canvas, self.layout, self.alphabet = canvas, scene.layout, scene.alphabet
        layout, room = self.layout, canvas.map
        if layout.n_sheets > 1:
            room = room._replace(y=2 * self._mark, height=room.height - 2 * self._mark)
        margin = layout.tile_size + (0.5 if layout.is_lattice else 0.7 * layout.tile_size)
        low, high = layout.positions.min(axis=0), layout.positions.max(axis=0)
        scale = float((np.array([room.width, room.height]) / (high - low + margin)).min())
        self.scale = np.floor(scale) if layout.is_lattice and scale > 8 else scale
        self._middle = np.array([room.width / 2, room.y + room.height / 2]) - self.scale * (low + high) / 2 * (1, -1)
        tile = max(round(self.scale * layout.tile_size), 2)
        self.tile = (tile, round(tile * 2 / np.sqrt(3)) if layout.tile == "hexagon" else tile)
        self.centres = np.floor(self._pixels(layout.positions)) + (tile % 2) / 2
        self.corners = np.round(self.centres - np.array(self.tile) / 2).astype(int)
        self._corners: list[tuple[int, int]] = [(x, y) for x, y in self.corners.tolist()]
        thick = self.scale * (0.09 if layout.is_lattice else 0.16 * layout.tile_size)
        self.thick = max(min(thick, canvas.height / 90), 2.0)  # of the agent's frame and of the last move
        self._frame_agent = agent_frame(layout.tile, self.tile, max(round(self.thick), 2))
        self._ground, self._ground_surface = canvas.blank()
        self._bare: dict[int, NDArray[np.uint8]] = {}  # the ground of each sheet before anything was taken
        self._sheet = -1
        self._nodes = np.arange(0)  # those on the sheet
        self._taken: list[int] = []
        self._look = np.full(len(layout.positions), -1)
        self._over: list[Box] = []  # what was drawn over the tiles the last time
        self._page = (layout, canvas.map, canvas.width, canvas.height)  # what strokes follow from

    def suits(self, scene: Scene | BitScene, overlay: Overlay) -> bool:
        """Whether the scene goes on this page."""
        return (
            isinstance(scene, Scene)
            and (scene.layout, scene.alphabet) == (self.layout, self.alphabet)
            and (bool(scene.caption), bool(overlay.panel)) == (self.canvas.bar.height > 0, self.canvas.panel.width > 0)
        )

    def paint(self, scene: Scene, overlay: Overlay) -> None:
        """Bring the page from the last scene to this one."""
        look, sheet = looks(scene, overlay), int(self.layout.sheet[scene.node])
        known = len(self._taken)
        afresh = sheet != self._sheet or list(scene.taken[:known]) != self._taken
        if afresh:
            self._begin(sheet)
            known = 0
        changed = self._nodes[look[self._nodes] != self._look[self._nodes]]
        boxes = self._over + [self._tile_box(node) for node in changed.tolist()]
        for link in scene.taken[known:]:
            if self._is_on_sheet(link):
                boxes.append(self._draw_link(self._ground, link, TAKEN, is_frame=False))
        self._look, self._taken = look, list(scene.taken)
        if afresh or len(boxes) > len(self._nodes) // 4:
            boxes = [Box(0, 0, self.canvas.width, self.canvas.height)]
        for box in boxes:
            self._restore(box)
        self._over = [
            *self._draw_attention(scene, overlay),
            *self._draw_agent(scene),
            *self._draw_labels(overlay),
        ]
        self._draw_words(scene, overlay)

    def _begin(self, sheet: int) -> None:
        """Lay the ground of a sheet on which nothing was taken."""
        if sheet not in self._bare:
            pixels, surface = self.canvas.blank()
            self._draw_marks(surface, sheet)
            first = self.layout.links[:, 0]
            links = np.flatnonzero(self.layout.is_frame & (self.layout.sheet[first] == sheet))
            are_many = len(links) > (MANY_LINKS if self.layout.tile == "disc" else MANY_FLOORS)
            for link in links.tolist():
                colour = FLOOR if self.layout.tile != "disc" else LINK
                if are_many:
                    hairline(surface, tuple(self._pixels(line) for line in self.layout.paths[link]), colour)
                else:
                    self._draw_link(pixels, link, colour, is_frame=True)
            self._bare[sheet] = pixels
        self._sheet, self._nodes = sheet, np.flatnonzero(self.layout.sheet == sheet)
        self._ground[:] = self._bare[sheet]

    def _tile_box(self, node: int) -> Box:
        (x, y), (width, height) = self._corners[node], self.tile
        return Box(x, y, width, height)

    def _is_on_sheet(self, link: int) -> bool:
        return bool((self.layout.sheet[self.layout.links[link]] == self._sheet).all())

    def _draw_marks(self, surface: Any, sheet: int) -> None:
        """A small square for every sheet, this one's filled in."""
        side = self._mark
        for i in range(self.layout.n_sheets if self.layout.n_sheets > 1 else 0):
            surface.fill(AGENT if i == sheet else LINK, (side // 2 + i * side * 3 // 2, side // 2, side, side))

    @property
    def _mark(self) -> int:
        return max(self.canvas.text_size // 2, 5)

    def _restore(self, box: Box) -> None:
        """Paint links and tiles in a box as they are now."""
        surface = self.canvas.surface
        surface.set_clip(box)
        surface.blit(self._ground_surface, box, box)
        x, y = self.corners[self._nodes].T
        hit = (x < box.x + box.width) & (x + self.tile[0] > box.x)
        hit &= (y < box.y + box.height) & (y + self.tile[1] > box.y)
        for node in self._nodes[hit].tolist():
            surface.blit(
                tile_surface(self.layout.tile, self.tile, int(self._look[node]), self.alphabet), self._corners[node]
            )
        surface.set_clip(None)

    def _draw_agent(self, scene: Scene) -> list[Box]:
        """The last move as an arrow, and a frame around the agent's tile; the boxes that they are in."""
        arrow = () if scene.previous is None else self._arrow(scene.previous, scene.node)
        boxes = [lay(self.canvas.pixels, line, AGENT) for line in arrow]
        width, height = self._frame_agent.get_size()
        x, y = self._corners[scene.node]
        corner = x - (width - self.tile[0]) // 2, y - (height - self.tile[1]) // 2
        self.canvas.surface.blit(self._frame_agent, corner)
        return [*boxes, Box(*corner, width, height)]

    def _arrow(self, departure: int, arrival: int) -> tuple[Stroke, ...]:
        key = (*self._page, "arrow", departure, arrival)
        return STROKES.get(key, lambda: self._arrow_of(departure, arrival))

    def _arrow_of(self, departure: int, arrival: int) -> tuple[Stroke, ...]:
        """The arrow of a move, from rim to rim, as far as it shows; none if it stays."""
        path = self.layout.path(departure, arrival)
        if not path:
            return ()
        way = self._shortened(tuple(self._pixels(line) for line in path))
        return self._stroke_of(way, 1.5 * self.thick), *self._head_of(way[-1])

    def _head_of(self, line: NDArray[np.float64]) -> list[Stroke]:
        """The head of an arrow at the end of a line, if the line is long enough to have one."""
        tip, before = line[-1], line[-2]
        length = np.linalg.norm(tip - before)
        reach = 4 * self.thick
        if np.linalg.norm(tip - line[0]) < 2 * reach or length < 1e-6:
            return []
        back = (before - tip) / length * reach
        aside = np.array([back[1], -back[0]])
        head = np.array([tip + 0.8 * back - 0.5 * aside, tip, tip + 0.8 * back + 0.5 * aside])
        return [self._stroke_of((head,), 1.2 * self.thick)]

    def _stroke_of(self, path: Path, width: float) -> Stroke:
        return stroke_of(path, width, (self.canvas.height, self.canvas.width))

    def _shortened(self, path: Path) -> Path:
        """The path without what lies on the tile where it begins and on the one where it ends."""
        rim = self.tile[0] / 2
        first = _cut(path[0], rim)
        last = _cut((first if len(path) == 1 else path[-1])[::-1], rim + 1.5 * self.thick)[::-1]
        return (last,) if len(path) == 1 else (first, *path[1:-1], last)

    def _draw_attention(self, scene: Scene, overlay: Overlay) -> list[Box]:
        """A ring around every node that is attended to, and a line to it from the agent's."""
        if overlay.attention is None:
            return []
        boxes, radius = [], RING[self.layout.tile] * self.tile[0]
        for node in self._nodes[overlay.attention[self._nodes] > FAINTEST].tolist():
            weight = float(min(overlay.attention[node], 1))
            width, opacity = self.thick * (0.5 + 1.0 * weight), 0.25 + 0.65 * weight
            width = width / 2 if node == scene.node else width  # there is less room
            ring = self._ring_around_agent(width) if node == scene.node else CIRCLE * radius
            closed = self.centres[node] + np.concatenate([ring, ring[:1]])
            boxes.append(stroke(self.canvas.pixels, (closed,), width, ATTENTION, opacity))
            apart = np.linalg.norm(self.centres[node] - self.centres[scene.node])
            if apart > 2 * radius:
                # From rim to rim, so that both glyphs can be read.
                line = _cut(_cut(self.centres[[scene.node, node]], radius)[::-1], radius)
                boxes.append(stroke(self.canvas.pixels, (line,), width, ATTENTION, opacity / 2))
        return boxes

    def _ring_around_agent(self, width: float) -> NDArray[np.float64]:
        """A ring (n, 2) of the shape of the agent's frame and outside of it, so that both show."""
        half = (np.array(self._frame_agent.get_size()) + width) / 2 + max(self.thick / 3, 1.5)
        return outline_of(self.layout.tile) * half / np.abs(outline_of(self.layout.tile)).max(axis=0)

    def _draw_labels(self, overlay: Overlay) -> list[Box]:
        boxes = []
        for node, label in overlay.labels.items():
            if self.layout.sheet[node] == self._sheet:
                surface = badge(label, max(round(LABEL * self.tile[0]), self.canvas.text_size // 2, 9))
                width, height = surface.get_size()
                x, y, tile_width, _ = self._tile_box(node)
                if self.layout.tile == "hexagon":  # which has no corner there
                    x, y = x - width // 4, y + 2 * height // 3
                box = Box(x + tile_width - 2 * width // 3, y - height // 3, width, height)
                self.canvas.surface.blit(surface, box)
                boxes.append(box)
        return boxes

    def _draw_link(self, pixels: NDArray[np.uint8], link: int, colour: Colour, is_frame: bool) -> Box:
        return lay(pixels, self._line(link, is_frame), colour, 0.75 if self._is_arc(link) else 1.0)

    def _line(self, link: int, is_frame: bool) -> Stroke:
        return STROKES.get((*self._page, "line", link, is_frame), lambda: (self._line_of(link, is_frame),))[0]

    def _line_of(self, link: int, is_frame: bool) -> Stroke:
        thin, thick = LINK_WIDTH["disc" if self.layout.tile == "disc" else "tile"]
        width = (thin if is_frame else thick) * self.layout.tile_size
        path = tuple(self._pixels(line) for line in self.layout.paths[link])
        width = max(width * self.scale * (0.5 if self._is_arc(link) else 1), 1.2 if is_frame else 1.6)
        return self._stroke_of(path, width)

    def _is_arc(self, link: int) -> bool:
        return any(len(line) > 2 for line in self.layout.paths[link])

    def _draw_words(self, scene: Scene, overlay: Overlay) -> None:
        canvas = self.canvas
        for box in (canvas.bar, canvas.panel):
            canvas.surface.fill(PAGE, box)
        if scene.caption:
            canvas.write(self._parts(scene.caption), canvas.bar)
        x, y, width, height = canvas.panel
        size = min(canvas.text_size, width // PANEL_LINE, int(height / 1.6 / (len(overlay.panel) + 1)))
        for i, line in enumerate(overlay.panel):
            box = Box(x, y + size + round(1.6 * size * i), width - size, round(1.6 * size))
            canvas.write(self._parts(line), box, size, centred=False)

    def _parts(self, caption: Caption) -> list[Any]:
        return [part if isinstance(part, str) else written_symbol(part, self.alphabet) for part in caption]

    def _pixels(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._middle + self.scale * positions * (1, -1)


def _cut(line: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    """The polyline without its first `by` pixels, but for its end."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    total = steps.sum()
    by = min(by, 0.9 * total)
    reached = np.concatenate([[0], np.cumsum(steps)])
    start = [np.interp(by, reached, line[:, axis]) for axis in (0, 1)]
    return np.concatenate([[start], line[reached > by]])
