"""Many worlds of every registered environment: the native vector form, and that of Gymnasium."""

from functools import partial

import gymnasium as gym
import networkx
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode

from hippo_envs import sample_mask
from tests.helpers.every_id import (
    LIGHT,
    as_bytes,
    assert_native_equals_sync,
    assert_same,
    for_every_id,
    make,
    make_native,
    one_of_each_kind,
    random_actions,
)

pytest_generate_tests = for_every_id


@pytest.mark.parametrize("spawned_id", one_of_each_kind())
def test_spawned_workers_know_the_id(spawned_id):
    """A process of their own for each world: of all ids in `make test-all`, of one of each kind in `make test`."""
    spawned = AsyncVectorEnv([partial(make, spawned_id)] * 2, context="spawn")
    native = make_native(spawned_id, num_envs=2)
    rng = np.random.default_rng(0)
    assert_same(spawned.reset(seed=11)[0], native.reset(seed=11)[0])
    for actions in random_actions(native.single_action_space, rng, 100).reshape(
        50, 2, *native.single_action_space.shape
    ):
        assert_same(spawned.step(actions)[:4], native.step(actions)[:4])
    spawned.close()


@pytest.mark.parametrize("n_steps", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("mode", AutoresetMode)
def test_native_equals_sync_with_mixed_ends(env_id, mode, n_steps):
    assert_native_equals_sync(env_id, mode, n_steps)


@pytest.mark.parametrize("mode", AutoresetMode)
@pytest.mark.parametrize("observation", ["dict", "one-hot"])
def test_native_equals_sync_in_every_form_and_when_remapped(observation, mode):
    extra = {"observation": observation, "remap_after": 9}
    for view in ("", "-Explore", "-Predict"):
        assert_native_equals_sync(f"hippo/Rectangle{view}-v0", mode, n_steps=1_000, **extra)


def test_a_list_of_seeds_and_a_partial_reset_seed_the_right_worlds(env_id):
    envs = make_native(env_id, num_envs=3)
    envs.reset(seed=[4, 5, 6])
    observations, _ = envs.reset(seed=[7, None, 9], options={"reset_mask": np.array([True, False, True])})
    alone = gym.make_vec(env_id, num_envs=3, vectorization_mode="sync", **LIGHT.get(env_id, {}))
    assert_same(observations, alone.reset(seed=[7, 5, 9])[0])


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.array([0, 99]), "Action 99 in world 1 does not exist"),
        (np.array([-1, 0]), "Action -1 in world 0 does not exist"),
        (np.array([0]), "one whole number for each of the 2 worlds"),
        (np.array([0.0, 1.0]), "one whole number for each of the 2 worlds"),
        ([[0], [0, 1]], r"as many numbers for each of the 2 worlds, got \[\[0\], \[0, 1\]\]"),
    ],
)
def test_the_vector_form_refuses_wrong_actions(stream_id, actions, message):
    envs = make_native(stream_id, num_envs=2)
    with pytest.raises(gym.error.ResetNeeded):
        envs.step(np.array([0, 0]))
    envs.reset(seed=0)
    with pytest.raises(ValueError, match=message):
        envs.step(actions)


@pytest.mark.parametrize("mask", [np.array([True]), np.array([False, False]), [True, False], np.array([1, 0])])
def test_the_vector_form_refuses_a_wrong_reset_mask(env_id, mask):
    envs = make_native(env_id, num_envs=2)
    envs.reset(seed=0)
    with pytest.raises(ValueError, match="reset_mask"):
        envs.reset(options={"reset_mask": mask})


def test_returned_arrays_are_the_callers_own(env_id):
    envs, twin = make_native(env_id, num_envs=4), make_native(env_id, num_envs=4)
    for some in (envs, twin):
        some.reset(seed=0)
    space = envs.single_action_space
    for actions in random_actions(space, np.random.default_rng(0), 600).reshape(150, 4, *space.shape):
        step = envs.step(actions)
        assert_same(step, twin.step(actions))
        overwrite(step)


def overwrite(values):
    """Set every array to 0, however nested."""
    if isinstance(values, dict):
        values = tuple(values.values())
    if isinstance(values, tuple):
        for value in values:
            overwrite(value)
    else:
        values[...] = 0


def test_nothing_is_drawn_before_there_are_worlds(env_id):
    envs = make_native(env_id, num_envs=2, render_mode="ansi")
    with pytest.raises(gym.error.ResetNeeded):
        envs.render()
    envs.reset(seed=0)
    assert len(envs.render()) == 2


@pytest.mark.parametrize(("n", "message"), [(0, "at least 1, got 0"), (2.5, "got 2.5"), ("x", "got 'x'")])
def test_a_limit_of_steps_that_is_none_is_refused(env_id, n, message):
    with pytest.raises(ValueError, match=f"max_episode_steps must be a whole number of .*{message}"):
        make_native(env_id, num_envs=2, max_episode_steps=n)


def test_seeds_and_masks_of_many_worlds_are_those_of_each(stream_id):
    envs = make_native(stream_id, num_envs=3, max_episode_steps=-1)
    assert envs.np_random_seed == (-1, -1, -1)
    _, info = envs.reset(seed=[5, None, 7])
    assert envs.np_random_seed == (5, -1, 7)
    np.testing.assert_array_equal(envs.action_masks(), info["action_mask"] == 1)
    for _ in range(3):
        assert not envs.step(np.zeros(3, dtype=np.int64))[3].any(), "-1 is no limit"


WHOLE_NUMBERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "uint64")


def steps_of(env_id, dtype, **arguments):
    """Some steps past an end in two worlds, with actions of one dtype; and, in a world by itself, with its scalars."""
    envs = make_native(env_id, num_envs=2, max_episode_steps=3, **arguments)
    first, _ = envs.reset(seed=5)
    rng = np.random.default_rng(0)
    steps = [first]
    for actions in random_actions(envs.single_action_space, rng, 10).reshape(5, 2, *envs.single_action_space.shape):
        few = np.minimum(actions, 100).astype(dtype)  # what int8 has room for
        steps.append(envs.step(few)[:4])
    alone = make(env_id, **arguments)
    alone.reset(seed=5)
    return steps, np.frombuffer(as_bytes(alone.step(few[0])[:4]), np.uint8)


def test_actions_are_whole_numbers_of_any_kind(env_id):
    expected = steps_of(env_id, "int64")
    for dtype in WHOLE_NUMBERS:
        assert_same(steps_of(env_id, dtype), expected)


def test_more_actions_than_a_small_number_has_room_for():
    wide = {"graph": networkx.star_graph(200), "observation": "dict"}
    expected = steps_of("hippo/Network-v0", "int64", **wide)
    for dtype in ("int8", "uint8", "uint64"):
        assert_same(steps_of("hippo/Network-v0", dtype, **wide), expected)


MODES = ("vector_entry_point", "sync")


def of_every_kind(env_id, **arguments):
    """One world, and two of them in each vector form."""
    vectors = [gym.make_vec(env_id, num_envs=2, vectorization_mode=mode, **LIGHT.get(env_id, {})) for mode in MODES]
    return make(env_id, **arguments), *vectors


def test_actions_are_sampled_by_what_info_says_in_every_mode(env_id):
    """And with open moves alone: a walk that is sampled so never stands where it is for want of an edge."""
    for envs in of_every_kind(env_id):
        _, info = envs.reset(seed=0)
        envs.action_space.seed(0)
        for _ in range(20):
            mask = sample_mask(envs.action_space, info)
            action = envs.action_space.sample(mask)
            assert action in envs.action_space
            if mask is not None:
                open_moves = np.atleast_2d(info["action_mask"])
                moves = np.reshape(action, (len(open_moves), -1))[:, 0]
                assert open_moves[np.arange(len(moves)), moves].all()
            *_, terminated, truncated, info = envs.step(action)
            if isinstance(envs, gym.Env) and (terminated or truncated):
                _, info = envs.reset()
        takes_masks = "Predict" not in env_id and "PatternMemory" not in env_id
        assert (mask is not None) == (takes_masks and not isinstance(envs.action_space, gym.spaces.Box))
    assert envs.unwrapped.__class__.__name__ == "SyncVectorEnv", "which was the last"


def test_what_worlds_have_is_asked_as_of_sync(env_id):
    native, sync = (
        gym.make_vec(env_id, num_envs=3, vectorization_mode=mode, **LIGHT.get(env_id, {})) for mode in MODES
    )
    for envs in (native, sync):
        envs.reset(seed=4)
        envs.step(np.zeros(envs.action_space.shape, dtype=np.int64))
    names = ["action_space", "observation_space", "np_random_seed", "render_mode"]
    names += ["node"] if env_id != "hippo/PatternMemory-v0" else []
    for name in names:
        assert native.get_attr(name) == sync.get_attr(name)
        assert list(map(type, native.get_attr(name))) == list(map(type, sync.get_attr(name)))
    if hasattr(native, "action_masks"):
        np.testing.assert_array_equal(native.call("action_masks"), sync.call("action_masks"))
    assert native.call("render") == sync.call("render") == (None,) * 3
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        native.get_attr("nothing_of_the_kind")
    with pytest.raises(ValueError, match="All 3 worlds step together"):
        native.call("step", 0)


def test_what_all_worlds_share_is_set_for_all(env_id):
    envs = make_native(env_id, num_envs=2)
    envs.set_attr("note", "a")
    assert envs.get_attr("note") == ("a", "a")
    envs.set_attr("note", ["b", "b"])
    assert envs.get_attr("note") == ("b", "b")
    for wrong, message in ((["a", "b"], "share 'note': give one value"), (["a"], "one for each of 2 worlds, got 1")):
        with pytest.raises(ValueError, match=message):
            envs.set_attr("note", wrong)
    with pytest.raises(ValueError, match="of each world its own"):
        envs.set_attr("np_random", 3)


def types_in(value):
    """Types and dtypes, however nested."""
    if isinstance(value, dict):
        return {key: types_in(each) for key, each in value.items()}
    return (type(value), getattr(value, "dtype", None))


@pytest.mark.parametrize("arguments", [{}, {"observation": "dict"}, {"observation": "one-hot"}], ids=str)
def test_last_observations_have_the_types_of_sync(env_id, arguments):
    if arguments.get("observation") == "dict" and env_id == "hippo/PatternMemory-v0":
        pytest.skip("is a dict as it is")
    last = []
    same_step = {"autoreset_mode": "SameStep"}
    for mode, more in zip(MODES, (same_step, {"vector_kwargs": same_step}), strict=True):
        arguments = {**LIGHT.get(env_id, {}), **arguments}
        steps = {} if env_id == "hippo/PatternMemory-v0" else {"max_episode_steps": 2}
        envs = gym.make_vec(env_id, num_envs=2, vectorization_mode=mode, **steps, **arguments, **more)
        envs.reset(seed=0)
        info = {}
        while "final_obs" not in info:
            info = envs.step(np.zeros(envs.action_space.shape, dtype=np.int64))[-1]
        last.append(types_in(info["final_obs"][0]))
    assert last[0] == last[1]


def test_info_has_arrays_and_scalars_of_numpy_as_readers_of_dtypes_want(env_id):
    env = make(env_id)
    _, before = env.reset(seed=0)
    after = env.step(np.zeros(env.action_space.shape, dtype=np.int64) if env.action_space.shape else 0)[-1]
    for info in (before, after):
        assert info
        assert all(hasattr(value, "dtype") for value in info.values())
