import numpy as np
import pytest

from hippo_envs import Graph


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
