import copy
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest

from hippo_envs import ENVIRONMENTS, Graph, make_family


def make(next_node, **changes):
    arguments = {
        "positions": np.zeros((len(next_node), 2)),
        "action_names": tuple("abcdefg"[: len(next_node[0])]),
        **changes,
    }
    return Graph(np.array(next_node), **arguments)


@pytest.mark.parametrize(
    ("next_node", "message"),
    [
        ([[1], [2]], "Action 0 at node 1 leads to node 2, which does not exist"),
        ([[1], [-2]], "Action 0 at node 1 leads to node -2"),
        ([[0]], "at least two nodes, got 1"),
        ([[1], [-1]], "No action is available at node 1"),
        ([[0.5], [1.0]], "integer table"),
    ],
)
def test_a_wrong_table_is_refused_by_the_entry_that_is_wrong(next_node, message):
    with pytest.raises(ValueError, match=message):
        make(next_node)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"action_names": ("a", "b")}, "1 actions need as many names, got 2"),
        ({"positions": np.zeros((3, 2))}, r"positions must have shape \(2, 2\)"),
        ({"positions": np.full((2, 2), np.nan)}, "positions must be finite"),
        ({"headings": np.zeros(2)}, "one angle per action"),
    ],
)
def test_what_does_not_fit_the_table_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make([[1], [0]], **changes)


def test_a_graph_cannot_be_changed_and_does_not_follow_its_source():
    source = np.array([[1], [0]])
    graph = Graph(source, np.zeros((2, 2)), ("go",))
    source[0, 0] = 0
    assert graph.next_node[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        graph.next_node[0, 0] = 0


@pytest.mark.parametrize("name", [name for name, entry in ENVIRONMENTS.items() if entry.kind == "stream"])
def test_a_graph_is_made_again_of_its_own_fields(name):
    graph = make_family(name).graphs[0]
    turned = replace(graph, positions=graph.positions[:, ::-1])
    np.testing.assert_array_equal(turned.positions, graph.positions[:, ::-1])
    for field in fields(Graph):
        if field.name != "positions":
            np.testing.assert_array_equal(getattr(turned, field.name), getattr(graph, field.name))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph))])
def test_a_copy_of_a_graph_cannot_be_changed_either(copied):
    graph = make_family("hippo/LapTrack-v0").graphs[0]
    assert graph.edge.size  # kept from now on, and copied with the rest
    twin = copied(graph)
    arrays = {name: value for name, value in vars(twin).items() if isinstance(value, np.ndarray)}
    assert {"next_node", "positions", "habits", "end_nodes", "available", "edge"} <= arrays.keys()
    for name, array in arrays.items():
        assert not array.flags.writeable, name
        np.testing.assert_array_equal(array, getattr(graph, name))


def test_ends_may_be_nowhere_and_starts_may_not():
    assert make([[1], [0]], end_nodes=[]).end_nodes.dtype == np.int64
    with pytest.raises(ValueError, match="start_nodes needs at least one node"):
        make([[1], [0]], start_nodes=[])


def test_actions_with_the_same_arrival_share_an_edge():
    graph = make([[1, 1, 0], [0, -1, 1]])
    assert graph.edge[0, 0] == graph.edge[0, 1] != graph.edge[0, 2]
    assert graph.edge[1].tolist() == [3, -1, 5]


def test_the_reverse_of_an_edge_is_the_edge_straight_back():
    one_way_ring = make([[1], [2], [0]])
    assert (one_way_ring.reverse_edge == -1).all()
    there_and_back = make([[1, 0], [0, -1]])
    assert there_and_back.reverse_edge[0, 0] == there_and_back.edge[1, 0]
    assert there_and_back.reverse_edge[0, 1] == there_and_back.edge[0, 1], "staying is its own reverse"
    assert there_and_back.reverse_edge[1, 1] == -1
