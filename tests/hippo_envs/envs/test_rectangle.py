import numpy as np
import pytest

from hippo_envs import rectangle_family, rectangle_graph


@pytest.mark.parametrize(("width", "height", "torus"), [(1, 2, False), (4, 3, False), (3, 5, True)])
@pytest.mark.parametrize("stay", [True, False])
def test_every_move_changes_position_by_its_name(width, height, torus, stay):
    graph = rectangle_graph(width, height, stay=stay, torus=torus)
    displacement = {"east": (1, 0), "west": (-1, 0), "north": (0, 1), "south": (0, -1), "stay": (0, 0)}
    sides = np.array([width, height])
    for action, name in enumerate(graph.action_names):
        for node, position in enumerate(graph.positions):
            expected = position + displacement[name]
            if torus:
                expected %= sides
            inside = ((expected >= 0) & (expected < sides)).all()
            assert graph.available[node, action] == inside
            if inside:
                np.testing.assert_array_equal(graph.positions[graph.next_node[node, action]], expected)


def test_headings_point_where_moves_go():
    graph = rectangle_graph(3, 3)
    centre = 4
    moves = [graph.action_names.index(name) for name in ("east", "north", "west", "south")]
    steps = graph.positions[graph.next_node[centre, moves]] - graph.positions[centre]
    np.testing.assert_allclose(np.arctan2(steps[:, 1], steps[:, 0]), graph.headings[moves])
    assert np.isnan(graph.headings[graph.action_names.index("stay")])


def test_sizes_pair_up():
    sizes = [
        (int(x) + 1, int(y) + 1) for x, y in (g.positions.max(axis=0) for g in rectangle_family((7, 16), 13).graphs)
    ]
    assert sizes == [(7, 13), (16, 13)]
    assert [graph.n_nodes for graph in rectangle_family().graphs] == [64, 81, 100, 121]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "width must be a whole number of at least 1, got 0"),
        ({"width": 1}, "at least two nodes"),
        ({"width": 2, "torus": True}, "torus needs sides of at least 3"),
        ({"width": (8, 9), "height": (7, 8, 9)}, "lists of one length"),
        ({"width": ()}, "whole number"),
        ({"width": 8.0}, "whole number"),
        ({"n_observations": 1}, "n_observations must be a whole number of at least 2"),
    ],
)
def test_impossible_sizes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        rectangle_family(**arguments)
