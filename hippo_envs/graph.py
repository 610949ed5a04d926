"""A graph: nodes, and where each action leads from each of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

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
        appearance: integers (n_nodes,): nodes with the same number show the same symbol in every world, so that what
            is seen does not tell where one is (the laps of a track); None where every node has a symbol of its own.
        start_nodes: where a walk may start; None for anywhere.
        end_nodes: where an episode ends; None, or none of them, for nowhere.
        habits: floats (n_nodes, n_actions), rows that sum to 1: how often an animal takes each action, for tasks whose
            behaviour is part of them; None where it has none.

    Raises:
        ValueError: naming the offending entry, if the table is not a graph that can be walked on for ever.
    """

    next_node: NDArray[np.int64]
    positions: NDArray[np.float64]
    action_names: tuple[str, ...]
    headings: NDArray[np.float64] | None = None
    appearance: NDArray[np.int64] = None  # pyright: ignore[reportAssignmentType]  (made in __post_init__)
    start_nodes: NDArray[np.int64] = None  # pyright: ignore[reportAssignmentType]
    end_nodes: NDArray[np.int64] = None  # pyright: ignore[reportAssignmentType]
    habits: NDArray[np.float64] | None = None

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
        object.__setattr__(self, "appearance", _appearance(self.appearance, n_nodes))
        object.__setattr__(self, "start_nodes", _some_nodes("start_nodes", self.start_nodes, n_nodes))
        # The field of a graph without an end is an empty array, of which another graph can be made.
        endless = self.end_nodes is None or np.size(self.end_nodes) == 0
        end_nodes = [] if endless else _some_nodes("end_nodes", self.end_nodes, n_nodes)
        object.__setattr__(self, "end_nodes", _read_only(np.array(end_nodes, dtype=np.int64)))
        if self.habits is not None:
            habits = _finite_floats("habits", self.habits, table.shape)
            _reject_impossible_habits(habits, table)
            object.__setattr__(self, "habits", _read_only(habits))

    def __setstate__(self, state: dict[str, Any]) -> None:
        # NumPy's copies and pickles of arrays that are read-only can be written to.
        for value in state.values():
            if isinstance(value, np.ndarray):
                _read_only(value)
        self.__dict__.update(state)

    @property
    def n_nodes(self) -> int:
        return self.next_node.shape[0]

    @property
    def n_actions(self) -> int:
        return self.next_node.shape[1]

    @property
    def n_appearances(self) -> int:
        """How many symbols a world of this graph needs."""
        return int(self.appearance.max()) + 1

    @cached_property
    def available(self) -> NDArray[np.bool_]:
        """(n_nodes, n_actions): whether the action has an edge from here."""
        return _read_only(self.next_node != NO_EDGE)

    @cached_property
    def edge(self) -> NDArray[np.int64]:
        """(n_nodes, n_actions): one number for each ordered pair (departure, arrival), -1 where there is no edge.

        Two actions that lead to the same node share the number: having taken one, the other holds no surprise.
        """
        _, first, pair = np.unique(self._pairs, return_index=True, return_inverse=True)
        return _read_only(np.where(self.available, first[pair].reshape(self.next_node.shape), NO_EDGE))

    @cached_property
    def reverse_edge(self) -> NDArray[np.int64]:
        """(n_nodes, n_actions): the number of the edge that leads straight back, -1 where there is none."""
        pairs, first = np.unique(self._pairs, return_index=True)
        back = self.next_node * self.n_nodes + np.arange(self.n_nodes)[:, None]
        at = np.minimum(pairs.searchsorted(back), len(pairs) - 1)
        return _read_only(np.where(self.available & (pairs[at] == back), first[at], NO_EDGE))

    @property
    def _pairs(self) -> NDArray[np.int64]:
        """A number for each ordered pair (departure, arrival), entry by entry of the table; -1 where there is none."""
        pairs = np.arange(self.n_nodes)[:, None] * self.n_nodes + self.next_node
        return np.where(self.available, pairs, NO_EDGE).ravel()


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


def _appearance(appearance: ArrayLike | None, n_nodes: int) -> NDArray[np.int64]:
    if appearance is None:
        return _read_only(np.arange(n_nodes))
    array = np.array(appearance)
    if array.shape != (n_nodes,) or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"appearance needs one whole number per node, got {array.dtype} of shape {array.shape}.")
    missing = np.setdiff1d(np.arange(array.max() + 1), array)
    if array.min() < 0 or len(missing):
        wrong = array.min() if array.min() < 0 else missing[0]
        raise ValueError(f"Appearances are numbered 0, 1, 2, ... with none left out: {wrong} is out of order.")
    return _read_only(array.astype(np.int64))


def _some_nodes(name: str, nodes: ArrayLike | None, n_nodes: int) -> NDArray[np.int64]:
    if nodes is None:
        return _read_only(np.arange(n_nodes))
    array = np.array(nodes)
    if array.ndim != 1 or not array.size or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} needs at least one node, as a list of whole numbers, got {nodes!r}.")
    if array.min() < 0 or array.max() >= n_nodes:
        raise ValueError(f"{name} must be nodes in 0..{n_nodes - 1}, got {nodes!r}.")
    return _read_only(array.astype(np.int64))


def _reject_impossible_habits(habits: NDArray[np.float64], table: NDArray[np.integer]) -> None:
    impossible = np.argwhere((habits < 0) | ((habits > 0) & (table == NO_EDGE)))
    if len(impossible):
        node, action = (int(index) for index in impossible[0])
        raise ValueError(
            f"habits gives action {action} at node {node} the probability {habits[node, action]}: "
            "use 0 where there is no edge, and no number below 0."
        )
    sums = habits.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1) > 1e-9)
    if len(wrong):
        raise ValueError(f"The habits of node {wrong[0]} sum to {sums[wrong[0]]}: make every row sum to 1.")


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
