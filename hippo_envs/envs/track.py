"""Tracks: graphs whose nodes are moments of a task rather than spots on the floor.

A rat that alternates between two arms stands on the same stem in either kind of lap; what comes next differs. Such
tasks have a node for every such moment, and moments at the same spot look alike.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from hippo_envs.graph import NO_EDGE, Graph

Spot = tuple[int, int]

REWARD, NO_REWARD = "reward", "no reward"
COMPASS = {(0, -1): "down", (0, 1): "up", (-1, 0): "left", (1, 0): "right"}
DIAGONALS = {(-1, 1): "up-left", (1, -1): "down-right", (-1, -1): "down-left", (1, 1): "up-right"}


@dataclass
class Track:
    """A task under construction: moments are added one by one, then joined.

    Args:
        action_names: in the order of the graph's actions; moves between spots are named as in `COMPASS` and
        `DIAGONALS`.
    """

    action_names: Sequence[str]
    spots: list[Spot] = field(default_factory=list)
    drawn_at: list[tuple[float, float]] = field(default_factory=list)
    looks: list[Hashable] = field(default_factory=list)
    edges: list[tuple[int, str, int, float]] = field(default_factory=list)

    def add(self, spots: Sequence[Spot], shift: tuple[float, float] = (0, 0)) -> list[int]:
        """One moment for each spot, drawn `shift` away from it and looking like every other moment there."""
        first = len(self.spots)
        self.spots += spots
        self.drawn_at += [(x + shift[0], y + shift[1]) for x, y in spots]
        self.looks += spots
        return list(range(first, len(self.spots)))

    def join(self, departure: int, arrival: int, action: str | None = None, habit: float = 1.0) -> None:
        """An edge; the action is the move from spot to spot if none is given."""
        if action is None:
            (x0, y0), (x1, y1) = self.spots[departure], self.spots[arrival]
            action = (COMPASS | DIAGONALS)[(x1 - x0, y1 - y0)]
        self.edges.append((departure, action, arrival, habit))

    def follow(self, moments: Sequence[int]) -> None:
        """Edges from each moment to the next."""
        for departure, arrival in pairwise(moments):
            self.join(departure, arrival)

    def graph(self, start_nodes: Sequence[int] = (0,)) -> Graph:
        """The graph; habits that do not sum to 1 are scaled so that they do, as far as rounding goes."""
        shape = (len(self.spots), len(self.action_names))
        next_node, habits = np.full(shape, NO_EDGE), np.zeros(shape)
        for departure, action, arrival, habit in self.edges:
            column = self.action_names.index(action)
            next_node[departure, column] = arrival
            habits[departure, column] = habit
        numbers = {look: number for number, look in enumerate(dict.fromkeys(self.looks))}
        return Graph(
            next_node,
            np.array(self.drawn_at, dtype=np.float64),
            tuple(self.action_names),
            appearance=np.array([numbers[look] for look in self.looks]),
            start_nodes=np.array(start_nodes),
            habits=habits / habits.sum(axis=1, keepdims=True),
        )


def line_of(first: Spot, step: Spot, n: int) -> list[Spot]:
    """`n` spots in a row.

    >>> line_of((0, 0), (1, 0), 3)
    [(0, 0), (1, 0), (2, 0)]
    """
    return [(first[0] + i * step[0], first[1] + i * step[1]) for i in range(n)]
