"""A lattice laid over an arena: a graph, and the node at every place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hippo_envs.arguments import number
from hippo_envs.arrays import Floats, Ints
from hippo_envs.envs.hexagonal import BASIS as TRIANGULAR
from hippo_envs.envs.hexagonal import hexagonal_graph
from hippo_envs.envs.rectangle import rectangle_graph
from hippo_envs.graph import Graph
from hippo_envs.trajectories.positions import Positions

SQUARE = np.eye(2)
OUTSIDE = -1
INWARD = 1 - 1e-9  # so that the border itself is within
Extent = Sequence[Sequence[float]]


@dataclass(frozen=True, eq=False)
class Lattice:
    """A graph laid over an arena: nodes are `bin_size` apart, and each is the middle of a square or a hexagon.

    Args:
        graph: of nodes on a lattice of unit steps.
        bin_size: the length of a step, in the unit of the arena.
        centre: where the middle of the graph lies in the arena.
        angle: by how many radians the graph is turned against the arena, counter-clockwise.
    """

    graph: Graph
    bin_size: float
    centre: tuple[float, float]
    angle: float = 0.0

    @cached_property
    def node_places(self) -> Floats:
        """(n_nodes, 2), the middle of each node in the arena."""
        return (self.graph.positions - self._middle) @ _turn(self.angle) * self.bin_size + self.centre

    def coordinates(self, places: Floats) -> Floats:
        """Places of the arena (S, 2) as the graph's positions are: in bins, along its axes."""
        return (places - np.array(self.centre)) @ _turn(-self.angle) / self.bin_size + self._middle

    def nodes_at(self, places: Floats) -> Ints:
        """The node at each place (S, 2), -1 outside and where a place is NaN."""
        return self.nodes_of(self.coordinates(places))

    def nodes_of(self, coordinates: Floats) -> Ints:
        """The same for places in bins."""
        inward = (coordinates - self._middle) * INWARD + self._middle
        known = np.asarray(np.isfinite(inward).all(axis=1))
        cells = _nearest_cell(np.where(known[:, None], inward, 0), self._basis) - self._first_cell
        inside = known & ((cells >= 0) & (cells < self._node_at.shape)).all(axis=1)
        at = np.where(inside[:, None], cells, 0)
        return np.where(inside, self._node_at[at[:, 0], at[:, 1]], OUTSIDE)

    def depth(self, coordinates: Floats, nodes: Ints | int) -> Floats:
        """(S,), how far within the border of its node's cell each place is, in bins: 1/2 in the middle."""
        headings = self.graph.headings
        assert headings is not None
        across = np.stack([np.cos(headings), np.sin(headings)])[:, ~np.isnan(headings)]
        return 0.5 - ((coordinates - self.graph.positions[nodes]) @ across).max(axis=1)

    @cached_property
    def _middle(self) -> Floats:
        return (self.graph.positions.min(axis=0) + self.graph.positions.max(axis=0)) / 2

    @cached_property
    def _basis(self) -> Floats:
        whole = np.allclose(self.graph.positions, self.graph.positions.round())
        return SQUARE if whole else TRIANGULAR

    @cached_property
    def _cells(self) -> Ints:
        return np.rint(self.graph.positions @ np.linalg.inv(self._basis)).astype(np.int64)

    @cached_property
    def _first_cell(self) -> Ints:
        return self._cells.min(axis=0)

    @cached_property
    def _node_at(self) -> Ints:
        """The node of each cell of the lattice, -1 where the graph has none."""
        cells = self._cells - self._first_cell
        node_at = np.full(cells.max(axis=0) + 1, OUTSIDE)
        node_at[cells[:, 0], cells[:, 1]] = np.arange(len(cells))
        return node_at


def rectangle_lattice(
    positions: Positions, bin_size: float, extent: Extent | None = None, angle: float = 0.0, stay: bool = True
) -> Lattice:
    """The smallest rectangle of square bins over an arena.

    Args:
        positions: the path, which the rectangle covers if no extent is given.
        bin_size: the side of a bin, in the unit of the positions.
        extent: ((x from, x to), (y from, y to)) of the arena, along the axes of the lattice turned about the origin.
        angle: by how many radians the arena is turned against the axes of the positions, counter-clockwise.
        stay: whether the graph has standing still as an action, as the environment has by default.

    Raises:
        ValueError: if a size is no positive number, or the rectangle has fewer than two bins.
    """
    bin_size, angle = number("bin_size", bin_size, above=0), number("angle", angle)
    low, high = _extent(positions, extent, angle)
    width, height = (max(1, math.ceil(side / bin_size - 1e-6)) for side in high - low)
    centre = (low + high) / 2 @ _turn(angle)
    return Lattice(rectangle_graph(width, height, stay), bin_size, (float(centre[0]), float(centre[1])), angle)


def hexagon_lattice(
    positions: Positions, bin_size: float, radius: int | None = None, angle: float = 0.0, stay: bool = True
) -> Lattice:
    """A hexagon of hexagonal bins about the middle of a path.

    Args:
        positions: the path.
        bin_size: from the middle of a bin to that of the next, in the unit of the positions.
        radius: in bins; by default the smallest hexagon that holds the whole path. A smaller one leaves out what is
            beyond it.
        angle: by how many radians the hexagon is turned, counter-clockwise.
        stay: whether the graph has standing still as an action.

    Raises:
        ValueError: if a size is no positive number.
    """
    bin_size, angle = number("bin_size", bin_size, above=0), number("angle", angle)
    low, high = _extent(positions, None, angle)
    centre = (low + high) / 2
    if radius is None:
        seen = positions.places[positions.tracked] @ _turn(-angle)
        cells = _nearest_cell((seen - centre) / bin_size, TRIANGULAR)
        radius = max(1, int(np.abs(np.column_stack([cells, cells.sum(axis=1)])).max()))
    x, y = centre @ _turn(angle)
    return Lattice(hexagonal_graph(radius, stay), bin_size, (float(x), float(y)), angle)


def _extent(positions: Positions, extent: Extent | None, angle: float) -> tuple[Floats, Floats]:
    if extent is None:
        seen = positions.places[positions.tracked] @ _turn(-angle)
        return seen.min(axis=0), seen.max(axis=0)
    (x_from, x_to), (y_from, y_to) = extent
    if not (x_from < x_to and y_from < y_to):
        raise ValueError(f"extent is ((x from, x to), (y from, y to)), each from low to high, got {extent!r}.")
    return np.array([x_from, y_from], dtype=np.float64), np.array([x_to, y_to], dtype=np.float64)


def _turn(angle: float) -> Floats:
    """Rows times this are turned counter-clockwise."""
    return np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


def _nearest_cell(places: Floats, basis: Floats) -> Ints:
    """The lattice coordinates (S, 2) of the lattice point nearest to each place (S, 2)."""
    corner = np.floor(places @ np.linalg.inv(basis)).astype(np.int64)
    around = corner[:, None] + np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # one of these, on squares and triangles
    apart = np.linalg.norm(around @ basis - places[:, None], axis=-1)
    return around[np.arange(len(places)), apart.argmin(axis=1)]
