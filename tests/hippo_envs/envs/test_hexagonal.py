import itertools

import numpy as np
import pytest

from hippo_envs import hexagonal_family, hexagonal_graph


@pytest.mark.parametrize("radius", [1, 2, 4, 6])
def test_a_hexagon_has_all_nodes_within_its_radius_and_all_edges_of_length_one(radius):
    graph = hexagonal_graph(radius)
    assert graph.n_nodes == 3 * radius * (radius + 1) + 1
    distance = np.linalg.norm(graph.positions[:, None] - graph.positions[None], axis=-1)
    for node, row in enumerate(graph.next_node[:, :6]):
        assert sorted(row[row >= 0]) == np.flatnonzero(np.isclose(distance[node], 1)).tolist()
    assert (graph.next_node[:, 6] == np.arange(graph.n_nodes)).all()


def test_headings_point_where_moves_go():
    graph = hexagonal_graph(3)
    for action in range(6):
        nodes = np.flatnonzero(graph.available[:, action])
        steps = graph.positions[graph.next_node[nodes, action]] - graph.positions[nodes]
        np.testing.assert_allclose(
            np.arctan2(steps[:, 1], steps[:, 0]) % (2 * np.pi), graph.headings[action] % (2 * np.pi)
        )


@pytest.mark.parametrize("radius", [1, 2, 5])
def test_on_a_torus_moves_always_exist_commute_and_undo_each_other(radius):
    table = hexagonal_graph(radius, stay=False, torus=True).next_node
    nodes = np.arange(len(table))
    for a, b in itertools.product(range(6), repeat=2):
        np.testing.assert_array_equal(table[table[:, a], b], table[table[:, b], a])
    for a in range(6):
        np.testing.assert_array_equal(table[table[:, a], (a + 3) % 6], nodes)
    np.testing.assert_array_equal(table[table[table[:, 0], 2], 4], nodes, "east, north-west, south-west is a triangle")
    assert all(len({*row, node}) == 7 for node, row in enumerate(table.tolist())), "six different neighbours"


def test_the_published_sizes_are_the_default():
    assert [graph.n_nodes for graph in hexagonal_family().graphs] == [61, 91, 127]


@pytest.mark.parametrize(
    ("radius", "message"),
    [(0, "at least 1, got 0"), (2.0, "whole number"), ((), "whole number"), ("a", "whole number")],
)
def test_impossible_sizes_are_refused(radius, message):
    with pytest.raises(ValueError, match=message):
        hexagonal_family(radius)
