"""Explore: which passages pay, and which moves are open."""

from itertools import pairwise

import gymnasium as gym
import numpy as np
import pytest

from tests.helpers.every_id import make, make_native, random_actions
from tests.helpers.viewed import EXPLORE, REMAPPED, STREAMS, episode


@pytest.mark.parametrize("arguments", [{}, REMAPPED], ids=["as it is", "remapped"])
@pytest.mark.parametrize("stream", STREAMS)
def test_first_passages_into_seen_nodes_pay_and_nothing_else(stream, arguments):
    """Recomputed from a walk in the stream itself, which also tells where the masks have to be those of."""
    plain = make(stream, n_observations=2, max_episode_steps=1_000, **arguments)
    env = make(stream.replace("-v0", "-Explore-v0"), n_observations=2, max_episode_steps=300, **arguments)
    rng, paid, blocked = np.random.default_rng(0), 0, 0
    for seed in range(3):
        symbol, ahead = plain.reset(seed=seed)
        observation, info = env.reset(seed=seed)
        assert (observation["observation"], env.unwrapped.node) == (symbol, plain.unwrapped.node)
        assert ahead["action_mask"][observation["next_action"]] == 1
        node = plain.unwrapped.node
        nodes, seen, passages, truncated = [node], {node}, set(), False
        while not truncated:
            committed = observation["next_action"]
            blocked += int(ahead["action_mask"][committed] == 0)
            symbol, _, _, _, ahead = plain.step(committed)
            node = plain.unwrapped.node
            np.testing.assert_array_equal(info["action_mask"], ahead["action_mask"])
            move, prediction = random_actions(env.action_space, rng, 1)[0]
            observation, reward, terminated, truncated, info = env.step((move, prediction))
            if len(nodes) == arguments.get("remap_after"):
                world = plain.unwrapped.world
                changed = np.flatnonzero(world.observation_at != world.observation_later)
                seen -= set(changed.tolist())
            passage = frozenset((nodes[-1], node))
            first = passage not in passages and len(passage) == 2
            assert reward == float(first and node in seen and prediction == symbol)
            assert observation == {"observation": symbol, "next_action": move}
            assert (env.unwrapped.node, terminated) == (node, False)
            paid += reward
            nodes.append(node)
            seen.add(node)
            passages.add(passage)
    assert paid > 20
    assert blocked > 30


def test_the_first_move_is_any_of_the_open_ones_wherever_it_starts():
    env = make(EXPLORE, width=(2, 2)).unwrapped
    starts = set()
    for seed in range(300):
        shown, _ = env.reset(seed=seed)
        starts.add((env._place, shown["next_action"]))
    assert starts == {*zip(*np.nonzero(env.family.union.available), strict=True)}


def always_right(env, moves):
    """The rewards of one who knows the world and commits these moves."""
    rewards = []
    for move in moves:
        base = env.unwrapped
        place = base.family.union.arrival[base._place, base._committed]
        rewards.append(env.step((move, base._observation_at[place - base._offset]))[1])
    return rewards


def test_neither_shuttling_between_two_nodes_nor_staying_ever_pays():
    env = make(EXPLORE)
    back = [2, 3, 0, 1, 4]
    for seed in range(20):
        first = env.reset(seed=seed)[0]["next_action"]
        rewards = always_right(env, [back[first], first] * 50)
        assert sum(rewards) == 0
        env.reset(seed=seed)
        assert sum(always_right(env, [4] * 100)) == 0


def test_round_a_block_the_last_edge_pays_and_none_on_the_way_back():
    """East, north, west are new nodes; south closes the block; then the other way round, and both ways again."""
    env = make(EXPLORE, width=2, height=2)
    seed = next(
        seed for seed in range(100) if env.reset(seed=seed) and (env.unwrapped.node, env.unwrapped._committed) == (0, 0)
    )
    env.reset(seed=seed)
    there, back = [0, 1, 2, 3], [1, 0, 3, 2]
    rewards = always_right(env, [*there[1:], *back, *there, *back, 4])
    assert rewards == [0, 0, 0, 1, *[0] * 12]


def test_the_flat_mask_fits_the_action_space():
    env = make(EXPLORE, width=3, n_observations=6)
    many = make_native(EXPLORE, num_envs=3, width=3, n_observations=6)
    with pytest.raises(gym.error.ResetNeeded):
        env.unwrapped.action_masks()
    with pytest.raises(gym.error.ResetNeeded):
        many.action_masks()
    _, info = env.reset(seed=0)
    many.reset(seed=0)
    for _ in range(50):
        flat = env.unwrapped.action_masks()
        assert flat.dtype == bool
        assert flat.tolist() == [*(info["action_mask"] == 1), *[True] * 6]
        np.testing.assert_array_equal(many.action_masks()[0], flat)
        moves, predictions = np.split(flat.astype(np.int8), [5])
        action = env.action_space.sample(mask=(moves, predictions))
        _, _, _, _, info = env.step(action)
        many.step(np.stack([action] * 3))


def test_who_follows_the_mask_never_meets_a_wall():
    env = make(EXPLORE, width=3, stay=False)
    rng = np.random.default_rng(0)
    steps = episode(env, 0, lambda steps: (rng.choice(np.flatnonzero(steps[-1][2]["action_mask"])), 0))
    assert all(one["node"] != other["node"] for (*_, one), (*_, other) in pairwise(steps))


def test_a_stream_that_ends_cannot_be_explored():
    with pytest.raises(ValueError, match="'hippo/CaseSequence-v0' come to an end"):
        make(EXPLORE, stream="hippo/CaseSequence-v0")
