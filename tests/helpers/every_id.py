"""Environments of every id: made, stepped and compared."""

import hashlib

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from hippo_envs import ENVIRONMENTS

# Sizes at which ten thousand steps take no time, where those registered are large.
LIGHT = {"hippo/PatternMemory-v0": {"n_units": 40, "n_ones": 4, "n_stored": 9, "n_recalled": 7}}

STREAMS = [name for name, entry in ENVIRONMENTS.items() if entry.kind == "stream"]


def for_every_id(metafunc):
    """What a file of tests takes as its `pytest_generate_tests`, to run them with each `env_id` or `stream_id`.

    A stream is a walk on a graph: action = move, the node and the open moves in `info`.
    """
    own = {mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")}
    for name, ids in {"env_id": ENVIRONMENTS, "stream_id": STREAMS}.items():
        if name in metafunc.fixturenames and name not in own:
            metafunc.parametrize(name, ids)


def one_of_each_kind():
    """All ids, as parameters: the first of each kind for `make test`, the rest, which show the same, slow."""
    first = {entry.kind: name for name, entry in reversed(ENVIRONMENTS.items())}
    return [name if name in first.values() else pytest.param(name, marks=pytest.mark.slow) for name in ENVIRONMENTS]


def make(env_id, **arguments):
    return gym.make(f"hippo_envs:{env_id}", **{**LIGHT.get(env_id, {}), **arguments})


def make_native(env_id, **arguments):
    arguments = {**LIGHT.get(env_id, {}), **arguments}
    return gym.make_vec(f"hippo_envs:{env_id}", vectorization_mode="vector_entry_point", **arguments)


def random_actions(space, rng, n):
    """`n` actions in a row, the same under every version of Gymnasium."""
    if isinstance(space, gym.spaces.Discrete):
        return rng.integers(space.n, size=n)
    if isinstance(space, gym.spaces.MultiDiscrete):
        return rng.integers(space.nvec, size=(n, *space.shape))
    assert isinstance(space, gym.spaces.MultiBinary)
    return rng.integers(2, size=(n, *space.shape)).astype(np.int8)


def as_bytes(value):
    """Any observation, reward or info, in one spelling for every platform."""
    if isinstance(value, dict):
        return b"".join(key.encode() + as_bytes(value[key]) for key in sorted(value))
    if isinstance(value, tuple | list):
        return b"".join(map(as_bytes, value))
    array = np.asarray(value)
    return array.astype("<f8" if array.dtype.kind == "f" else "<i8").tobytes()


def stream_hash(env_id, n_steps=1_000):
    """SHA-256 of all that seeded episodes with seeded actions give back, and of where they are."""
    env = make(env_id)
    digest = hashlib.sha256(as_bytes(with_node(env, env.reset(seed=0))))
    for action in random_actions(env.action_space, np.random.default_rng(1), n_steps):
        step = env.step(action)
        digest.update(as_bytes(with_node(env, step)))
        if step[2] or step[3]:
            digest.update(as_bytes(with_node(env, env.reset())))
    return digest.hexdigest()


def with_node(env, given):
    """What `reset` or `step` gave back, the ground truth added to the info; pattern memory has no nodes.

    `is_success` is left out: it follows from the rewards, and has tests of its own.
    """
    *rest, info = given
    info = {key: value for key, value in info.items() if key != "is_success"}
    return *rest, info | ({"node": env.unwrapped.node} if hasattr(env.unwrapped, "node") else {})


def assert_same(one, other):
    """Equal values, types and keys, however nested."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        one, other = list(one.values()), [other[key] for key in one]
    if isinstance(one, tuple | list):
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    elif isinstance(one, np.ndarray) and one.dtype == object:
        assert one.shape == other.shape
        for a, b in zip(one, other, strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                assert as_bytes(a) == as_bytes(b)
    else:
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def assert_native_equals_sync(env_id, mode, n_steps, **extra):
    """Some worlds are reset early, by a mask, so that episodes end at different steps."""
    n = 5
    arguments = {"num_envs": n, "max_episode_steps": 23, **LIGHT.get(env_id, {}), **extra}
    native = gym.make_vec(env_id, vectorization_mode="vector_entry_point", autoreset_mode=mode, **arguments)
    sync = gym.make_vec(env_id, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, **arguments)
    rng = np.random.default_rng(0)
    assert native.metadata["autoreset_mode"] is mode
    assert_same(native.reset(seed=3), sync.reset(seed=3))
    ended, ends = np.zeros(n, dtype=bool), set()
    for t in range(n_steps // n):
        early = rng.random(n) < (0.4 if rng.random() < 0.1 else 0)
        to_reset = early | ended if mode is AutoresetMode.DISABLED else early
        if to_reset.any():
            masks = ({"reset_mask": to_reset.copy()} for _ in range(2))
            assert_same(native.reset(options=next(masks)), sync.reset(options=next(masks)))
        actions = random_actions(native.single_action_space, rng, n)
        step = native.step(actions)
        assert_same(step, sync.step(actions))
        if env_id != "hippo/PatternMemory-v0":
            assert native.unwrapped.node.tolist() == [env.unwrapped.node for env in sync.unwrapped.envs]
        ended = step[2] | step[3]
        ends.update((t % 23, world) for world in np.flatnonzero(ended))
    assert len({phase for phase, _ in ends}) > 5, "the ends were not mixed"
