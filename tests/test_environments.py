"""Every registered environment, by being registered."""

import hashlib
import json
import pickle
import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AsyncVectorEnv, AutoresetMode

from hippo_envs import ENVIRONMENTS, make_family, register_environments, sample_walks

# SHA-256 of `stream` below. A change means that results change: then the environment's version goes up.
GOLDEN_STREAMS = {
    "hippo/Rectangle-v0": "9c7bc3d9d4a45764d218c6be97da6b029e154654604766390c8116d7684fd18d",
    "hippo/Hexagonal-v0": "53461f2e7ec0ff3ac54e173c4c0adabf6deb5fa0eb45b13094fcc8b3fdbda6ba",
    "hippo/FamilyTree-v0": "c836339ba6f6f38ae2c4b210a2a65e3c7058fe9e7d411ea203c0ee0de4e6be3c",
}

SECTIONS = [
    "Description",
    "Action Space",
    "Observation Space",
    "Rewards",
    "Starting State",
    "Episode End",
    "Information",
    "Arguments",
    "Vectorized environment",
    "Scoring",
    "Reference scores",
    "References",
    "Version History",
]


@pytest.fixture(params=ENVIRONMENTS)
def env_id(request):
    return request.param


def make(env_id, **arguments):
    return gym.make(f"hippo_envs:{env_id}", **arguments)


def stream(env_id, n_steps=1_000):
    """Observations, nodes and masks of a seeded episode with seeded actions."""
    env = make(env_id, max_episode_steps=n_steps).unwrapped
    actions = np.random.default_rng(1).integers(env.action_space.n, size=n_steps).tolist()
    observation, info = env.reset(seed=0)
    rows = [[observation, info["node"], *info["action_mask"].tolist()]]
    for action in actions:
        observation, _, _, _, info = env.step(action)
        rows.append([observation, info["node"], *info["action_mask"].tolist()])
    return np.array(rows, dtype="<i8")


def test_the_checker_of_gymnasium_has_nothing_to_say(env_id):
    check_env(make(env_id).unwrapped)


def test_the_checker_of_stable_baselines_has_nothing_to_say(env_id):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(make(env_id))


def test_streams_are_what_they_were(env_id):
    assert hashlib.sha256(stream(env_id).tobytes()).hexdigest() == GOLDEN_STREAMS[env_id]


def test_another_process_with_other_hashes_gives_the_same_stream(env_id):
    program = (
        "import sys; sys.path.insert(0, 'tests'); from test_environments import stream; import hashlib;"
        f"print(hashlib.sha256(stream({env_id!r}).tobytes()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "123"}
    )
    assert run.stdout.strip() == hashlib.sha256(stream(env_id).tobytes()).hexdigest()


def test_a_stepped_episode_equals_the_sampled_walk(env_id):
    walks = sample_walks(make_family(env_id), range(5, 15), walk_length=100)
    for world, seed in enumerate(range(5, 15)):
        env = make(env_id)
        observation, info = env.reset(seed=seed)
        for t in range(100):
            assert observation == walks.observations[world, t]
            assert info["node"] == walks.nodes[world, t]
            assert info["action_mask"][walks.actions[world, t]] == 1
            observation, *_, info = env.step(walks.actions[world, t])


def test_the_same_seed_gives_the_same_world_and_generator(env_id):
    first, second = make(env_id).unwrapped, make(env_id).unwrapped
    assert first.reset(seed=3)[0] == second.reset(seed=3)[0]
    assert first.np_random.bit_generator.state == second.np_random.bit_generator.state
    assert first.reset(options={})[0] == second.reset()[0], "without a seed the stream goes on"
    np.testing.assert_array_equal(first.world.observation_at, second.world.observation_at)


def test_two_resets_without_a_seed_give_two_worlds(env_id):
    env = make(env_id).unwrapped
    env.reset(seed=0)
    first = env.world.observation_at.tolist()
    env.reset()
    assert env.world.observation_at.tolist() != first


def test_an_action_without_an_edge_leaves_the_agent_where_it_is(env_id):
    env = make(env_id).unwrapped
    blocked = 0
    for seed in range(50):
        observation, info = env.reset(seed=seed)
        for action in np.flatnonzero(info["action_mask"] == 0):
            after, reward, terminated, truncated, later = env.step(int(action))
            assert (after, later["node"], reward, terminated, truncated) == (observation, info["node"], 0, False, False)
            blocked += 1
    assert blocked > 0


def test_masks_are_fresh_fit_the_action_space_and_agree(env_id):
    env = make(env_id).unwrapped
    _, info = env.reset(seed=0)
    assert env.action_space.sample(info["action_mask"]) in env.action_space
    np.testing.assert_array_equal(env.action_masks(), info["action_mask"] == 1)
    info["action_mask"][:] = 0
    assert env.action_masks().any()


@pytest.mark.parametrize("action", [-1, 99])
def test_an_action_out_of_range_is_refused_and_nothing_moves(env_id, action):
    env = make(env_id).unwrapped
    _, info = env.reset(seed=0)
    with pytest.raises(ValueError, match=rf"Action {action} does not exist: use one of 0..\d+"):
        env.step(action)
    np.testing.assert_array_equal(env.action_masks(), info["action_mask"] == 1)


def test_stepping_before_reset_is_refused(env_id):
    env = make(env_id).unwrapped
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)
    with pytest.raises(gym.error.ResetNeeded):
        env.action_masks()


def test_an_unknown_keyword_is_a_type_error(env_id):
    with pytest.raises(TypeError, match="colour"):
        make(env_id, colour="red")


def test_pickling_in_mid_episode_goes_on_alike(env_id):
    env = make(env_id)
    env.reset(seed=0)
    env.step(0)
    copy = pickle.loads(pickle.dumps(env))
    for action in [1, 0, 1, 2, 3] * 4:
        one, other = env.step(action), copy.step(action)
        assert one[:4] == other[:4]
        assert one[4]["node"] == other[4]["node"]
    assert env.reset()[0] == copy.reset()[0]


def test_the_specification_survives_json(env_id):
    spec = make(env_id).spec
    again = gym.envs.registration.EnvSpec.from_json(spec.to_json())
    json.loads(spec.to_json())
    assert gym.make(again).reset(seed=0)[0] == make(env_id).reset(seed=0)[0]


def test_registering_again_changes_nothing(env_id):
    before = gym.spec(env_id)
    register_environments()
    assert gym.spec(env_id) is before


def test_the_class_documents_itself(env_id):
    doc = type(make(env_id).unwrapped).__doc__
    titles = [line.strip().removeprefix("## ") for line in doc.splitlines() if line.strip().startswith("## ")]
    assert titles == SECTIONS


def test_spawned_workers_know_the_id(env_id):
    def make_one():
        return gym.make(f"hippo_envs:{env_id}")

    spawned = AsyncVectorEnv([make_one] * 2, context="spawn")
    native = gym.make_vec(f"hippo_envs:{env_id}", num_envs=2, vectorization_mode="vector_entry_point")
    np.testing.assert_array_equal(spawned.reset(seed=11)[0], native.reset(seed=11)[0])
    for actions in np.random.default_rng(0).integers(native.single_action_space.n, size=(50, 2)):
        np.testing.assert_array_equal(spawned.step(actions)[0], native.step(actions)[0])
    spawned.close()


def assert_same(one, other):
    """Equal values, types and keys, however nested."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        one, other = list(one.values()), [other[key] for key in one]
    if isinstance(one, tuple | list):
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    else:
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("mode", AutoresetMode)
def test_native_equals_sync_for_10_000_steps_with_mixed_ends(env_id, mode):
    """Some worlds are reset early, by a mask, so that episodes end at different steps."""
    n = 5
    arguments = {"num_envs": n, "max_episode_steps": 23}
    native = gym.make_vec(env_id, vectorization_mode="vector_entry_point", autoreset_mode=mode, **arguments)
    sync = gym.make_vec(env_id, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, **arguments)
    rng = np.random.default_rng(0)
    assert native.metadata["autoreset_mode"] is mode
    assert_same(native.reset(seed=3), sync.reset(seed=3))
    ended, ends = np.zeros(n, dtype=bool), set()
    for t in range(10_000 // n):
        early = rng.random(n) < (0.4 if rng.random() < 0.05 else 0)
        to_reset = early | ended if mode is AutoresetMode.DISABLED else early
        if to_reset.any():
            masks = ({"reset_mask": to_reset.copy()} for _ in range(2))
            assert_same(native.reset(options=next(masks)), sync.reset(options=next(masks)))
        actions = rng.integers(native.single_action_space.n, size=n)
        step = native.step(actions)
        assert_same(step, sync.step(actions))
        ended = step[3]
        ends.update((t % 23, world) for world in np.flatnonzero(ended))
    assert len({phase for phase, _ in ends}) > 10, "the ends were not mixed"


def test_a_list_of_seeds_and_a_partial_reset_seed_the_right_worlds(env_id):
    envs = gym.make_vec(env_id, num_envs=3, vectorization_mode="vector_entry_point")
    envs.reset(seed=[4, 5, 6])
    observations, _ = envs.reset(seed=[7, None, 9], options={"reset_mask": np.array([True, False, True])})
    alone = [make(env_id).reset(seed=seed)[0] for seed in (7, 5, 9)]
    assert observations.tolist() == alone


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.array([0, 99]), "Action 99 in world 1 does not exist"),
        (np.array([-1, 0]), "Action -1 in world 0 does not exist"),
        (np.array([0]), "one whole number for each of the 2 worlds"),
        (np.array([0.0, 1.0]), "one whole number for each of the 2 worlds"),
    ],
)
def test_the_vector_form_refuses_wrong_actions(env_id, actions, message):
    envs = gym.make_vec(env_id, num_envs=2, vectorization_mode="vector_entry_point")
    with pytest.raises(gym.error.ResetNeeded):
        envs.step(np.array([0, 0]))
    envs.reset(seed=0)
    with pytest.raises(ValueError, match=message):
        envs.step(actions)


@pytest.mark.parametrize("mask", [np.array([True]), np.array([False, False]), [True, False], np.array([1, 0])])
def test_the_vector_form_refuses_a_wrong_reset_mask(env_id, mask):
    envs = gym.make_vec(env_id, num_envs=2, vectorization_mode="vector_entry_point")
    envs.reset(seed=0)
    with pytest.raises(ValueError, match="reset_mask"):
        envs.reset(options={"reset_mask": mask})


def test_returned_arrays_are_the_callers_own(env_id):
    envs = gym.make_vec(env_id, num_envs=4, vectorization_mode="vector_entry_point")
    twin = gym.make_vec(env_id, num_envs=4, vectorization_mode="vector_entry_point")
    for some in (envs, twin):
        some.reset(seed=0)
    for actions in np.random.default_rng(0).integers(2, size=(300, 4)):
        step = envs.step(actions)
        assert_same(step, twin.step(actions))
        for array in (*step[:4], *step[4].values()):
            array[...] = 0
