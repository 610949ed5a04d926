"""Actions that mean another move in every world: meanings, their symmetries, and the ceiling over all of them."""

from dataclasses import replace

import numpy as np
import pytest

from hippo_envs import (
    ceilings,
    hexagonal_graph,
    make_family,
    rectangle_graph,
    sample_walks,
)
from hippo_envs.ceilings import bayes_filter, bayes_from_actions
from hippo_envs.walking.symmetries import action_orders, one_of_each_class, symmetries
from tests.helpers.conditioned import HEXAGON, SQUARE, view_of
from tests.helpers.every_id import make


@pytest.mark.parametrize(
    ("graph", "n_classes"),
    [
        (rectangle_graph(3, 3), 3),
        (rectangle_graph(4, 4, stay=False), 3),
        (rectangle_graph(3, 2), 6),
        (rectangle_graph(4, 4, torus=True), 3),
        (rectangle_graph(4, 5, torus=True), 6),
        (hexagonal_graph(1), 60),
        (hexagonal_graph(2, stay=False), 60),
        (hexagonal_graph(1, torus=True), 120),  # its copies are shifted to one side, so it has no mirror image
    ],
)
def test_meanings_that_differ_by_a_symmetry_are_one_class(graph, n_classes):
    """24 meanings by the 8 symmetries of a square, 4 of a rectangle; 720 by the 12 of a hexagon."""
    orders, among = action_orders(graph.headings.tolist()), symmetries(graph)
    chosen = one_of_each_class(orders, among)
    assert len(chosen) == n_classes
    renamed = among[:, orders[chosen]].reshape(-1, orders.shape[1])
    assert len(np.unique(renamed, axis=0)) == len(renamed) == len(orders), "renamed, they are every order once"


def test_a_fixed_start_breaks_the_symmetry():
    graph = replace(rectangle_graph(3, 3), start_nodes=np.array([1]))
    assert len(symmetries(graph)) == 2, "as it is, and east with west"


def test_meanings_are_uniform_and_standing_still_is_none_of_them():
    family = make_family(SQUARE, width=4, shuffle_actions=True)
    meaning = sample_walks(family, range(2_400), 1).worlds.meaning
    assert (meaning[:, 4] == 4).all()
    orders, counts = np.unique(meaning, axis=0, return_counts=True)
    assert len(orders) == 24
    assert abs(counts - 100).max() < 50


def test_masks_of_actions_and_pictures_are_those_of_the_moves_that_happen():
    """What an action does is what its meaning does on the plain graph; the walk is drawn with both names."""
    env = make(SQUARE, width=4, shuffle_actions=True, render_mode="rgb_array").unwrapped
    for seed in range(10):
        _, info = env.reset(seed=seed)
        meaning, graph = env.world.meaning, env.graph
        for action in np.random.default_rng(seed).integers(5, size=20):
            node = env.node
            np.testing.assert_array_equal(info["action_mask"], graph.available[node][meaning])
            np.testing.assert_array_equal(info["action_mask"], env.action_masks())
            leads_to, move = env.leads_to(action), meaning[action]
            *_, info = env.step(int(action))
            arrival = graph.next_node[node, move]
            assert env.node == leads_to == (node if arrival < 0 else arrival)
            names = graph.action_names
            told = names[move] if move == action else f"{names[move]}, heard as {names[action]}"
            assert env.scene().caption[0].startswith(f"step {env.trail.step}: {told}, ")


def test_the_first_move_of_explore_is_open_whatever_actions_mean():
    env = make(view_of(SQUARE, "Explore")[0], width=2, shuffle_actions=True).unwrapped
    for seed in range(20):
        shown, _ = env.reset(seed=seed)
        before = env.node
        env.step((0, 0))
        assert shown["next_action"] == 4 or env.node != before


def test_the_ceiling_of_shuffled_hexagons_is_that_of_all_meanings(monkeypatch):
    walks = sample_walks(make_family(HEXAGON, radius=1, n_observations=4, shuffle_actions=True), range(4), 12)
    fast = bayes_filter(walks), bayes_from_actions(walks)
    monkeypatch.setattr(ceilings, "symmetries", lambda _: np.arange(7)[None])
    for one, other in zip(fast, (bayes_filter(walks), bayes_from_actions(walks)), strict=True):
        np.testing.assert_array_equal(one, other)
