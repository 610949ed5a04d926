"""Several graphs as one table, so that a batch of walks may mix graphs of any size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippo_envs.graph import NO_EDGE, Graph


@dataclass(frozen=True, eq=False)
class GraphUnion:
    """The disjoint union of graphs with the same actions: their tables stacked, R rows in all.

    A *place* is a row of these tables: a node of one particular graph. A walker that stands on places needs to know
    neither which graph it is in nor how large that is. Node and edge numbers stay those of the graph itself.
    """

    first_place: NDArray[np.int64]  # (G,), the place of each graph's node 0
    arrival: NDArray[np.int64]  # (R, A), the place an action leads to; where there is no edge, the same place
    available: NDArray[np.int8]  # (R, A), 1 where there is an edge
    edge: NDArray[np.int64]  # (R, A), `Graph.edge`
    reverse_edge: NDArray[np.int64]  # (R, A), `Graph.reverse_edge`
    choices: NDArray[np.int64]  # (R, A), the available actions, those with a heading first; padded by repetition
    n_choices: NDArray[np.int64]  # (R,), how many actions are available
    n_moves: NDArray[np.int64]  # (R,), how many of them have a heading
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
