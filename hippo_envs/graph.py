"""A graph: nodes, and where each action leads from each of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scalar = TypeVar("Scalar", bound=np.generic)

NO_EDGE = -1


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes and the actions that connect them; it holds no observations.

    The table is checked once, here, so that nothing downstream has to doubt it. Arrays are copied and made read-only.

    Args:
        next_node: integers (n_nodes, n_actions): the node each action leads to, -1 where there is no such edge.
        positions: floats (n_nodes, 2): where to draw each node; distances are in steps.
        action_names: one name per action.
        headings: floats (n_actions,) in radians, NaN for an action without a direction (standing still); None where
            actions have no direction in the plane at all, as on a family tree.

    Raises:
        ValueError: naming the offending entry, if the table is not a graph that can be walked on for ever.
    """

    next_node: NDArray[np.int64]
    positions: NDArray[np.float64]
    action_names: tuple[str, ...]
    headings: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        table = np.asarray(self.next_node)
        if table.ndim != 2 or not np.issubdtype(table.dtype, np.integer):
            raise ValueError(
                f"next_node must be an integer table (n_nodes, n_actions), got {table.dtype} of shape {table.shape}."
            )
        n_nodes, n_actions = table.shape
        if n_nodes < 2:
            raise ValueError(f"A graph needs at least two nodes, got {n_nodes}: there would be nothing to predict.")
        _reject_dangling_edges(table)
        if len(self.action_names) != n_actions:
            raise ValueError(
                f"{n_actions} actions need as many names, got {len(self.action_names)}: {self.action_names}."
            )
        positions = _finite_floats("positions", self.positions, (n_nodes, 2))
        object.__setattr__(self, "next_node", _read_only(table.astype(np.int64)))
        object.__setattr__(self, "positions", _read_only(positions))
        object.__setattr__(self, "action_names", tuple(self.action_names))
        if self.headings is not None:
            headings = np.array(self.headings, dtype=np.float64)
            if headings.shape != (n_actions,):
                raise ValueError(f"headings needs one angle per action, shape ({n_actions},), got {headings.shape}.")
            object.__setattr__(self, "headings", _read_only(headings))

    @property
    def n_nodes(self) -> int:
        return self.next_node.shape[0]

    @property
    def n_actions(self) -> int:
        return self.next_node.shape[1]

    @cached_property
    def available(self) -> NDArray[np.bool_]:
        """(n_nodes, n_actions): whether the action has an edge from here."""
        return _read_only(self.next_node != NO_EDGE)

    @cached_property
    def edge(self) -> NDArray[np.int64]:
        """(n_nodes, n_actions): one number for each ordered pair (departure, arrival), -1 where there is no edge.

        Two actions that lead to the same node share the number: having taken one, the other holds no surprise.
        """
        same_arrival = self.next_node[:, :, None] == self.next_node[:, None, :]
        first_such_action = same_arrival.argmax(axis=-1)
        nodes = np.arange(self.n_nodes)[:, None]
        return _read_only(np.where(self.available, nodes * self.n_actions + first_such_action, NO_EDGE))

    @cached_property
    def reverse_edge(self) -> NDArray[np.int64]:
        """(n_nodes, n_actions): the number of the edge that leads straight back, -1 where there is none."""
        leads_back = self.next_node[self.next_node] == np.arange(self.n_nodes)[:, None, None]
        exists = self.available & leads_back.any(axis=-1)
        return _read_only(np.where(exists, self.next_node * self.n_actions + leads_back.argmax(axis=-1), NO_EDGE))


def _reject_dangling_edges(table: NDArray[np.integer]) -> None:
    n_nodes = len(table)
    outside = np.argwhere((table < NO_EDGE) | (table >= n_nodes))
    if len(outside):
        node, action = (int(index) for index in outside[0])
        raise ValueError(
            f"Action {action} at node {node} leads to node {table[node, action]}, which does not exist: "
            f"use a node in 0..{n_nodes - 1}, or -1 for no edge."
        )
    stuck = np.flatnonzero((table == NO_EDGE).all(axis=1))
    if len(stuck):
        raise ValueError(f"No action is available at node {stuck[0]}: give it at least one edge, or a stay action.")


def _finite_floats(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}.")
    return array


def _read_only(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.setflags(write=False)
    return array
