"""Tracks against the rules of their experiments, told without the graph: who comes where, and what is found there."""

from itertools import pairwise

import numpy as np
import pytest

from hippo_envs import make_family, sample_walks
from hippo_envs.envs.double_ended_maze import TRY, TRY_MOVED, double_ended_maze_graph
from hippo_envs.envs.evidence_towers import evidence_towers_graph
from hippo_envs.envs.in_outbound import in_outbound_graph
from hippo_envs.envs.lap_track import lap_track_graph
from hippo_envs.envs.spatial_alternation import spatial_alternation_graph

STEPS = {"up": (0, 1), "down": (0, -1), "left": (-1, 0), "right": (1, 0)}


def walk_of(env_id, walk_length=2_000, **arguments):
    """Appearances along one walk, and the names of the actions between them."""
    family = make_family(env_id, **arguments)
    walks = sample_walks(family, [3], walk_length)
    graph = walks.worlds.graph(0)
    return graph, graph.appearance[walks.nodes[0]].tolist(), [graph.action_names[a] for a in walks.actions[0]]


def spots_along(actions, start):
    """Where a rat that starts at a spot goes, by its moves alone."""
    spots = [start]
    for action in actions[:-1]:
        dx, dy = STEPS[action]
        spots.append((spots[-1][0] + dx, spots[-1][1] + dy))
    return spots


@pytest.mark.parametrize(
    ("graph", "n_nodes", "n_looks"),
    [
        (lap_track_graph(3, 4), 32, 8 + 1),
        (lap_track_graph(4, 2), 24, 12 + 1),
        (spatial_alternation_graph(4, 6), 38, 6 + 2 * (3 + 5 + 2) - 2 + 2),
        (in_outbound_graph(1, 5), 52, 3 * 5 + 2 - 3 + 2),
        (double_ended_maze_graph(4), 4 * 41 + 4 * 40, 35 + 2),
        (double_ended_maze_graph(1, explore=False), 4 * 20, 14 + 2),
        (evidence_towers_graph(6), 6**2 + 4, 6 + 2),
    ],
)
def test_tracks_have_as_many_moments_and_looks_as_the_tasks(graph, n_nodes, n_looks):
    assert (graph.n_nodes, graph.n_appearances) == (n_nodes, n_looks)


@pytest.mark.parametrize(("width", "laps"), [(3, 4), (2, 2), (5, 3)])
def test_the_reward_comes_at_the_end_of_every_last_lap_and_nowhere_else(width, laps):
    graph, looks, actions = walk_of("hippo/LapTrack-v0", width=width, laps=laps)
    ring = 4 * (width - 1)
    reward = graph.appearance[-1]
    assert [t for t, look in enumerate(looks) if look == reward] == list(range(laps * ring - 1, 2_000, laps * ring))
    spots = spots_along(actions, (0, 0))
    assert len(set(spots)) == ring
    assert spots[ring] == spots[0]


@pytest.mark.parametrize(("width", "height"), [(4, 6), (2, 2), (3, 5)])
def test_alternation_rewards_the_arm_that_was_not_visited_last(width, height):
    _, looks, actions = walk_of("hippo/SpatialAlternation-v0", width=width, height=height, error=0.3)
    spots = spots_along(actions, (0, 0))
    ends = {(side * (width - 1), height - 1): side for side in (-1, 1)}
    visits = [(ends[spot], look) for spot, look in zip(spots, looks, strict=True) if spot in ends]
    rewarded = {look for (last, _), (arm, look) in pairwise(visits) if arm != last}
    missed = {look for (last, _), (arm, look) in pairwise(visits) if arm == last}
    assert len(rewarded) == len(missed) == 1, "what an arm shows depends on nothing but the arm before"
    assert rewarded != missed
    assert 0.2 < np.mean([arm == last for (last, _), (arm, _) in pairwise(visits)]) < 0.4
    elsewhere = {}
    for spot, look in zip(spots, looks, strict=True):
        if spot not in ends:
            assert elsewhere.setdefault(spot, look) == look, "a spot looks the same in every lap"


@pytest.mark.parametrize(("width", "height"), [(1, 5), (2, 2), (3, 4)])
def test_in_and_outbound_runs_are_rewarded_by_where_they_come_from(width, height):
    _, looks, actions = walk_of("hippo/InOutbound-v0", width=width, height=height, error=0.3)
    spots = spots_along(actions, (0, height - 1))
    ends = {(arm * (width + 1), height - 1): arm for arm in (-1, 0, 1)}
    visits = [(ends[spot], look) for spot, look in zip(spots, looks, strict=True) if spot in ends]
    rewarded, missed = set(), set()
    last_side = 1
    for (before, _), (arm, look) in pairwise(visits):
        due = arm == 0 if before != 0 else arm not in (0, last_side)
        (rewarded if due else missed).add(look)
        last_side = arm or last_side
    assert len(rewarded) == len(missed) == 1
    assert rewarded != missed
    assert {visits[0][1]} == rewarded
    turned = [spot for before, spot, after in zip(spots, spots[1:], spots[2:], strict=False) if before == after]
    assert set(turned) <= set(ends), "it turns round at the ends of arms only"


def test_towers_reward_the_side_that_had_more_of_them():
    graph, looks, actions = walk_of("hippo/EvidenceTowers-v0", walk_length=20_000, length=6)
    evidence, found = 0, {True: set(), False: set()}
    errors = {}
    for action, look_after in zip(actions, looks[1:], strict=False):
        if action in ("left", "right"):
            side = -1 if action == "left" else 1
            found[side * evidence >= 0].add(look_after)
            errors.setdefault(abs(evidence), []).append(side * evidence < 0)
            evidence = 0
        else:
            evidence += {"tower left": -1, "tower right": 1, "proceed": 0}[action]
    assert len(found[True]) == len(found[False]) == 1
    assert found[True] != found[False]
    for amount in (1, 2, 3):
        expected, n = 1 / (1 + np.exp(0.5 * amount)), len(errors[amount])
        assert np.mean(errors[amount]) == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / n))
    assert not any(errors[0]), "after a tie either side is right"
    assert graph.n_appearances == 8


def test_towers_come_more_often_on_the_side_of_the_trial():
    """Each trial's sum of towers has two modes; without bias it has one, at zero."""
    sums = {}
    for bias in (1.0, 9.0):
        _, _, actions = walk_of("hippo/EvidenceTowers-v0", walk_length=10_000, length=12, bias=bias)
        trials, evidence = [], 0
        for action in actions:
            if action in ("left", "right"):
                trials.append(evidence)
                evidence = 0
            evidence += {"tower left": -1, "tower right": 1}.get(action, 0)
        sums[bias] = np.abs(trials).mean()
    assert sums[1.0] < 3 < 5 < sums[9.0]


@pytest.mark.parametrize("explore", [True, False])
def test_the_four_goals_are_rewarded_where_the_reward_is_known_to_be(explore):
    family = make_family("hippo/DoubleEndedMaze-v0", segment=1, explore=explore, switch=0.4)
    graph = family.graphs[0]
    walks = sample_walks(family, range(20), 3_000)
    is_try = np.array([name in (TRY, TRY_MOVED) for name in graph.action_names])
    boxes = np.flatnonzero(graph.available[:, is_try].any(axis=1))
    number = dict(zip(boxes.tolist(), [0, 1, 3, 2] * (len(boxes) // 4), strict=True))
    reward = set()
    for nodes, actions in zip(walks.nodes, walks.actions, strict=True):
        # Searching, the animal does not know the goal at first: the first reward tells it.
        goal = None
        for node, action, arrival in zip(nodes, actions, nodes[1:], strict=False):
            name = graph.action_names[action]
            look = graph.appearance[arrival]
            if name.startswith("goal is"):
                goal = int(name[-1]) - 1
            elif name == TRY_MOVED:
                assert goal in (None, number[node])
                assert look not in reward
            elif name == TRY and goal is not None:
                assert (look in reward) == (number[node] == goal)
            elif name == TRY and arrival + 1 < graph.n_nodes:
                after = graph.next_node[arrival, graph.action_names.index("again after reward")]
                if after >= 0:
                    goal, reward = number[node], reward | {look}
    assert len(reward) == 1


@pytest.mark.parametrize(
    ("build", "arguments", "message"),
    [
        (lap_track_graph, {"width": 1}, "width must be a whole number of at least 2, got 1"),
        (spatial_alternation_graph, {"height": 1}, "height must be a whole number of at least 2, got 1"),
        (spatial_alternation_graph, {"error": 1.0}, "error must be a number at least 0 and below 1, got 1.0"),
        (in_outbound_graph, {"width": 0}, "width must be a whole number of at least 1, got 0"),
        (double_ended_maze_graph, {"segment": 0}, "segment must be a whole number of at least 1, got 0"),
        (double_ended_maze_graph, {"switch": -0.1}, "switch must be a number at least 0 and below 1, got -0.1"),
        (double_ended_maze_graph, {"forward": 0.0}, "forward must be a number above 0 and at most 1, got 0.0"),
        (evidence_towers_graph, {"length": 1}, "length must be a whole number of at least 2, got 1"),
    ],
)
def test_sizes_and_probabilities_that_cannot_be_are_refused(build, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(**arguments)


@pytest.mark.parametrize("env_id", ["SpatialAlternation", "InOutbound", "DoubleEndedMaze"])
def test_without_errors_the_animal_makes_none(env_id):
    family = make_family(f"hippo/{env_id}-v0", error=0.0)
    walks = sample_walks(family, range(5), 1_000)
    habits = family.graphs[0].habits
    taken = np.take_along_axis(habits[walks.nodes], walks.actions[..., None], axis=-1)
    assert (taken > 0).all()


def test_habits_are_kept_to_in_proportion():
    family = make_family("hippo/SpatialAlternation-v0", error=0.25)
    walks = sample_walks(family, range(200), 500)
    graph = family.graphs[0]
    choice = 5
    left, right = (graph.action_names.index(name) for name in ("left", "right"))
    at_choice = walks.nodes == choice
    assert set(np.unique(walks.actions[at_choice])) == {left, right}
    n = at_choice.sum()
    assert np.mean(walks.actions[at_choice] == right) == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / n))


def test_decisions_are_where_the_same_spot_and_action_lead_to_different_looks():
    """By brute force: (look, action) pairs that are followed by more than one look, somewhere in the graph."""
    for env_id in ("LapTrack", "SpatialAlternation", "InOutbound", "DoubleEndedMaze", "EvidenceTowers"):
        family = make_family(f"hippo/{env_id}-v0")
        for index, graph in enumerate(family.graphs):
            follows = {}
            for node, action in np.argwhere(graph.available):
                after = graph.appearance[graph.next_node[node, action]]
                follows.setdefault((graph.appearance[node], action), set()).add(after)
            first = family.union.first_place[index]
            for node in range(graph.n_nodes):
                for action in range(graph.n_actions):
                    several = len(follows.get((graph.appearance[node], action), ())) > 1
                    expected = several and bool(graph.available[node, action])
                    assert family.union.decision[first + node, action] == expected
