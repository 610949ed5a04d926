"""Conditions of the streams: the same world and walk for a seed in every mode, and scores that leave out what is asked
of nobody."""

import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from hippo_envs import (
    make_family,
    sample_walks,
)
from hippo_envs.references import REFERENCES
from tests.helpers.brute_force import brute_force
from tests.helpers.conditioned import LINE, SMALL, SQUARE, TREE, VARIANTS, small, view_of
from tests.helpers.every_id import as_bytes, assert_native_equals_sync, assert_same, make, make_native, random_actions

OFF = {"slip": 0.0, "dark_after": None, "shuffle_actions": False, "bare_share": 0.0}


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
    check_env(env.unwrapped, skip_render_check=True)  # which pictures there are does not depend on conditions
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
