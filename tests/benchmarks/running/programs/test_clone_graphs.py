"""Graphs of clones: the rooms they are learnt in, the states that are counted, and what is asked in new rooms."""

import numpy as np
import pytest

from benchmarks.experiments import STUDIES
from benchmarks.experiments.world_seeds import VALIDATION_SEEDS
from benchmarks.running.programs.clone_graphs import (
    in_new_rooms,
    one_room,
    share_of_one_node,
    transitions_of,
    two_rooms,
    walks_in,
)
from hippo_envs import rectangle_family, sample_walks

SETTINGS = STUDIES["cscg-overlapping-rooms"].settings_of("cscg", "quick", 0).as_json()
ROOM = {"width": 4, "height": 4, "n_symbols": 4}


@pytest.fixture
def rooms():
    return two_rooms(np.random.default_rng(0), SETTINGS)


def test_two_rooms_of_48_nodes_share_8_of_them(rooms):
    inside = (rooms.next_node >= 0).any(axis=2)
    assert inside.sum(axis=1).tolist() == [48, 48]
    assert (inside.sum(axis=0) == 2).sum() == 8
    assert inside.any(axis=0).sum() == 88


def test_a_walk_stays_in_its_room_and_goes_where_actions_lead(rooms):
    nodes, actions = walks_in(rooms, {"n_walks": 6, "walk_length": 200}, np.random.default_rng(0))
    for walk, (at, taken) in enumerate(zip(nodes, actions, strict=True)):
        assert (rooms.next_node[walk % 2, at[:-1], taken[:-1]] == at[1:]).all()
        assert (rooms.next_node[walk % 2, at, taken] >= 0).all()


def test_a_corner_that_looks_alike_is_not_the_shared_one():
    alike = two_rooms(np.random.default_rng(0), {**SETTINGS, "look_alike": True})
    in_first, in_second = alike.next_node.max(axis=2) >= 0
    shared = np.flatnonzero(in_first & in_second).reshape(2, 4)
    corner = np.flatnonzero(in_first)[[0, 1, 2, 3, 8, 9, 10, 11]].reshape(2, 4)
    np.testing.assert_array_equal(alike.symbols[corner], alike.symbols[shared])
    assert not in_second[corner].any()


def test_a_state_of_two_nodes_is_told():
    states, nodes = np.array([[5, 5, 5, 2]]), np.array([[0, 0, 1, 3]])
    assert share_of_one_node(states, nodes) == 0.75
    assert share_of_one_node(states, np.array([[0, 0, 0, 3]])) == 1


def test_transitions_are_shares_of_what_was_counted_between_states_that_occur():
    states, actions = np.array([[7, 3, 7, 9]]), np.array([[1, 0, 1, 1]])
    counted = transitions_of(states, actions, n_actions=2)  # states 3, 7 and 9
    expected = np.zeros((2, 3, 3))
    expected[0, 0, 1] = 1
    expected[1, 1] = 0.5, 0, 0.5
    np.testing.assert_allclose(counted, expected)


def test_with_the_true_graph_two_methods_are_exact_and_forward_counts_are_not():
    next_node = one_room(np.random.default_rng(0), ROOM).next_node[0]
    transitions = np.stack([next_node[:, [a]] == np.arange(16) for a in range(4)]).astype(float)
    walks = sample_walks(rectangle_family(4, n_observations=10, stay=False), VALIDATION_SEEDS[:30], 48)
    found = in_new_rooms(transitions, walks)
    assert found["bayes"] - found["start_hypotheses"] < 0.01
    assert found["bayes"] - found["em_over_past"] < 0.03
    assert found["bayes"] - found["forward_counts"] > 0.1
