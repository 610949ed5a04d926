import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest

from hippo_envs import Graph, make_family, sample_walks
from hippo_envs.envs.line import line_graph
from hippo_envs.envs.network import network_graph

networkx = pytest.importorskip("networkx")


def test_jumps_add_up():
    line = line_graph(6, jump=4)
    for by, action in ((int(name), line.action_names.index(name)) for name in line.action_names):
        for node in range(6):
            arrival = node + by
            assert line.next_node[node, action] == (arrival if 0 <= arrival < 6 else -1)


def test_a_line_needs_nodes_and_jumps():
    with pytest.raises(ValueError, match="length must be a whole number of at least 2, got 1"):
        line_graph(1)
    with pytest.raises(ValueError, match="jump must be a whole number of at least 1, got 0"):
        line_graph(5, jump=0)


@pytest.mark.parametrize(
    ("name", "n_nodes", "n_edges", "most_neighbours"),
    [("karate club", 34, 78, 17), ("les miserables", 77, 254, 36), ("florentine families", 15, 20, 6)],
)
def test_real_networks_are_whole(name, n_nodes, n_edges, most_neighbours):
    graph = network_graph(name)
    assert (graph.n_nodes, graph.n_actions) == (n_nodes, most_neighbours)
    assert graph.available.sum() == 2 * n_edges
    walks = sample_walks(make_family("hippo/Network-v0", graph=name), range(5), 3_000)
    assert len(np.unique(walks.nodes)) == n_nodes, "all of it can be walked"
    np.testing.assert_array_equal(graph.reverse_edge >= 0, graph.available)


def test_uniform_walks_on_a_graph_too_irregular_for_tickets_are_uniform():
    family = make_family("hippo/Network-v0")
    assert family.step_table.n_tickets == 0
    walks = sample_walks(family, range(300), 300)
    degree = family.graphs[0].available.sum(axis=1)
    for node in (0, 33, 9):
        taken = np.bincount(walks.actions[walks.nodes == node], minlength=17)[: degree[node]]
        assert np.abs(taken - taken.mean()).max() < 5 * np.sqrt(taken.mean())


def test_edges_that_name_their_action_keep_it():
    kin = networkx.DiGraph()
    kin.add_edge("Ann", "Bob", action="child")
    kin.add_edge("Bob", "Ann", action="mother")
    kin.add_edge("Bob", "Cid", action="friend")
    kin.add_edge("Cid", "Bob", action="friend")
    graph = network_graph(kin)
    assert graph.action_names == ("child", "friend", "mother")
    np.testing.assert_array_equal(graph.next_node, [[1, -1, -1], [-1, 2, 0], [-1, 1, -1]])
    kin.add_edge("Bob", "Dan", action="friend")
    kin.add_edge("Dan", "Bob", action="friend")
    with pytest.raises(ValueError, match="'friend' leads from node 'Bob' to both 'Cid' and 'Dan'"):
        network_graph(kin)


def test_positions_are_kept_as_they_are_or_made_with_edges_of_length_one():
    square = networkx.grid_2d_graph(3, 3)
    laid_out = network_graph(square)
    lengths = [
        np.linalg.norm(laid_out.positions[node] - laid_out.positions[laid_out.next_node[node, action]])
        for node, action in np.argwhere(laid_out.available)
    ]
    assert np.mean(lengths) == pytest.approx(1)
    networkx.set_node_attributes(square, {node: (3 * node[0], node[1]) for node in square}, "pos")
    np.testing.assert_array_equal(network_graph(square).positions, [[3 * x, y] for x, y in square])


def test_a_graph_of_ones_own_can_be_walked_in():
    ring = Graph(np.array([[1], [2], [0]]), np.zeros((3, 2)), ("on",))
    for graph in (ring, networkx.cycle_graph(5)):
        env = gym.make("hippo_envs:hippo/Network-v0", graph=graph)
        env.reset(seed=0)
        env.step(0)
        assert env.unwrapped.node in range(5)


def test_what_is_no_graph_is_refused():
    for too_small in (networkx.Graph(), networkx.empty_graph(1), networkx.Graph([(0, 0)])):
        with pytest.raises(ValueError, match=rf"at least two nodes, got Graph with {len(too_small)} nodes"):
            network_graph(too_small)
    with pytest.raises(ValueError, match="no network 'facebook': use one of karate club, les miserables"):
        network_graph("facebook")
    with pytest.raises(
        TypeError, match=r"a name, a hippo_envs.Graph or a networkx graph, got list: networkx.Graph\(edges\)"
    ):
        network_graph([[0, 1]])


def largest(graph):
    """What the error of an unconnected graph advises."""
    parts = networkx.strongly_connected_components if graph.is_directed() else networkx.connected_components
    return graph.subgraph(max(parts(graph), key=len))


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (
            networkx.Graph([("a", "b"), ("c", "d"), ("d", "e")]),
            "2 parts, the largest of 3 nodes, .* node 'c' to node 'a'",
        ),
        (networkx.disjoint_union(networkx.cycle_graph(4), networkx.empty_graph(1)), "from node 0 to node 4"),
        (networkx.Graph([(0, 1), (2, 2)]), "from node 0 to node 2"),
        (networkx.DiGraph([(0, 1), (1, 0), (1, 2)]), "From node 2 of the graph no walk leads to node 0"),
        (networkx.DiGraph([(0, 1), (1, 0), (1, 2), (2, 2)]), "From node 2 of the graph no walk leads to node 0"),
        (networkx.DiGraph([("door", "in"), ("in", "on"), ("on", "in")]), "From node '(in|on)' .* to node 'door'"),
        (
            networkx.MultiDiGraph([(0, 1), (1, 0), (2, 3), (3, 2)]),
            "From node [01] of the graph no walk leads to node [23]",
        ),
    ],
)
def test_a_graph_with_parts_out_of_reach_is_refused_and_its_largest_part_is_not(graph, message):
    with pytest.raises(ValueError, match=message):
        gym.make("hippo_envs:hippo/Network-v0", graph=graph)
    part = network_graph(largest(graph))
    assert 2 <= part.n_nodes < len(graph)


def test_directed_graphs_in_which_one_can_get_everywhere_and_graphs_of_ones_own_are_taken_as_they_are():
    assert network_graph(networkx.DiGraph([(0, 1), (1, 2), (2, 0)])).n_nodes == 3
    two_rooms = Graph(np.array([[1], [0], [3], [2]]), np.zeros((4, 2)), ("on",), start_nodes=np.array([0]))
    assert network_graph(two_rooms) is two_rooms


def test_what_is_half_named_or_not_in_the_plane_is_refused():
    half = networkx.Graph()
    half.add_edge(0, 1, action="friend")
    half.add_edge(1, 2)
    with pytest.raises(ValueError, match="2 of 4 edges have no attribute 'action'"):
        network_graph(half)
    for wrong in ((0, 0, 0), "here", ("x", "y"), 1.0):
        path = networkx.path_graph(3)
        networkx.set_node_attributes(path, {0: (0, 0), 1: wrong, 2: (1, 1)}, "pos")
        with pytest.raises(ValueError, match=r"its place in the plane, \(x, y\), got .* for node 1") as refusal:
            network_graph(path)
        assert repr(wrong) in str(refusal.value)


def test_large_networks_and_hubs_take_neither_long_nor_much():
    star = network_graph(networkx.star_graph(1_000))
    assert star.edge[0, 999] == 999
    assert star.reverse_edge[5, 0] == star.edge[0, 4]
    assert star.reverse_edge[0, 4] == star.edge[5, 0]
    assert network_graph(networkx.cycle_graph(600)).n_nodes == 600


def test_a_view_of_a_task_that_ends_by_itself_is_refused():
    ending = Graph(np.array([[1], [2], [2]]), np.zeros((3, 2)), ("on",), end_nodes=np.array([2]))
    with pytest.raises(ValueError, match="come to an end of their own"):
        gym.make("hippo_envs:hippo/Rectangle-Predict-v0", stream="hippo/Network-v0", graph=ending)


def test_without_networkx_the_error_says_what_to_install():
    program = (
        "import sys; sys.modules['networkx'] = None\n"
        "import hippo_envs\n"
        "try: hippo_envs.make_family('hippo/Network-v0')\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "This network needs networkx: pip install networkx."


@pytest.mark.parametrize("weight", [float("nan"), None, "strong", -3, 0])
def test_weights_of_edges_mean_nothing(weight):
    plain, weighed = networkx.cycle_graph(5), networkx.cycle_graph(5)
    networkx.set_edge_attributes(weighed, weight, "weight")
    for field in ("next_node", "positions"):
        np.testing.assert_array_equal(getattr(network_graph(weighed), field), getattr(network_graph(plain), field))


def star(actions):
    graph = networkx.star_graph(len(actions))
    networkx.set_edge_attributes(graph, {(0, i + 1): action for i, action in enumerate(actions)}, "action")
    return graph


def test_an_edge_with_a_whole_number_for_its_action_is_taken_by_that_action():
    graph = network_graph(star(range(11)))
    assert graph.next_node[0].tolist() == list(range(1, 12))
    assert graph.action_names[2] == "2"


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([1, 2, 3], r"0 to 2 for 3 of them, got \[1, 2, 3\]"),
        ([0, 1, 5], r"0 to 2 for 3 of them, got \[0, 1, 5\]"),
        ([1, "1", "b"], "The actions 1 and '1' of the graph would have one name"),
        (["a", float("nan"), "b"], "'action' of an edge is nan: give it a name"),
    ],
)
def test_actions_without_a_number_or_name_of_their_own_are_refused(actions, message):
    with pytest.raises(ValueError, match=message):
        network_graph(star(actions))


def test_parallel_edges_are_one():
    graph = network_graph(networkx.MultiGraph([(0, 1), (0, 1), (1, 2), (2, 0)]))
    np.testing.assert_array_equal(graph.next_node, network_graph(networkx.cycle_graph(3)).next_node)


def test_a_graph_made_from_a_set_is_the_same_in_every_process():
    program = (
        "import networkx; from hippo_envs import network_graph\n"
        "names = {'Ann', 'Bob', 'Cid', 'Dora', 'Eve', 'Fay'}\n"
        "graph = networkx.Graph(); graph.add_nodes_from(names)\n"
        "graph.add_edges_from((one, other) for one in names for other in names if one < other and one != 'Bob')\n"
        "graph.add_edge('Ann', 'Bob')\n"
        "print(network_graph(graph).next_node.tolist())"
    )
    tables = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in "123"
    }
    assert len(tables) == 1
