"""How nodes look: their tiles with what is seen there, the frame around the agent's, and letters at a corner.

Surfaces are made once for everything that looks the same, and kept.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_envs.drawing.canvas import INK, MEGABYTE, Shape, stencil, text, text_width
from hippo_envs.drawing.glyphs import Colour, Glyph, circle, glyph_of, regular, rounded_square
from hippo_envs.drawing.kept import kept, surface_bytes
from hippo_envs.drawing.scene import Overlay, Scene

UNVISITED: Colour = (232, 234, 239)
VISITED: Colour = (255, 255, 255)
HERE: Colour = (255, 232, 218)
AGENT: Colour = (226, 74, 20)
LINK: Colour = (206, 211, 220)
BORDER: Colour = (120, 134, 156)
VALUES = np.array([(255, 255, 255), (198, 226, 242), (128, 190, 230), (78, 150, 210)], dtype=float)

N_TINTS = 64  # steps of values
GHOST = 0.7  # how much of its tile's colour the glyph of an unvisited node has
NODE_STATES = UNVISITED_NODE, VISITED_NODE, AGENT_NODE = range(3)
GLYPH = {"square": 0.6, "hexagon": 0.56, "disc": 0.6}  # of the tile


def looks(scene: Scene, overlay: Overlay) -> NDArray[np.int64]:
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


def written_symbol(symbol: int, alphabet: tuple[str, ...] | None) -> Any:
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


def outline_of(tile: str, inset: float = 0.0) -> NDArray[np.float64]:
    """Corners (n, 2) of a tile in a square from -1 to 1, smaller by an inset."""
    if tile == "square":
        return rounded_square(1 - inset, 0.22 * (1 - inset))
    return regular(6, 1 - inset) * (2 / np.sqrt(3), 1) if tile == "hexagon" else circle(1 - inset)


@kept(64 * MEGABYTE, surface_bytes)
def tile_surface(tile: str, size: tuple[int, int], look: int, alphabet: tuple[str, ...] | None) -> Any:
    """The surface of a node that looks like this number of `looks`."""
    (symbol, state), tint = divmod(look // (N_TINTS + 1), len(NODE_STATES)), look % (N_TINTS + 1)
    colour = _value_colour((tint - 1) / (N_TINTS - 1)) if tint else (UNVISITED, VISITED, HERE)[state]
    edge = LINK if state == UNVISITED_NODE else BORDER
    border = max(0.05, 2.4 / size[0])
    outlines = Shape((tile, 0.0), [outline_of(tile, 0.0)]), Shape((tile, border), [outline_of(tile, border)])
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


@kept(8 * MEGABYTE, surface_bytes)
def badge(words: str, size: int) -> Any:
    """White letters on a dark rounded square, or on one as wide as they need."""
    letters = text(words, round(0.8 * size), VISITED)
    width = max(size, letters.get_width() + size // 3)
    back = Shape(("badge", width / size), [rounded_square(1, 0.35)])
    surface = stencil((width, size), ((back, INK),)).copy()
    surface.blit(letters, letters.get_rect(center=(width / 2, size / 2 + 0.03 * size)))
    return surface


@kept(8 * MEGABYTE, surface_bytes)
def agent_frame(tile: str, size: tuple[int, int], thick: int) -> Any:
    """A frame that fits around a tile of that size."""
    gap = max(thick // 3, 1)
    full = size[0] + 2 * (thick + gap), size[1] + 2 * (thick + gap)
    inset = 2 * thick / full[0]
    outer, inner = (Shape((tile, "frame", by, full), [outline_of(tile, by)]) for by in (0.0, inset))
    return stencil(full, ((outer, AGENT), (inner, None)))
