"""Predict and Explore: the rewarded views of a stream. What holds for every id is in test_environments.py."""

import pickle
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

# The same checks as for every id, here with other arguments.
from tests.helpers.every_id import as_bytes, assert_native_equals_sync, assert_same, make, make_native, random_actions
from tests.helpers.viewed import CASES, EXPLORE, PREDICT

VARIANTS = [
    pytest.param(PREDICT, {}, id="predict"),
    pytest.param(PREDICT, {"walk_length": 12, "window": 3, "remap_after": 5}, id="predict-windows"),
    pytest.param("hippo/FamilyTree-Predict-v0", {"n_observations": 2}, id="predict-tree"),
    pytest.param(CASES, {"n_letters": 2}, id="predict-cases"),
    pytest.param(EXPLORE, {"width": 3, "n_observations": 2, "remap_after": 9}, id="explore"),
    pytest.param("hippo/FamilyTree-Explore-v0", {"n_observations": 2}, id="explore-tree"),
]


@pytest.mark.parametrize("env_id", [PREDICT, EXPLORE])
def test_the_step_that_resets_is_not_scored_and_its_action_ignored(env_id):
    n, n_steps = 4, 7
    envs = make_native(env_id, num_envs=n, max_episode_steps=n_steps - 1, width=2, n_observations=2)
    shape = (n, *envs.single_action_space.shape)
    envs.reset(seed=0)
    paid = 0
    for step in range(1, 10 * n_steps):
        resetting = step % n_steps == 0
        actions = np.full(shape, 99 if resetting else 0)
        if env_id == EXPLORE and not resetting:
            actions[:, 0] = step % 4  # round the block
        _, rewards, terminated, truncated, info = envs.step(actions)
        assert not terminated.any()
        assert truncated.tolist() == [step % n_steps == n_steps - 1] * n
        if resetting:
            assert not rewards.any()
            assert not info.get("knowable", np.zeros(n)).any()
        paid += rewards.sum()
    assert paid > 0


@pytest.mark.parametrize("mode", AutoresetMode)
@pytest.mark.parametrize(("env_id", "arguments"), VARIANTS)
def test_native_equals_sync_with_mixed_ends(env_id, arguments, mode):
    assert_native_equals_sync(env_id, mode, n_steps=1_000, **arguments)


@pytest.mark.parametrize(("env_id", "arguments"), VARIANTS)
def test_world_i_is_the_one_of_the_seed_plus_i(env_id, arguments):
    """And goes on with its own generator, in whatever batch."""
    envs = make_native(env_id, num_envs=300, autoreset_mode="SameStep", **arguments)
    start = envs.reset(seed=7)[0]
    actions = random_actions(envs.single_action_space, np.random.default_rng(0), 40 * 300)
    steps = [envs.step(some) for some in actions.reshape(40, 300, *envs.single_action_space.shape)]
    for world in (0, 299):
        env = make(env_id, **arguments)
        shown = env.reset(seed=7 + world)[0]
        assert as_bytes(shown) == as_bytes({key: values[world] for key, values in start.items()})
        for step, some in zip(steps, actions.reshape(40, 300, *envs.single_action_space.shape), strict=True):
            shown, reward, _, truncated, _ = env.step(some[world])
            assert (reward, truncated) == (step[1][world], step[3][world])
            if truncated:
                shown, _ = env.reset()
            assert as_bytes(shown) == as_bytes({key: values[world] for key, values in step[0].items()})


@pytest.mark.parametrize(("env_id", "arguments"), VARIANTS)
@pytest.mark.usefixtures("without_waiting")
def test_the_checkers_have_nothing_to_say(env_id, arguments):
    check_env(make(env_id, **arguments).unwrapped)
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(make(env_id, **arguments))


@pytest.mark.parametrize(("env_id", "arguments"), VARIANTS)
def test_a_copy_in_mid_episode_and_one_from_the_specification_go_on_alike(env_id, arguments):
    env = make(env_id, **arguments)
    again = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert as_bytes(env.reset(seed=0)) == as_bytes(again.reset(seed=0))
    first, *rest = random_actions(env.action_space, np.random.default_rng(0), 3)
    env.step(first)
    copy = pickle.loads(pickle.dumps(env))
    for action in rest:
        assert as_bytes(env.step(action)) == as_bytes(copy.step(action))
    assert as_bytes(env.reset()) == as_bytes(copy.reset())


@pytest.mark.parametrize(("env_id", "arguments"), VARIANTS)
def test_text_says_what_was_predicted_what_came_and_what_it_earned(env_id, arguments):
    env = make(env_id, render_mode="ansi", **arguments).unwrapped
    many = make_native(env_id, num_envs=2, render_mode="ansi", **arguments)
    with pytest.raises(gym.error.ResetNeeded):
        env.render()
    env.reset(seed=0)
    many.reset(seed=0)
    assert "predicted" not in env.render()
    assert many.render()[0] == env.render()
    names = env.family.action_names
    for action in random_actions(env.action_space, np.random.default_rng(0), 3 if env_id == CASES else 11):
        shown, reward, *_ = env.step(action)
        many.step(np.stack([action] * 2))
        symbol, coming = np.ravel(shown["observation"])[-1], np.ravel(shown["next_action"])[-1]
        picture, line = env.render().rsplit("\n", 1)
        assert f"[{symbol}]" in picture
        following = f", next {names[coming]}" if len(names) > 1 else ""  # what else could come?
        assert line == f"predicted {np.ravel(action)[-1]}, came {symbol}, reward {reward:.2g}{following}"
        assert many.render()[0] == env.render()
    many.reset()
    assert "predicted" not in "".join(many.render())
    assert make(env_id).unwrapped.render() is None


@pytest.mark.parametrize(
    ("env_id", "arguments", "message"),
    [
        (
            PREDICT,
            {"stream": "hippo/Moon-v0"},
            "no environment 'hippo/Moon-v0' to walk in: use one of hippo/Rectangle-v0",
        ),
        (EXPLORE, {"stream": PREDICT}, f"no environment '{PREDICT}' to walk in"),
        (PREDICT, {"walk_length": 1}, "walk_length must be a whole number of at least 2, got 1"),
        (CASES, {"walk_length": 7}, "A walk of this task has 6 steps and ends with what is scored, got 7"),
        (CASES, {"walk_length": 4}, "A walk of this task has 6 steps and ends with what is scored, got 4"),
        (PREDICT, {"window": 0}, "window must be a whole number of at least 1, got 0"),
        (PREDICT, {"width": 0}, "width must be a whole number of at least 1, got 0"),
    ],
)
def test_what_cannot_be_made_is_refused(env_id, arguments, message):
    for constructor in (make, partial(make_native, num_envs=2)):
        with pytest.raises(ValueError, match=message):
            constructor(env_id, **arguments)


@pytest.mark.parametrize(
    ("env_id", "action", "message"),
    [
        (PREDICT, 45, "Action 45 does not exist: use one of 0..44"),
        (PREDICT, -1, "Action -1 does not exist"),
        (PREDICT, "north", "Action 'north' does not exist: use one of 0..44, a whole number"),
        (PREDICT, None, "Action None does not exist"),
        (PREDICT, 1.0, "Action 1.0 does not exist"),
        (PREDICT, np.array([1]), r"Action array\(\[1\]\) does not exist"),
        (EXPLORE, (5, 0), r"Action \(5, 0\) does not exist: use a move in 0..4 and a prediction in 0..44"),
        (EXPLORE, (0, 45), r"Action \(0, 45\) does not exist"),
        (EXPLORE, (-1, 0), r"Action \(-1, 0\) does not exist"),
        (EXPLORE, (0, 1, 2), "two whole numbers, the next move and the prediction"),
        (EXPLORE, np.array([0.0, 1.0]), "two whole numbers"),
        (EXPLORE, "north", "got 'north': use a move in 0..4 and a prediction in 0..44"),
        (EXPLORE, None, "two whole numbers, .* got None"),
        (EXPLORE, 1, "two whole numbers, .* got 1"),
    ],
)
def test_wrong_actions_are_refused_and_nothing_moves(env_id, action, message):
    env, twin = make(env_id).unwrapped, make(env_id).unwrapped
    for some in (env, twin):
        some.reset(seed=0)
    with pytest.raises(ValueError, match=message):
        env.step(action)
    right = env.action_space.sample()
    assert as_bytes(env.step(right)) == as_bytes(twin.step(right))


@pytest.mark.parametrize(
    ("env_id", "actions", "message"),
    [
        (PREDICT, [0, 45], "Action 45 in world 1 does not exist"),
        (EXPLORE, [[0, 0], [5, 0]], r"Action \[5 0\] in world 1 does not exist: use a move in 0..4"),
        (EXPLORE, [[0, -1], [0, 0]], r"Action \[ 0 -1\] in world 0 does not exist"),
        (EXPLORE, [[0, 45], [0, 0]], r"Action \[ 0 45\] in world 0 does not exist"),
        (EXPLORE, [0, 0], r"two whole numbers, .* for each of the 2 worlds, got int64 of shape \(2,\)"),
        (EXPLORE, [[0.0, 0.0], [0.0, 0.0]], "got float64"),
        (EXPLORE, [[0, 0], [0]], r"as many numbers for each of the 2 worlds, got \[\[0, 0\], \[0\]\]"),
    ],
)
def test_the_vector_forms_refuse_wrong_actions_and_nothing_moves(env_id, actions, message):
    envs, twin = make_native(env_id, num_envs=2), make_native(env_id, num_envs=2)
    for some in (envs, twin):
        some.reset(seed=0)
    with pytest.raises(ValueError, match=message):
        envs.step(actions)
    right = np.zeros((2, *envs.single_action_space.shape), dtype=np.int64)
    assert_same(envs.step(right), twin.step(right))


@pytest.mark.parametrize(("env_id", "arguments"), [(PREDICT, {"window": 2}), (EXPLORE, {})])
def test_ppo_of_stable_baselines_runs_on_it(env_id, arguments, tmp_path, monkeypatch):
    stable_baselines3 = pytest.importorskip("stable_baselines3")
    monkeypatch.setenv("SB3_LOGDIR", str(tmp_path))
    env = make(env_id, width=3, n_observations=4, **arguments)
    settings = {"n_steps": 64, "batch_size": 32, "n_epochs": 1, "gamma": 0.0, "seed": 0, "device": "cpu"}
    model = stable_baselines3.PPO("MultiInputPolicy", env, **settings).learn(192)
    assert model.num_timesteps == 192
    assert model.predict(env.reset()[0])[0] in env.action_space
