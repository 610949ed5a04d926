"""How a graph lies on a page: tiles or discs, what is drawn between them, and which way a move goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Floats, Ints
from hippo_envs.drawing.kept import kept
from hippo_envs.graph import NO_EDGE, Graph

Path = tuple[Floats, ...]  # polylines (points, 2) in steps; several where it leaves the page and comes back

NEXT_TO = 1.5  # steps: what is farther apart is no neighbour on a lattice
TILE = 0.78  # of a step: the rest is for what was taken from tile to tile
HEXAGON = 0.84
DISC = 0.65  # which leaves room for two at one place
CLOSE = 0.3  # of a step: where a link is said to run over a node
TREE_RELATION = "parent"
TREE_HEIGHT = 0.8  # of its width
LEAF_STEP = 1.3  # steps by which every other leaf hangs lower, so that there is room for larger discs
MOST_STEPS = 24  # to a side: the copies of a larger track are shown one at a time
MAX_NODES_TO_PUSH = 400
MANY_LINKS = 1_000  # of a network, from which on they are hairlines, and none goes round a node
MOST_NODES, MOST_LINKS = 50_000, 200_000  # of a picture, where a node has a few pixels
MOST_COPIES = MOST_STEPS**2 // 4  # of a track that fit on one page
MOST_KEPT = 64 * 2**20
ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Layout:
    """What does not change in the pictures of a graph.

    Args:
        positions: floats (n_nodes, 2) in steps, y upwards.
        tile: what a node is drawn as.
        tile_size: its width in steps.
        is_lattice: whether nodes lie on a lattice of steps, and should on one of pixels.
        links: integers (n_links, 2), pairs of nodes with an edge in either direction, the smaller first.
        is_frame: bools (n_links,), links that are drawn before they are taken.
        paths: the way from the first to the second node of each link.
        link_of: the number of the link between two nodes, in either order.
        sheet: integers (n_nodes,): a picture shows the nodes of the agent's sheet; they are all 0 where it shows all.
    """

    positions: Floats
    tile: Literal["square", "hexagon", "disc"]
    tile_size: float
    is_lattice: bool
    links: Ints
    is_frame: NDArray[np.bool_]
    paths: tuple[Path, ...]
    link_of: Mapping[tuple[int, int], int]
    sheet: Ints

    @property
    def n_sheets(self) -> int:
        return int(self.sheet.max()) + 1

    def path(self, departure: int, arrival: int) -> Path:
        """The way of a move; none if it stays, or if there is no such link."""
        link = self.link_of.get((departure, arrival))
        if link is None:
            return ()
        return self.paths[link] if departure < arrival else tuple(line[::-1] for line in self.paths[link][::-1])


@kept(MOST_KEPT, lambda layout: 1_000 * (len(layout.links) + len(layout.positions)))
def layout_of(graph: Graph) -> Layout:
    """How to draw a graph. A family tree is drawn as its parents and children, all others as what is next to what.

    Links that would run over other nodes, or between the copies of a track, are drawn as arcs once they are taken. In a
    network they are drawn at once, since it has no other order that would tell what is next to what.
    """
    links, positions = _links(graph), graph.positions
    if graph.n_nodes > MOST_NODES or len(links) > MOST_LINKS:
        raise ValueError(
            f"A picture has room for {MOST_NODES:,} nodes and {MOST_LINKS:,} links, this world has {graph.n_nodes:,} "
            f"and {len(links):,}: make it smaller, or leave out the render_mode."
        )
    sheet = np.zeros(graph.n_nodes, dtype=np.int64)
    lattice = _lattice(positions, links)
    tile: Literal["square", "hexagon", "disc"] = "disc"
    if lattice is not None:
        near = _lengths(positions, links) < NEXT_TO
        tile, tile_size = _tile(lattice, positions[links[near]])
        positions, is_frame = _unstacked(positions), near
        if graph.n_appearances < graph.n_nodes:
            positions, sheet = _side_by_side(positions, links[near])
        else:
            is_frame = near | ~_runs_over_a_node(positions, links, near)
        is_straight = is_frame
    elif TREE_RELATION in graph.action_names:
        parent = graph.next_node[:, graph.action_names.index(TREE_RELATION)]
        is_frame = (parent[links] == links[:, ::-1]).any(axis=1)
        positions = _hung_up(positions, np.setdiff1d(np.arange(graph.n_nodes), parent))
        tile_size = _disc_size(positions)
        is_straight = is_frame
    else:
        positions, tile_size = _pushed_apart(positions)
        is_frame = np.ones(len(links), dtype=bool)
        is_few = len(links) <= MANY_LINKS
        is_straight = ~_runs_over_a_node(positions, links, ~is_frame, close=tile_size / 2) if is_few else is_frame
    middle = (positions.min(axis=0) + positions.max(axis=0)) / 2
    paths: list[Path] = []
    for pair, straight in zip(links, is_straight, strict=True):
        paths.append((positions[pair],) if straight else (_arc(*positions[pair], towards=middle),))
    if graph.headings is not None:
        _leave_the_page(graph, positions, links, paths, is_frame)
    link_of = {(int(a), int(b)): i for i, pair in enumerate(links) for a, b in (pair, pair[::-1])}
    return Layout(positions, tile, tile_size, lattice is not None, links, is_frame, tuple(paths), link_of, sheet)


def _tile(lattice: Literal["square", "hexagon"], near: Floats) -> tuple[Literal["square", "hexagon", "disc"], float]:
    """What fits the lattice, given the ends (n, 2, 2) of links between neighbours: discs where some are diagonals."""
    if lattice == "hexagon":
        return "hexagon", HEXAGON
    is_diagonal = np.abs(near[:, 0] - near[:, 1]).min(axis=1) > 0.5
    return ("disc", DISC) if is_diagonal.any() else ("square", TILE)


def _unstacked(positions: Floats) -> Floats:
    """Nodes at the same place put beside each other."""
    _, place, n_there = np.unique(np.round(positions, 6), axis=0, return_inverse=True, return_counts=True)
    placed, place = positions.copy(), place.reshape(-1)
    for stack in np.flatnonzero(n_there > 1):
        placed[place == stack, 0] += 2 / 3 * (np.arange(n_there[stack]) - (n_there[stack] - 1) / 2)
    return placed


def _hung_up(positions: Floats, leaves: Ints) -> Floats:
    """A tree about as high as it is wide, every other leaf a little lower."""
    width, height = np.ptp(positions, axis=0)
    placed = positions * (1, TREE_HEIGHT * width / max(height, 1e-9))
    lower = leaves[np.argsort(placed[leaves, 0])][1::2]
    placed[lower, 1] -= LEAF_STEP
    return placed


def _links(graph: Graph) -> Ints:
    departure, action = np.nonzero(graph.next_node != NO_EDGE)
    pairs = np.sort(np.stack([departure, graph.next_node[departure, action]], axis=1), axis=1)
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0).reshape(-1, 2)


def _lengths(positions: Floats, links: Ints) -> Floats:
    return np.linalg.norm(positions[links[:, 0]] - positions[links[:, 1]], axis=1)


def _lattice(positions: Floats, links: Ints) -> Literal["square", "hexagon"] | None:
    """Of which lattice with neighbours one step apart all nodes are."""
    if not len(links) or abs(_lengths(positions, links).min() - 1) > 1e-6:
        return None
    x, y = (positions - positions[0]).T
    row = y * 2 / np.sqrt(3)
    if _whole(x) and _whole(y):
        return "square"
    return "hexagon" if _whole(row) and _whole(x - row / 2) else None


def _whole(numbers: Floats) -> bool:
    return bool((np.abs(numbers - np.round(numbers)) < 1e-6).all())


def _runs_over_a_node(
    positions: Floats, links: Ints, is_near: NDArray[np.bool_], close: float = CLOSE
) -> NDArray[np.bool_]:
    """(n_links,), whether some third node is on the straight line; not asked of neighbours."""
    over = np.zeros(len(links), dtype=bool)
    for i in np.flatnonzero(~is_near):
        first, last = positions[links[i]]
        along = last - first
        length = max(np.linalg.norm(along), 1e-9)
        # The ends themselves do not count, nor what is as near to them.
        share = (positions - first) @ along / length**2
        apart = np.linalg.norm(positions - first - share[:, None] * along, axis=1)
        between = (share > 0.01) & (share < 0.99)
        between[links[i]] = False
        over[i] = (between & (apart < min(close, 0.08 * length))).any()
    return over


def _arc(start: Floats, end: Floats, towards: Floats, bulge: float = 0.22, n_points: int = 17) -> Floats:
    """A bow from one point to the other, on the side of a third; upwards if that is on the line between them."""
    along = end - start
    aside = np.array([-along[1], along[0]])
    side = float((towards - start) @ aside)
    if side < 0 or (side == 0 and aside[1] < 0):
        aside = -aside
    t = np.linspace(0, 1, n_points)[:, None]
    return start + t * along + 4 * bulge * t * (1 - t) * aside


def _leave_the_page(graph: Graph, positions: Floats, links: Ints, paths: list[Path], is_frame: NDArray) -> None:
    """Links that do not lead where their action heads to (over the border of a torus) as two ends, out and in."""
    assert graph.headings is not None
    for i, (a, b) in enumerate(links):
        for action in np.flatnonzero(graph.next_node[a] == b):
            step = np.array([np.cos(graph.headings[action]), np.sin(graph.headings[action])])
            if np.isfinite(step).all() and np.linalg.norm(positions[a] + step - positions[b]) > 0.5:
                out, back = positions[a] + 0.6 * step, positions[b] - 0.6 * step
                paths[i], is_frame[i] = (np.array([positions[a], out]), np.array([back, positions[b]])), True


def _side_by_side(positions: Floats, links: Ints) -> tuple[Floats, Ints]:
    """The copies of a track in rows that fill a square as well as they can, or each on a sheet of its own."""
    copies = _copies(positions, links)
    sizes = np.array([np.ptp(positions[nodes], axis=0) + 2 for nodes in copies])  # with room between them
    best, corners = np.inf, np.zeros_like(sizes)
    for n_columns in range(1, len(copies) + 1) if len(copies) <= MOST_COPIES else ():
        extent, at = _in_rows(sizes, n_columns)
        if extent < best - 1e-9:
            best, corners = extent, at
    placed, sheet = positions.copy(), np.zeros(len(positions), dtype=np.int64)
    for i, nodes in enumerate(copies):
        low, high = positions[nodes].min(axis=0), positions[nodes].max(axis=0)
        placed[nodes] -= (low[0], high[1])
        if best > MOST_STEPS:
            sheet[nodes] = i
        else:
            placed[nodes] += corners[i]
    return placed, sheet


def _in_rows(sizes: Floats, n_columns: int) -> tuple[float, Floats]:
    """The larger side of boxes laid out row by row, and the upper left corner of each, (n, 2)."""
    corners = np.zeros_like(sizes)
    rows = [range(first, min(first + n_columns, len(sizes))) for first in range(0, len(sizes), n_columns)]
    width = max(sizes[row, 0].sum() for row in rows)
    y = 0.0
    for row in rows:
        x = (width - sizes[row, 0].sum()) // 2
        for i in row:
            corners[i] = x, -y
            x += sizes[i, 0]
        y += sizes[row, 1].max()
    return max(width, y), corners


def _copies(positions: Floats, links: Ints) -> list[Ints]:
    """The nodes of each connected piece, the largest first, then from left to right; lone nodes go with the nearest."""
    piece = np.arange(len(positions))
    for a, b in links:
        piece[piece == piece[b]] = piece[a]
    sizes = np.bincount(piece, minlength=len(piece))[piece]
    lone, others = np.flatnonzero(sizes == 1), np.flatnonzero(sizes > 1)
    for node in lone if len(others) else ():
        nearest = others[np.linalg.norm(positions[others] - positions[node], axis=1).argmin()]
        piece[node] = piece[nearest]
    pieces = [np.flatnonzero(piece == number) for number in np.unique(piece)]
    return sorted(pieces, key=lambda nodes: (-len(nodes), positions[nodes, 0].min()))


def _disc_size(positions: Floats) -> float:
    nearest = np.inf
    for first in range(0, len(positions), ROWS_AT_ONCE):
        some = positions[first : first + ROWS_AT_ONCE]
        apart = np.linalg.norm(some[:, None] - positions, axis=2)
        apart[np.arange(len(some)), first + np.arange(len(some))] = np.inf
        nearest = min(nearest, apart.min())
    return float(0.82 * nearest)


def _pushed_apart(positions: Floats, n_rounds: int = 60) -> tuple[Floats, float]:
    """Nodes moved until discs of some size do not overlap, and that size in steps."""
    n_nodes = len(positions)
    # So that discs cover a tenth of the page.
    size = 0.36 * float(np.sqrt(np.prod(np.maximum(np.ptp(positions, axis=0), 1)) / n_nodes))
    if n_nodes > MAX_NODES_TO_PUSH:
        return positions, size
    positions = positions + 1e-6 * np.stack([np.arange(n_nodes), -np.arange(n_nodes)], axis=1)  # none at one place
    for _ in range(n_rounds):
        between = positions[:, None] - positions
        apart = np.linalg.norm(between, axis=2)
        np.fill_diagonal(apart, np.inf)
        short = np.maximum(1.25 * size - apart, 0)
        positions = positions + 0.3 * ((short / apart)[..., None] * between).sum(axis=1)
    return positions, size
