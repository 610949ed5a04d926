"""Paints worlds: floor and links at the bottom, then tiles, then the agent.

A page is painted once. After that, a step paints the tiles that changed and what lay over them, box by box, from
copies of what lies below; so that painting step by step gives the same pixels as painting at once.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_envs.glyphs import Colour, Glyph, circle, glyph_of, regular, rounded_square
from hippo_envs.layout import Path
from hippo_envs.rendering import INK, PAGE, Box, Canvas, Shape, stencil, stroke, text, text_width
from hippo_envs.scene import BitScene, Caption, Overlay, Scene

FLOOR: Colour = (226, 229, 235)
LINK: Colour = (206, 211, 220)
TAKEN: Colour = (98, 122, 158)
UNVISITED: Colour = (232, 234, 239)
VISITED: Colour = (255, 255, 255)
BORDER: Colour = (120, 134, 156)
AGENT: Colour = (226, 74, 20)
HERE: Colour = (255, 232, 218)
ATTENTION: Colour = (226, 74, 20)
VALUES = np.array([(255, 255, 255), (198, 226, 242), (128, 190, 230), (78, 150, 210)], dtype=float)

N_TINTS = 64
GHOST = 0.7  # how much of its tile's colour the glyph of an unvisited node has
NODE_STATES = UNVISITED_NODE, VISITED_NODE, AGENT_NODE = range(3)
GLYPH = {"square": 0.6, "hexagon": 0.56, "disc": 0.6}
LINK_WIDTH = {"tile": (0.5, 0.2), "disc": (0.1, 0.16)}  # of tiles: before and after they were taken
LABEL = 0.4  # of a tile
PANEL_LINE = 14  # capitals
FAINTEST = 0.02  # attention that is drawn


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
        self._frame_agent = _agent_frame(layout.tile, self.tile, max(round(self.thick), 2))
        self._ground, self._ground_surface = canvas.blank()
        self._bare: dict[int, NDArray[np.uint8]] = {}  # the ground of each sheet before anything was taken
        self._sheet = -1
        self._nodes = np.arange(0)  # those on the sheet
        self._taken: list[int] = []
        self._look = np.full(len(layout.positions), -1)
        self._over: list[Box] = []  # what was drawn over the tiles the last time

    def suits(self, scene: Scene | BitScene, overlay: Overlay) -> bool:
        """Whether the scene goes on this page."""
        return (
            isinstance(scene, Scene)
            and (scene.layout, scene.alphabet) == (self.layout, self.alphabet)
            and (bool(scene.caption), bool(overlay.panel)) == (self.canvas.bar.height > 0, self.canvas.panel.width > 0)
        )

    def paint(self, scene: Scene, overlay: Overlay) -> None:
        """Bring the page from the last scene to this one."""
        look, sheet = self._looks(scene, overlay), int(self.layout.sheet[scene.node])
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
            for link in np.flatnonzero(self.layout.is_frame).tolist():
                if self.layout.sheet[self.layout.links[link, 0]] == sheet:
                    self._draw_link(pixels, link, FLOOR if self.layout.tile != "disc" else LINK, is_frame=True)
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

    def _looks(self, scene: Scene, overlay: Overlay) -> NDArray[np.int64]:
        """A number (n_nodes,) for how each tile is drawn: its symbol, whether it was visited, its value."""
        shown = np.asarray(scene.symbols) + 1
        if scene.hide_unvisited:
            shown = np.where(scene.visited, shown, 0)
        state = scene.visited.astype(np.int64)
        state[scene.node] = AGENT_NODE
        look = (shown * len(NODE_STATES) + state) * (N_TINTS + 1)
        if overlay.values is not None:
            share = np.nan_to_num(np.clip(overlay.values, 0, 1) * (N_TINTS - 1) + 1)
            look += np.rint(share).astype(np.int64)
        return look

    def _restore(self, box: Box) -> None:
        """Paint links and tiles in a box as they are now."""
        surface = self.canvas.surface
        surface.set_clip(box)
        surface.blit(self._ground_surface, box, box)
        x, y = self.corners[self._nodes].T
        hit = (x < box.x + box.width) & (x + self.tile[0] > box.x)
        hit &= (y < box.y + box.height) & (y + self.tile[1] > box.y)
        for node in self._nodes[hit].tolist():
            surface.blit(_tile(self.layout.tile, self.tile, int(self._look[node]), self.alphabet), self._corners[node])
        surface.set_clip(None)

    def _draw_agent(self, scene: Scene) -> list[Box]:
        """The last move as an arrow, and a frame around the agent's tile; the boxes that they are in."""
        boxes = []
        path = self.layout.path(scene.previous, scene.node) if scene.previous is not None else ()
        if path:
            # From rim to rim, as far as it shows.
            way = self._shortened(tuple(self._pixels(line) for line in path))
            boxes.append(stroke(self.canvas.pixels, way, 1.5 * self.thick, AGENT))
            boxes += self._draw_head(way[-1])
        width, height = self._frame_agent.get_size()
        x, y = self._corners[scene.node]
        corner = x - (width - self.tile[0]) // 2, y - (height - self.tile[1]) // 2
        self.canvas.surface.blit(self._frame_agent, corner)
        return [*boxes, Box(*corner, width, height)]

    def _draw_head(self, line: NDArray[np.float64]) -> list[Box]:
        """The head of an arrow at the end of a line, if the line is long enough to have one."""
        tip, before = line[-1], line[-2]
        length = np.linalg.norm(tip - before)
        reach = 4 * self.thick
        if np.linalg.norm(tip - line[0]) < 2 * reach or length < 1e-6:
            return []
        back = (before - tip) / length * reach
        aside = np.array([back[1], -back[0]])
        head = np.array([tip + 0.8 * back - 0.5 * aside, tip, tip + 0.8 * back + 0.5 * aside])
        return [stroke(self.canvas.pixels, (head,), 1.2 * self.thick, AGENT)]

    def _shortened(self, path: Path) -> Path:
        """The path without what lies on the tile where it begins and on the one where it ends."""
        rim = self.tile[0] / 2
        first = _cut(path[0], rim)
        last = _cut((first if len(path) == 1 else path[-1])[::-1], rim + 1.5 * self.thick)[::-1]
        return (last,) if len(path) == 1 else (first, *path[1:-1], last)

    def _draw_attention(self, scene: Scene, overlay: Overlay) -> list[Box]:
        if overlay.attention is None:
            return []
        boxes = []
        for node in self._nodes[overlay.attention[self._nodes] > FAINTEST]:
            # From rim to rim, so that both glyphs can be read.
            line = _cut(_cut(self.centres[[scene.node, node]], self.tile[0] / 2)[::-1], self.tile[0] / 3)
            weight = float(min(overlay.attention[node], 1))
            width = self.thick * (0.5 + 1.5 * weight)
            boxes.append(stroke(self.canvas.pixels, (line,), width, ATTENTION, 0.25 + 0.6 * weight))
        return boxes

    def _draw_labels(self, overlay: Overlay) -> list[Box]:
        boxes = []
        for node, label in overlay.labels.items():
            if self.layout.sheet[node] == self._sheet:
                badge = _badge(label, max(round(LABEL * self.tile[0]), self.canvas.text_size // 2, 9))
                width, height = badge.get_size()
                x, y, tile_width, _ = self._tile_box(node)
                box = Box(x + tile_width - 2 * width // 3, y - height // 3, width, height)
                self.canvas.surface.blit(badge, box)
                boxes.append(box)
        return boxes

    def _draw_link(self, pixels: NDArray[np.uint8], link: int, colour: Colour, is_frame: bool) -> Box:
        thin, thick = LINK_WIDTH["disc" if self.layout.tile == "disc" else "tile"]
        width = (thin if is_frame else thick) * self.layout.tile_size
        path = tuple(self._pixels(line) for line in self.layout.paths[link])
        is_arc = not self.layout.is_frame[link]
        width = max(width * self.scale * (0.5 if is_arc else 1), 1.2 if is_frame else 1.6)
        return stroke(pixels, path, width, colour, 0.75 if is_arc else 1.0)

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
        return [part if isinstance(part, str) else _symbol(part, self.alphabet) for part in caption]

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


def _symbol(symbol: int, alphabet: tuple[str, ...] | None) -> Any:
    """What draws a symbol in a line of words, given the size of the letters."""
    if alphabet is not None:
        return lambda size: text(alphabet[symbol], size, glyph_of(symbol)[1])
    glyph, colour = glyph_of(symbol)
    if glyph is None:
        return lambda size: text(str(symbol), size, colour)
    return lambda size: stencil((size, size), _layers(glyph, symbol, 0.9, colour, None))


def _layers(glyph: Glyph, name: Any, size: float, colour: Colour, below: Colour | None) -> tuple[Any, ...]:
    filled = Shape((name, "filled", size), [size * outline for outline in glyph.filled])
    holes = Shape((name, "holes", size), [size * outline for outline in glyph.holes])
    return (filled, colour), (holes, below)


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + share * (b - a)) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _value_colour(value: float) -> Colour:
    steps = np.linspace(0, 1, len(VALUES))
    red, green, blue = (round(float(np.interp(value, steps, part))) for part in VALUES.T)
    return red, green, blue


def _outline(tile: str, inset: float) -> NDArray[np.float64]:
    if tile == "square":
        return rounded_square(1 - inset, 0.22 * (1 - inset))
    return regular(6, 1 - inset) * (2 / np.sqrt(3), 1) if tile == "hexagon" else circle(1 - inset)


@lru_cache(maxsize=4096)
def _tile(tile: str, size: tuple[int, int], look: int, alphabet: tuple[str, ...] | None) -> Any:
    """The surface of a node that looks like this number of `_looks`."""
    (symbol, state), tint = divmod(look // (N_TINTS + 1), len(NODE_STATES)), look % (N_TINTS + 1)
    colour = _value_colour((tint - 1) / (N_TINTS - 1)) if tint else (UNVISITED, VISITED, HERE)[state]
    edge = LINK if state == UNVISITED_NODE else BORDER
    border = max(0.05, 2.4 / size[0])
    outlines = Shape((tile, 0.0), [_outline(tile, 0.0)]), Shape((tile, border), [_outline(tile, border)])
    layers: tuple[Any, ...] = ((outlines[0], edge), (outlines[1], colour))
    symbol -= 1
    glyph, ink = glyph_of(max(symbol, 0))
    ink = _mixed(ink, colour, GHOST) if state == UNVISITED_NODE else ink
    if symbol < 0:
        return stencil(size, layers)
    if glyph is not None and alphabet is None:
        # As wide as high, on a tile that is not.
        flat = np.array([1.0, size[0] / size[1]]) * GLYPH[tile]
        shapes = (glyph.filled, ink), (glyph.holes, colour)
        layers += tuple(
            (Shape((symbol, tile, i), [flat * line for line in lines]), fill) for i, (lines, fill) in enumerate(shapes)
        )
        return stencil(size, layers)
    written = stencil(size, layers).copy()
    words = str(symbol) if alphabet is None else alphabet[symbol]
    height = round(0.62 * size[0])
    height = max(min(height, round(height * 0.8 * size[0] / max(text_width(words, height), 1))), 5)
    letters = text(words, height, ink)
    written.blit(letters, letters.get_rect(center=(size[0] / 2, size[1] / 2 + 0.04 * height)))
    return written


@lru_cache(maxsize=512)
def _badge(words: str, size: int) -> Any:
    """White letters on a dark rounded square, or on one as wide as they need."""
    letters = text(words, round(0.8 * size), VISITED)
    width = max(size, letters.get_width() + size // 3)
    back = Shape(("badge", width / size), [rounded_square(1, 0.35)])
    badge = stencil((width, size), ((back, INK),)).copy()
    badge.blit(letters, letters.get_rect(center=(width / 2, size / 2 + 0.03 * size)))
    return badge


@lru_cache(maxsize=64)
def _agent_frame(tile: str, size: tuple[int, int], thick: int) -> Any:
    """A frame that fits around a tile of that size."""
    gap = max(thick // 3, 1)
    full = size[0] + 2 * (thick + gap), size[1] + 2 * (thick + gap)
    inset = 2 * thick / full[0]
    outer, inner = (Shape((tile, "frame", by, full), [_outline(tile, by)]) for by in (0.0, inset))
    return stencil(full, ((outer, AGENT), (inner, None)))
