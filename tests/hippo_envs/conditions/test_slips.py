"""Steps that slip: how often, where to, and what memories make of them."""

import numpy as np
import pytest

from hippo_envs import (
    Walks,
    make_family,
    sample_walks,
)
from hippo_envs.references import REFERENCES, node_agent
from tests.helpers.brute_force import brute_force
from tests.helpers.conditioned import HEXAGON, LINE, SMALL, SQUARE, TREE


@pytest.mark.parametrize("stream_id", [SQUARE, HEXAGON, TREE, LINE, "hippo/Network-v0"])
def test_steps_slip_as_often_as_asked_for_to_every_other_node_alike(stream_id):
    family = make_family(stream_id, slip=0.25)
    walks = sample_walks(family, range(60), 200)
    table, counts = [graph.next_node.tolist() for graph in family.graphs], {}
    may, did = 0, 0
    for world, graph in enumerate(walks.worlds.graph_index):
        steps = (walks.nodes[world, :-1], walks.actions[world, :-1], walks.nodes[world, 1:], walks.slipped[world, 1:])
        for node, action, arrival, slipped in zip(*(part.tolist() for part in steps), strict=True):
            meant = table[graph][node][action]
            others = [other for other in table[graph][node] if other not in (-1, node, meant)]
            can = meant != node and bool(others)
            assert slipped == (arrival != meant)
            assert not slipped or (can and arrival in others)
            may, did = may + can, did + slipped
            if slipped and stream_id == SQUARE and len(others) == 3:
                counts[others.index(arrival)] = counts.get(others.index(arrival), 0) + 1
    assert did / may == pytest.approx(0.25, abs=5 * np.sqrt(0.19 / may))
    if counts:
        np.testing.assert_allclose(np.array([*counts.values()]) / sum(counts.values()), 1 / 3, atol=0.05)


def test_edges_are_those_truly_taken_and_slips_are_a_mask_of_their_own():
    walks = sample_walks(make_family(SQUARE, width=4, slip=0.3), range(5), 80)
    for world, nodes in enumerate(walks.nodes.tolist()):
        expected = [step["loop_closure"] for step in brute_force(nodes)]
        np.testing.assert_array_equal(walks.loop_closure[world], expected)
        np.testing.assert_array_equal(walks.unslipped_loop_closure[world], expected & ~walks.slipped[world])
    assert (walks.slipped & walks.loop_closure).any()
    assert not (walks.slipped & walks.knowable).any()


def test_told_the_departure_memories_say_what_is_where_the_heard_move_leads():
    walks = sample_walks(make_family(SQUARE, width=3, n_observations=9, slip=0.3), range(6), 60)
    answers = {name: REFERENCES[f"{name}-agent"](walks) for name in ("node", "edge", "inverse")}
    for world, nodes in enumerate(walks.nodes.tolist()):
        graph, symbols, taken = walks.worlds.graph(world), walks.observations[world], set()
        for t in range(1, 60):
            meant = int(graph.next_node[nodes[t - 1], walks.actions[world, t - 1]])
            edge = (nodes[t - 1], meant)
            known = {"node": meant in nodes[:t], "edge": edge in taken}
            known["inverse"] = known["edge"] or edge[::-1] in taken
            for name, knows in known.items():
                assert answers[name].known[world, t] == knows
                shown = walks.worlds.observation_at[world, meant]
                assert answers[name].correct[world, t] == (knows and shown == symbols[t])
            taken.add((nodes[t - 1], nodes[t]))


def test_dead_reckoning_is_the_node_agent_until_something_slips():
    reckoning = REFERENCES["dead-reckoning"]
    for stream_id in SMALL:
        plain = sample_walks(make_family(stream_id), range(5), 50)
        for one, other in zip(reckoning(plain), node_agent(plain), strict=True):
            np.testing.assert_array_equal(one, other)
    walks = sample_walks(make_family(SQUARE, slip=0.2), range(40), 120)
    accuracy = reckoning(walks).correct[walks.unslipped_loop_closure].mean()
    assert accuracy < 0.3 < node_agent(walks).correct[walks.unslipped_loop_closure].mean() == 1
    shuffled = sample_walks(make_family(SQUARE, shuffle_actions=True), range(40), 120)
    assert reckoning(shuffled).correct[shuffled.loop_closure].mean() < 0.3


def test_who_makes_walks_that_slip_gives_their_moves():
    walks = sample_walks(make_family(SQUARE, slip=0.2), range(2), 9)
    with pytest.raises(ValueError, match="give the moves of the walks too"):
        Walks(walks.worlds, walks.nodes, walks.observations, walks.actions)
