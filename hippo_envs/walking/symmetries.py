"""Symmetries of a graph: which ways to rename its actions leave it as it is, found by search."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations

import numpy as np

from hippo_envs.arrays import Ints, Mask
from hippo_envs.graph import NO_EDGE, Graph


def action_orders(headings: Sequence[float]) -> Ints:
    """Every order of the actions with a heading, (orders, A); those without (standing still) keep their place."""
    moves = np.flatnonzero(~np.isnan(headings))
    orders = np.array(list(permutations(moves.tolist())))
    every = np.tile(np.arange(len(headings)), (len(orders), 1))
    every[:, moves] = orders
    return every


@lru_cache(maxsize=64)
def symmetries(graph: Graph) -> Ints:
    """The orders of actions (n, A) that some renaming of nodes undoes: action a of the one is order[a] of the other.

    The renaming keeps which nodes a walk may start at. Graphs whose nodes look alike, or cannot all be reached from the
    first, are taken to have no symmetry but to be as they are.
    """
    assert graph.headings is not None
    orders = action_orders(graph.headings.tolist())
    tree = _ways_from_node_0(graph)
    if len(tree) < graph.n_nodes - 1 or graph.n_appearances < graph.n_nodes:
        return orders[:1]
    return orders[[_is_symmetry(graph, order, tree) for order in orders]]


def one_of_each_class(orders: Ints, among: Ints) -> Ints:
    """The rows of all orders (n, A) to keep: one of each class that these symmetries make alike."""
    # Order m says that action a is move m[a]; a symmetry renames that move.
    renamed = among[:, orders]  # (symmetries, n, A)
    digits = orders.shape[1] ** np.arange(orders.shape[1])
    return np.unique((renamed @ digits).min(axis=0), return_index=True)[1]


def _ways_from_node_0(graph: Graph) -> list[tuple[int, int, int]]:
    """(node, action, node it leads to), such that every node but the first is reached once."""
    reached, ways, to_visit = {0}, [], [0]
    for node in to_visit:
        for action, other in enumerate(graph.next_node[node].tolist()):
            if other != NO_EDGE and other not in reached:
                reached.add(other)
                to_visit.append(other)
                ways.append((node, action, other))
    return ways


def _is_symmetry(graph: Graph, order: Ints, tree: list[tuple[int, int, int]]) -> bool:
    """Whether some image of node 0, which decides those of all nodes, leaves every edge an edge."""
    is_start = np.isin(np.arange(graph.n_nodes), graph.start_nodes)
    images = np.full((graph.n_nodes, graph.n_nodes), NO_EDGE)  # of each candidate, by node
    images[:, 0] = np.arange(graph.n_nodes)
    images = images[_fits(graph, order, images[:, 0], 0, is_start)]
    for node, action, other in tree:
        images[:, other] = graph.next_node[images[:, node], order[action]]
        images = images[_fits(graph, order, images[:, other], other, is_start)]
        if not len(images):
            return False
    led_to = np.where(graph.available, images[:, graph.next_node], NO_EDGE)
    return bool((graph.next_node[images][:, :, order] == led_to).all(axis=(1, 2)).any())


def _fits(graph: Graph, order: Ints, image: Ints, node: int, is_start: Mask) -> Mask:
    """Whether each image (n,) of a node exists, has the same open actions and may begin a walk if the node may."""
    same_actions = (graph.available[image][:, order] == graph.available[node]).all(axis=1)
    return (image != NO_EDGE) & same_actions & (is_start[image] == is_start[node])
