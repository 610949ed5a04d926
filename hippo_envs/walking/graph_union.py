"""Several graphs as one table, so that a batch of walks may mix graphs of any size."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Ints
from hippo_envs.graph import NO_EDGE, Graph


@dataclass(frozen=True, eq=False)
class GraphUnion:
    """The disjoint union of graphs with the same actions: their tables stacked, R rows in all.

    A *place* is a row of these tables: a node of one particular graph. A walker that stands on places needs to know
    neither which graph it is in nor how large that is. Node and edge numbers stay those of the graph itself.
    """

    graphs: tuple[Graph, ...]
    first_place: Ints  # (G,), the place of each graph's node 0
    arrival: Ints  # (R, A), the place an action leads to; where there is no edge, the same place
    available: NDArray[np.int8]  # (R, A), 1 where there is an edge
    edge: Ints  # (R, A), `Graph.edge`
    reverse_edge: Ints  # (R, A), `Graph.reverse_edge`
    choices: Ints  # (R, A), the available actions, those with a heading first; padded by repetition
    n_choices: Ints  # (R,), how many actions are available
    n_moves: Ints  # (R,), how many of them have a heading
    headings: NDArray[np.float64]  # (A,), radians, NaN for an action without a heading

    @classmethod
    def of(cls, graphs: Sequence[Graph]) -> "GraphUnion":
        sizes = [graph.n_nodes for graph in graphs]
        first_place = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        next_place = np.concatenate(
            [
                np.where(graph.available, graph.next_node + first, NO_EDGE)
                for graph, first in zip(graphs, first_place, strict=True)
            ]
        )
        available = next_place != NO_EDGE
        headings = graphs[0].headings
        if headings is None:
            headings = np.full(graphs[0].n_actions, np.nan)
        has_heading = ~np.isnan(headings)
        # Sorted by (unavailable, no heading), stably: moves first, then standing still, then what is not there.
        order = np.argsort(2 * ~available + ~has_heading, axis=1, kind="stable")
        n_choices = available.sum(axis=1)
        columns = np.minimum(np.arange(order.shape[1]), n_choices[:, None] - 1)
        return cls(
            graphs=tuple(graphs),
            first_place=first_place,
            arrival=np.where(available, next_place, np.arange(len(next_place))[:, None]),
            available=available.astype(np.int8),
            edge=np.concatenate([graph.edge for graph in graphs]),
            reverse_edge=np.concatenate([graph.reverse_edge for graph in graphs]),
            choices=np.take_along_axis(order, columns, axis=1),
            n_choices=n_choices,
            n_moves=(available & has_heading).sum(axis=1),
            headings=headings,
        )

    @property
    def n_places(self) -> int:
        return self.arrival.shape[0]

    @property
    def n_actions(self) -> int:
        return self.arrival.shape[1]

    @cached_property
    def appearance(self) -> Ints:
        """(R,), `Graph.appearance`."""
        return np.concatenate([graph.appearance for graph in self.graphs])

    @cached_property
    def is_end(self) -> NDArray[np.bool_]:
        """(R,), whether an episode ends here."""
        return np.concatenate([np.isin(np.arange(graph.n_nodes), graph.end_nodes) for graph in self.graphs])

    @cached_property
    def n_starts(self) -> Ints:
        """(G,), how many nodes a walk may start at."""
        return np.array([len(graph.start_nodes) for graph in self.graphs])

    @cached_property
    def start_nodes(self) -> Ints:
        """(G, most starts), `Graph.start_nodes`, padded by repetition."""
        return np.stack([np.resize(graph.start_nodes, self.n_starts.max()) for graph in self.graphs])

    @cached_property
    def graph_of(self) -> Ints:
        """(R,), which graph a place is of."""
        return np.repeat(np.arange(len(self.graphs)), [graph.n_nodes for graph in self.graphs])

    @cached_property
    def decision(self) -> NDArray[np.bool_]:
        """(R, A): what comes next depends on more than what is seen here and what is done.

        Some other place of the same graph looks the same, and there the same action leads to another appearance.
        """
        leads_to = np.where(self.available == 1, self.appearance[self.arrival], NO_EDGE)
        looks = np.stack([self.graph_of, self.appearance], axis=1)
        _, kind = np.unique(looks, axis=0, return_inverse=True)
        kind = kind.reshape(-1)
        lowest = np.full((kind.max() + 1, self.n_actions), np.iinfo(np.int64).max)
        highest = np.full((kind.max() + 1, self.n_actions), NO_EDGE)
        np.minimum.at(lowest, kind, np.where(leads_to == NO_EDGE, np.iinfo(np.int64).max, leads_to))
        np.maximum.at(highest, kind, leads_to)
        return (self.available == 1) & (lowest[kind] != highest[kind])

    @cached_property
    def habits(self) -> NDArray[np.float64]:
        """(R, A), `Graph.habits`; every available action alike where a graph has none."""
        uniform = self.available / self.n_choices[:, None]
        return np.concatenate(
            [
                uniform[first : first + graph.n_nodes] if graph.habits is None else graph.habits
                for graph, first in zip(self.graphs, self.first_place, strict=True)
            ]
        )
