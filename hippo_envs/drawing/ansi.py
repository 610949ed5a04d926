"""Worlds as text, for a terminal and for reading along."""

from collections.abc import Sequence

import numpy as np

from hippo_envs.graph import Graph

CELL = 4  # characters of a node, or more where symbols are long
DARK = "#"
REACH = 56  # characters shown to either side of the agent, so that a line fits a terminal


def draw_graph(graph: Graph, observation_at: Sequence[int], node: int) -> str:
    """The nodes at their positions, each as its symbol, north up; the agent's node in brackets.

    A symbol below 0 is one that is not to be seen, `#`. Nodes that are drawn at the same place (different laps of a
    track) show the agent where it is one of them.
    """
    columns = _ranks(graph.positions[:, 0])
    rows = _ranks(-graph.positions[:, 1])
    cell = max(CELL, len(str(max(observation_at))) + 2)
    lines = [[" " * cell] * (columns.max() + 1) for _ in range(rows.max() + 1)]
    for at in (*range(graph.n_nodes), node):
        symbol = str(observation_at[at]) if observation_at[at] >= 0 else DARK
        lines[rows[at]][columns[at]] = f"[{symbol}]".rjust(cell) if at == node else f"{symbol} ".rjust(cell)
    reach = REACH // cell
    first, end = max(columns[node] - reach, 0), columns[node] + reach + 1
    return "\n".join("".join(line[first:end]).rstrip() for line in lines)


def _ranks(coordinates: np.ndarray) -> np.ndarray:
    """Which column or row each coordinate is of, distinct values counted in order."""
    rounded = np.round(coordinates, 6)
    return np.searchsorted(np.unique(rounded), rounded)
