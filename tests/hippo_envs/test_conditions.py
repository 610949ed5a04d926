"""Conditions of the streams: the same world and walk for a seed in every mode, and scores that leave out what is asked
of nobody."""

import pickle
from contextlib import suppress
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from hippo_envs import (
    UniformPolicy,
    Walks,
    WorldFamily,
    ceilings,
    hexagonal_graph,
    make_family,
    rectangle_graph,
    sample_walks,
)
from hippo_envs.anatomy import anatomy_masks
from hippo_envs.ceilings import bayes_filter, bayes_from_actions
from hippo_envs.conditions import Conditions
from hippo_envs.particle_filter import _filter_with, _NoPathLeftError, _resampled, _Transitions, particle_filter
from hippo_envs.references import REFERENCES, node_agent
from hippo_envs.walking.symmetries import action_orders, one_of_each_class, symmetries
from tests.helpers.brute_force import brute_force
from tests.helpers.enumerated import exact_answers, random_graph
from tests.helpers.every_id import as_bytes, assert_native_equals_sync, assert_same, make, make_native, random_actions

TREE, LINE, HEXAGON, SQUARE = (f"hippo/{name}-v0" for name in ("FamilyTree", "Line", "Hexagonal", "Rectangle"))
SMALL = {SQUARE: {"width": (3, 4)}, HEXAGON: {"radius": (1, 2)}, TREE: {"levels": (2, 3)}, LINE: {}}
VARIANTS = [
    pytest.param(SQUARE, {"bare_share": 0.4}, id="bare"),
    pytest.param(TREE, {"bare_share": 0.2, "remap_after": 11}, id="bare-remapped-tree"),
    pytest.param(SQUARE, {"shuffle_actions": True}, id="shuffled"),
    pytest.param(HEXAGON, {"shuffle_actions": True, "remap_after": 15, "bare_share": 0.2}, id="shuffled-hexagon"),
    pytest.param(SQUARE, {"dark_after": 6}, id="dark"),
    pytest.param(TREE, {"dark_after": 3, "dark_share": 0.5, "remap_after": 12}, id="dark-remapped-tree"),
    pytest.param(HEXAGON, {"dark_after": 5, "dark_share": 0.4, "shuffle_actions": True, "bare_share": 0.3}, id="all"),
    pytest.param(SQUARE, {"slip": 0.3}, id="slips"),
    pytest.param(TREE, {"slip": 0.2, "remap_after": 15, "dark_after": 8, "dark_share": 0.5}, id="slips-tree"),
    pytest.param(HEXAGON, {"slip": 0.2, "dark_after": 5, "shuffle_actions": True, "bare_share": 0.3}, id="slips-all"),
]
OFF = {"slip": 0.0, "dark_after": None, "shuffle_actions": False, "bare_share": 0.0}


def small(stream_id, conditions):
    return {"n_observations": 5, **SMALL[stream_id], **conditions}


def view_of(stream_id, view):
    """The id of a view of a stream, or the view of another id and the stream as an argument."""
    registered = stream_id.replace("-v0", f"-{view}-v0")
    return (registered, {}) if registered in gym.registry else (f"hippo/Rectangle-{view}-v0", {"stream": stream_id})


@pytest.mark.parametrize("stream_id", SMALL)
def test_conditions_that_are_off_leave_no_trace(stream_id):
    plain, off = make_family(stream_id), make_family(stream_id, **OFF)
    assert plain.specification() == off.specification()
    assert not OFF.keys() & plain.specification().keys()
    assert plain.n_draws == off.n_draws


@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_conditions_that_are_on_are_specified(stream_id, conditions):
    specification = make_family(stream_id, **small(stream_id, conditions)).specification()
    assert specification.items() >= conditions.items()


@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_a_walk_that_is_stepped_is_the_walk_that_is_sampled(stream_id, conditions):
    """One world at a time and all of them at once, from the seed alone."""
    arguments, n_steps = small(stream_id, conditions), 40
    walks = sample_walks(make_family(stream_id, **arguments), range(5, 12), n_steps)
    native = make_native(stream_id, num_envs=7, max_episode_steps=-1, **arguments)
    shown = [native.reset(seed=5)[0], *(native.step(actions)[0] for actions in walks.actions.T[:-1])]
    np.testing.assert_array_equal(np.stack(shown, axis=1), walks.heard)
    assert native.unwrapped.node.tolist() == walks.nodes[:, -1].tolist()
    for world in (0, 6):
        env = make(stream_id, max_episode_steps=-1, **arguments)
        shown = [env.reset(seed=5 + world)[0], *(env.step(int(a))[0] for a in walks.actions[world, :-1])]
        assert shown == walks.heard[world].tolist()
        assert env.unwrapped.node == walks.nodes[world, -1]


@pytest.mark.slow
@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_many_steps_of_many_worlds_are_those_of_their_walks(stream_id, conditions):
    """Over all variants 10^6 steps."""
    arguments, n_steps, seeds = small(stream_id, conditions), 250, range(1_000, 1_450)
    walks = sample_walks(make_family(stream_id, **arguments), seeds, n_steps)
    native = make_native(stream_id, num_envs=len(seeds), max_episode_steps=-1, **arguments)
    shown = [native.reset(seed=seeds[0])[0]]
    for t, actions in enumerate(walks.actions.T[:-1], start=1):
        shown.append(native.step(actions)[0])
        np.testing.assert_array_equal(native.unwrapped.node, walks.nodes[:, t])
    np.testing.assert_array_equal(np.stack(shown, axis=1), walks.heard)


@pytest.mark.parametrize("view", ["", "Predict", "Explore"])
@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_the_checkers_have_nothing_to_say_and_a_copy_goes_on_alike(stream_id, conditions, view):
    env_id, stream = view_of(stream_id, view) if view else (stream_id, {})
    env = make(env_id, **small(stream_id, conditions), **stream)
    check_env(env.unwrapped)
    env.reset(seed=1)
    first, *rest = random_actions(env.action_space, np.random.default_rng(0), 12)
    env.step(first)
    copy = pickle.loads(pickle.dumps(env))
    for action in rest:
        assert as_bytes(env.step(action)) == as_bytes(copy.step(action))
    assert as_bytes(env.reset()) == as_bytes(copy.reset())


@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_a_longer_walk_begins_with_the_shorter_and_needs_no_batch(stream_id, conditions):
    family = make_family(stream_id, **small(stream_id, conditions))
    longer, shorter = sample_walks(family, range(3), 60), sample_walks(family, [1], 25)
    for name in ("nodes", "observations", "actions", "moves", "heard"):
        np.testing.assert_array_equal(getattr(longer, name)[1:2, :25], getattr(shorter, name))


@pytest.mark.parametrize("view", ["", "Predict", "Explore"])
@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_native_equals_sync_with_mixed_ends(stream_id, conditions, view):
    env_id, stream = view_of(stream_id, view) if view else (stream_id, {})
    mode = gym.vector.AutoresetMode.NEXT_STEP
    assert_native_equals_sync(env_id, mode, n_steps=1_000, **small(stream_id, conditions), **stream)


@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_predict_shows_the_walk_of_its_seed_and_pays_one_in_all(stream_id, conditions):
    env_id, stream = view_of(stream_id, "Predict")
    env = make(env_id, walk_length=40, **small(stream_id, conditions), **stream)
    shown, _ = env.reset(seed=3)
    walks = sample_walks(make_family(stream_id, **small(stream_id, conditions)), [3], 40)
    rewards = []
    for t in range(40):
        assert (shown["observation"], shown["next_action"]) == (walks.heard[0, t], walks.actions[0, t])
        if t < 39:
            shown, reward, _, _, info = env.step(int(walks.observations[0, t + 1]))
            assert bool(info["knowable"]) == (reward > 0) == walks.knowable[0, t + 1]
            rewards.append(reward)
    assert sum(rewards) == pytest.approx(1)


@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_stable_baselines_and_processes_step_the_same_worlds(stream_id, conditions):
    adapter = pytest.importorskip("hippo_envs.stable_baselines")
    arguments = small(stream_id, conditions)
    envs = adapter.make_sb3_vec_env(stream_id, num_envs=3, seed=4, max_episode_steps=9, **arguments)
    native = make_native(stream_id, num_envs=3, max_episode_steps=9, autoreset_mode="SameStep", **arguments)
    assert_same(envs.reset(), native.reset(seed=4)[0])
    for actions in random_actions(native.single_action_space, np.random.default_rng(0), 60).reshape(-1, 3):
        assert_same(envs.step(actions)[0], native.step(actions)[0])


@pytest.mark.slow
@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_processes_of_their_own_step_the_same_worlds(stream_id, conditions):
    arguments = {"num_envs": 2, "max_episode_steps": 9, **small(stream_id, conditions)}
    native = make_native(stream_id, **arguments)
    processes = gym.make_vec(f"hippo_envs:{stream_id}", vectorization_mode="async", **arguments)
    assert_same(native.reset(seed=4), processes.reset(seed=4))
    for actions in random_actions(native.single_action_space, np.random.default_rng(0), 60).reshape(-1, 2):
        assert_same(native.step(actions), processes.step(actions))
    processes.close()


@pytest.mark.parametrize("view", ["", "Predict", "Explore"])
@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_one_world_and_many_are_drawn_alike(stream_id, conditions, view):
    pytest.importorskip("pygame")
    env_id, stream = view_of(stream_id, view) if view else (stream_id, {})
    arguments = {**small(stream_id, conditions), **stream}
    for mode in ("ansi", "rgb_array"):
        env = make(env_id, render_mode=mode, **arguments).unwrapped
        many = make_native(env_id, num_envs=1, render_mode=mode, **arguments)
        env.reset(seed=2)
        many.reset(seed=2)
        for action in random_actions(env.action_space, np.random.default_rng(1), 4):
            env.step(action)
            many.step(np.array([action]))
            np.testing.assert_array_equal(env.render(), many.render()[0])


@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_masks_are_those_of_the_nodes_less_what_is_asked_of_nobody(stream_id, conditions):
    family = make_family(stream_id, **small(stream_id, conditions))
    walks = sample_walks(family, range(6), 50)
    for world, nodes in enumerate(walks.nodes.tolist()):
        expected = brute_force(nodes)
        asked = walks.observations[world] != family.bare_symbol
        lit = [heard < family.n_observations for heard in walks.heard[world]]
        seen = np.array([any(lit[s] and nodes[s] == node for s in range(t)) for t, node in enumerate(nodes)])
        if family.remap_after is not None and family.conditions.can_be_dark:
            seen = walks.seen[world]
        if not family.conditions.can_be_dark:
            seen = np.ones(50, dtype=bool)
        for name in ("stay", "revisit", "zero_shot", "reversal", "loop_closure"):
            np.testing.assert_array_equal(getattr(walks, name)[world], [s[name] for s in expected] & asked & seen, name)
        never = asked & ~walks.revisit[world] & (np.arange(50) > 0)
        np.testing.assert_array_equal(walks.never_in_trial[world], never)


@pytest.mark.parametrize(("stream_id", "conditions"), VARIANTS)
def test_the_node_agent_is_right_wherever_it_can_be_known(stream_id, conditions):
    walks = sample_walks(make_family(stream_id, **small(stream_id, conditions)), range(20), 60)
    node, edge, inverse = (REFERENCES[f"{name}-agent"](walks) for name in ("node", "edge", "inverse"))
    assert (node.correct & walks.knowable).sum() == walks.knowable.sum()
    assert not (edge.known & walks.knowable & walks.zero_shot).any()
    if walks.worlds.family.conditions.slip:
        missed = walks.revisit & walks.slipped
        assert (node.correct & missed).sum() < missed.sum() / 2
    inferred = inverse.known & walks.knowable & walks.zero_shot
    assert not (inferred & ~walks.reversal).any()
    if not walks.worlds.family.conditions.can_be_dark:  # where what was left may not have been seen
        np.testing.assert_array_equal(inferred, walks.reversal & walks.knowable)


def test_bare_places_are_as_many_as_asked_for_and_show_what_no_other_does():
    walks = sample_walks(make_family(SQUARE, bare_share=0.3, n_observations=10, remap_after=5), range(200), 10)
    for symbols in (walks.worlds.observation_at, walks.worlds.observation_later):
        symbols = symbols[symbols >= 0]
        shares = np.bincount(symbols, minlength=10) / len(symbols)
        expected = np.r_[0.3, np.full(9, 0.7 / 9)]
        np.testing.assert_allclose(shares, expected, atol=5 * np.sqrt(0.25 / len(symbols)))
    assert walks.worlds.family.n_answers == 9


def test_familiar_maps_have_bare_places_too():
    family = make_family("hippo/ReferenceMemory-v0", bare_share=0.5)
    assert (family.maps == 0).mean() == pytest.approx(0.5, abs=0.05)
    walks = sample_walks(family, range(5), 60)
    assert (walks.observations[walks.knowable] > 0).all()


@pytest.mark.parametrize(
    ("stream_id", "conditions", "reason"),
    [
        ("hippo/CaseSequence-v0", {"bare_share": 0.2}, "tokens of a case sequence all mean something.*bare_share=0.2"),
        ("hippo/PatternCompletion-v0", {"bare_share": 0.2}, "A pattern is known by its symbols"),
        (SQUARE, {"bare_share": 1.0}, "bare_share must be a number at least 0 and below 1, got 1.0"),
        ("hippo/CaseSequence-v0", {"dark_after": 2}, "too short to be dark in: leave out dark_after"),
        ("hippo/PatternCompletion-v0", {"dark_after": 2}, "has to be seen"),
        (SQUARE, {"dark_after": 0}, "dark_after must be a whole number of at least 1, got 0"),
        (SQUARE, {"dark_after": 3, "dark_share": 0}, "dark_share must be a number above 0 and at most 1, got 0"),
        ("hippo/CaseSequence-v0", {"slip": 0.1}, "nothing to slip to: leave out slip"),
        ("hippo/LapTrack-v0", {"slip": 0.1}, "there is one way on: nothing can slip"),
        (SQUARE, {"slip": 1}, "slip must be a number at least 0 and below 1, got 1"),
        (SQUARE, {"shuffle_actions": "yes"}, "shuffle_actions must be True or False, got 'yes'"),
        (
            TREE,
            {"shuffle_actions": True},
            "moves with directions in the plane can be shuffled.*leave out shuffle_actions",
        ),
        (LINE, {"shuffle_actions": True}, "here 0 have one"),
        (SQUARE, {"bare_share": 0.2, "n_observations": 2}, "n_observations must be 3 or more, got 2"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_with_a_reason(stream_id, conditions, reason):
    with pytest.raises(ValueError, match=reason):
        make(stream_id, **conditions)


CEILED = [
    ((2,), 3, {"bare_share": 0.4}),
    ((3, 2), 3, {"bare_share": 0.3}),
    ((2,), 3, {"shuffle_actions": True}),
    ((3, 2), 2, {"shuffle_actions": True, "stay": False}),
    ((2,), 4, {"shuffle_actions": True, "bare_share": 0.2}),
    ((2,), 3, {"dark_after": 4}),
    ((3, 2), 3, {"dark_after": 3, "dark_share": 0.5}),
    ((2,), 3, {"dark_after": 3, "dark_share": 0.5, "shuffle_actions": True, "bare_share": 0.2}),
]


@pytest.mark.parametrize(("sides", "n_observations", "conditions"), CEILED)
def test_the_ceiling_is_what_a_list_of_all_worlds_says(sides, n_observations, conditions):
    family = make_family(SQUARE, width=sides[0], height=sides[-1], n_observations=n_observations, **conditions)
    walks = sample_walks(family, range(12), 9)
    answers = bayes_filter(walks)
    for world, (actions, heard) in enumerate(zip(walks.actions, walks.heard, strict=True)):
        said = exact_answers(family, actions, heard)
        np.testing.assert_array_equal(answers.known[world], said >= 0)
        np.testing.assert_array_equal(answers.correct[world], (said == walks.observations[world]) & (said >= 0))


@pytest.mark.parametrize(
    "conditions",
    [
        {"bare_share": 0.7},
        {"dark_after": 3, "dark_share": 0.5},
        {"bare_share": 0.4, "dark_after": 2, "dark_share": 0.4},
        {"slip": 0.4, "bare_share": 0.5},
        {"slip": 0.3, "dark_after": 2, "dark_share": 0.5},
    ],
)
def test_on_any_graph_the_ceiling_is_what_a_list_of_all_worlds_says(conditions):
    """With one-way edges, nodes that look alike and several graphs, where one is in doubt for long."""
    n_steps, checked = 6 if "slip" in conditions else 12, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        graphs = tuple(random_graph(rng, 2, 4) for _ in range(2))
        try:
            family = WorldFamily(graphs, 3, UniformPolicy(), conditions=Conditions(**conditions))
        except ValueError:  # nothing to slip to
            continue
        walks, checked = sample_walks(family, range(8), n_steps), checked + 1
        answers = bayes_filter(walks)
        for world, (actions, heard) in enumerate(zip(walks.actions, walks.heard, strict=True)):
            said = exact_answers(family, actions, heard)
            np.testing.assert_array_equal(answers.known[world], said >= 0)
            np.testing.assert_array_equal(answers.correct[world], (said == walks.observations[world]) & (said >= 0))
    assert checked > 20


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


def test_it_is_dark_as_often_as_asked_for_and_by_chance():
    walks = sample_walks(make_family(SQUARE, dark_after=20, dark_share=0.3), range(300), 120)
    assert not walks.dark[:, :20].any()
    late = walks.dark[:, 20:]
    assert late.mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / late.size))
    both = late[:, :-1] & late[:, 1:]
    assert both.mean() == pytest.approx(0.09, abs=5 * np.sqrt(0.09 / both.size)), "each step on its own"
    assert (late.mean(axis=0) > 0.1).all()
    assert (late.mean(axis=0) < 0.5).all(), "and each world on its own"


def test_the_dark_is_heard_and_what_is_there_is_scored():
    family = make_family(SQUARE, width=4, n_observations=6, dark_after=30)
    walks = sample_walks(family, range(10), 60)
    assert (walks.heard[:, 30:] == 6).all()
    assert (walks.observations < 6).all()
    assert walks.dark_steps[:, 28:34].tolist() == [[0, 0, 1, 2, 3, 4]] * 10
    lit = sample_walks(make_family(SQUARE, width=4, n_observations=6), range(10), 60)
    np.testing.assert_array_equal(walks.observations, lit.observations)
    assert make(SQUARE, n_observations=6, dark_after=3).observation_space.n == 7
    assert make(view_of(SQUARE, "Predict")[0], n_observations=6, dark_after=3).action_space.n == 6


def test_a_known_place_in_the_dark_is_paid_and_a_new_one_never_known():
    """Explore: round a block whose nodes are seen in the light pays; one that is first come to in the dark does not."""
    paid = {}
    for dark_after in (1, 4):
        env = make(view_of(SQUARE, "Explore")[0], width=2, n_observations=9, dark_after=dark_after).unwrapped
        start, _ = env.reset(seed=3)  # in the south-west, with a move to the north committed
        steps = [env.step((move, start["observation"])) for move in (0, 3, 2, 1, 4)]
        paid[dark_after] = [step[1] for step in steps][:4]
        assert steps[-1][0]["observation"] == 9
    assert paid == {1: [0, 0, 0, 1], 4: [0, 0, 0, 1]}
    env = make(view_of(SQUARE, "Explore")[0], width=2, n_observations=9, dark_after=1).unwrapped
    env.reset(seed=3)
    symbols = env._observation_at
    told = [env.step((move, symbols[node]))[1] for move, node in [(3, 2), (1, 0), (2, 2), (0, 0), (3, 1)]]
    assert told == [0] * 5, "north and back, north and back: none but the start was ever seen, and it by a known edge"


@pytest.mark.parametrize("view", ["", "Predict", "Explore"])
def test_a_dark_place_is_drawn_as_dark(view):
    env_id = view_of(SQUARE, view)[0] if view else SQUARE
    env = make(env_id, width=3, n_observations=5, dark_after=2, render_mode="ansi").unwrapped
    seen = make(env_id, width=3, n_observations=5, dark_after=2, render_mode="rgb_array").unwrapped
    env.reset(seed=0)
    seen.reset(seed=0)
    for t, action in enumerate(random_actions(env.action_space, np.random.default_rng(0), 4), start=1):
        env.step(action)
        seen.step(action)
        assert ("[#]" in env.render()) == (t >= 2)
        scene = seen.scene()
        assert (scene.symbols[scene.node] == -1) == (t >= 2)
        assert any("dark" in str(part) for part in scene.caption) == (t >= 2)
        assert ("came dark" in env.render()) == (t >= 2 and bool(view))


def test_anatomy_has_rows_for_how_long_it_has_been_dark():
    family = make_family(SQUARE, width=4, dark_after=10)
    walks = sample_walks(family, range(10), 60)
    rows = anatomy_masks(walks)
    parts = [mask for row, mask in rows.items() if row.startswith("revisit, dark for")]
    np.testing.assert_array_equal(np.sum(parts, axis=0), walks.dark_revisit)
    assert not any("dark" in row for row in anatomy_masks(sample_walks(make_family(SQUARE), range(2), 20)))


def test_memories_keep_nothing_of_the_dark():
    walks = sample_walks(make_family(SQUARE, width=3, dark_after=15, dark_share=0.5), range(20), 60)
    for world in range(20):
        nodes, lit = walks.nodes[world].tolist(), (~walks.dark[world]).tolist()
        answers = {name: REFERENCES[f"{name}-agent"](walks) for name in ("node", "edge", "inverse")}
        for t in range(1, 60):
            steps = range(1, t)
            edge = (nodes[t - 1], nodes[t])
            known = {
                "node": any(lit[s] and nodes[s] == nodes[t] for s in range(t)),
                "edge": any(lit[s] and (nodes[s - 1], nodes[s]) == edge for s in steps),
            }
            back = any(lit[s - 1] and (nodes[s], nodes[s - 1]) == edge for s in steps)
            if world < 4:
                known["inverse"] = known["edge"] or back
            for name, knows in known.items():
                assert answers[name].known[world, t] == knows
                assert answers[name].correct[world, t] == knows


SLIPPING = {"width": 2, "n_observations": 3, "stay": False}


@pytest.mark.parametrize("conditions", [{}, {"dark_after": 3}, {"bare_share": 0.3}, {"stay": True}])
def test_the_particle_filter_is_exact_while_it_holds_all_paths(conditions):
    family = make_family(SQUARE, **{**SLIPPING, **conditions}, slip=0.25)
    walks = sample_walks(family, range(15), 6)
    answers = bayes_filter(walks)  # four starts, and at most two ways on: 128 paths
    for world, (actions, heard) in enumerate(zip(walks.actions, walks.heard, strict=True)):
        said = exact_answers(family, actions, heard)
        np.testing.assert_array_equal(answers.known[world], said >= 0)
        np.testing.assert_array_equal(answers.correct[world], (said == walks.observations[world]) & (said >= 0))


def test_a_few_particles_say_on_average_what_all_paths_say():
    """Every expectation is as it was: the chance that each of many paths stays is its weight by the level."""
    rng = np.random.default_rng(0)
    weight = rng.random(60) ** 4
    weight /= weight.sum()
    total = np.zeros(60)
    for _ in range(4_000):
        stay, of_each = _resampled(weight, 12, rng)
        assert len(stay) == 12
        np.add.at(total, stay, of_each)
    np.testing.assert_allclose(total / 4_000, weight, atol=0.004)


def test_fewer_particles_are_right_nearly_as_often():
    walks = sample_walks(make_family(SQUARE, **SLIPPING, slip=0.2), range(60), 6)
    exact, few = bayes_filter(walks), [particle_filter(walks, 40, seed) for seed in range(3)]
    shares = [answers.correct[walks.revisit].mean() for answers in few]
    assert np.mean(shares) == pytest.approx(exact.correct[walks.revisit].mean(), abs=0.04)


def test_a_walk_that_no_particle_explains_is_filtered_with_more_of_them():
    """With 3 particles the true path is soon lost, and with it all that the others hold to be there."""
    walks = sample_walks(make_family(SQUARE, **SLIPPING, slip=0.3), range(8), 30)
    transitions = _Transitions.of(walks.worlds.family)
    lost = []
    for world in range(8):
        with suppress(_NoPathLeftError):
            _filter_with(walks, world, transitions, 3, np.random.default_rng([0, world]), look=True)
            continue
        lost.append(world)
    assert lost
    for part, expected in zip(particle_filter(walks, 3), particle_filter(walks, 24), strict=True):
        np.testing.assert_array_equal(part[lost], expected[lost])


def test_without_slips_the_particle_filter_is_the_exact_one():
    for stream_id, conditions in [(SQUARE, {"dark_after": 9}), (TREE, {"bare_share": 0.3, "remap_after": 7})]:
        walks = sample_walks(make_family(stream_id, **small(stream_id, conditions)), range(4), 30)
        for look, exact in ((True, bayes_filter), (False, bayes_from_actions)):
            for part, expected in zip(particle_filter(walks, look=look), exact(walks), strict=True):
                np.testing.assert_array_equal(part, expected)


def test_with_slips_and_shuffled_actions_no_ceiling_is_computed():
    walks = sample_walks(make_family(SQUARE, slip=0.1, shuffle_actions=True), range(2), 9)
    with pytest.raises(ValueError, match="no ceiling is computed: leave out one of both"):
        bayes_filter(walks)


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
