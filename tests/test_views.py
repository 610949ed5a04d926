"""Predict and Explore: the rewarded views of a stream. What holds for every id is in test_environments.py."""

import pickle
from functools import partial
from itertools import pairwise

import gymnasium as gym
import numpy as np
import pytest

# The same checks as for every id, here with other arguments.
from every_id import as_bytes, assert_native_equals_sync, assert_same, make, make_native, random_actions
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

from hippo_envs import make_family, sample_walks
from hippo_envs.key_times import NEVER
from hippo_envs.references import two_back
from hippo_envs.scoring import count

PREDICT, EXPLORE = "hippo/Rectangle-Predict-v0", "hippo/Rectangle-Explore-v0"
CASES = "hippo/CaseSequence-Predict-v0"
STREAMS = ("hippo/Rectangle-v0", "hippo/Hexagonal-v0", "hippo/FamilyTree-v0")
REMAPPED = {"remap_after": 40, "remap_share": 0.8}
VARIANTS = [
    pytest.param(PREDICT, {}, id="predict"),
    pytest.param(PREDICT, {"walk_length": 12, "window": 3, "remap_after": 5}, id="predict-windows"),
    pytest.param("hippo/FamilyTree-Predict-v0", {"n_observations": 2}, id="predict-tree"),
    pytest.param(CASES, {"n_letters": 2}, id="predict-cases"),
    pytest.param(EXPLORE, {"width": 3, "n_observations": 2, "remap_after": 9}, id="explore"),
    pytest.param("hippo/FamilyTree-Explore-v0", {"n_observations": 2}, id="explore-tree"),
]


def episode(env, seed, choose):
    """(observation, reward, info and node) from the reset to the end; `choose` sees all of them so far."""
    observation, info = env.reset(seed=seed)
    steps, truncated = [(observation, 0, info | {"node": env.unwrapped.node})], False
    while not truncated:
        observation, reward, terminated, truncated, info = env.step(choose(steps))
        assert not terminated
        steps.append((observation, reward, info | {"node": env.unwrapped.node}))
    return steps


def return_of(steps):
    return sum(reward for _, reward, _ in steps)


# Predict


@pytest.mark.parametrize("arguments", [{}, REMAPPED], ids=["as it is", "remapped"])
@pytest.mark.parametrize("stream", STREAMS)
def test_the_walk_is_the_sampled_one_of_the_same_seed(stream, arguments):
    walks = sample_walks(make_family(stream, **arguments), range(3, 6), walk_length=100)
    env = make(stream.replace("-v0", "-Predict-v0"), walk_length=100, **arguments)
    for world, seed in enumerate(range(3, 6)):
        steps = episode(env, seed, lambda _: 0)
        assert [shown["observation"] for shown, _, _ in steps] == walks.observations[world].tolist()
        assert [shown["next_action"] for shown, _, _ in steps] == walks.actions[world].tolist()
        assert [info["node"] for *_, info in steps] == walks.nodes[world].tolist()
        assert [info["knowable"] for *_, info in steps] == (walks.observation_age[world] != NEVER).tolist()
        assert env.unwrapped.walks.nodes.tolist() == walks.nodes[[world]].tolist()


@pytest.mark.parametrize("arguments", [{}, REMAPPED], ids=["as it is", "remapped"])
@pytest.mark.parametrize("stream", STREAMS)
def test_one_who_remembers_what_every_node_showed_gets_one(stream, arguments):
    env = make(stream.replace("-v0", "-Predict-v0"), n_observations=1_000, **arguments)

    def remember(steps):
        shown_at = {info["node"]: shown["observation"] for shown, _, info in steps}
        return shown_at.get(env.unwrapped.walks.nodes[0, len(steps)], 0)

    for seed in range(5):
        steps = episode(env, seed, remember)
        paid = [reward > 0 for _, reward, _ in steps]
        assert return_of(steps) == pytest.approx(1, abs=1e-12)
        assert paid == [info["knowable"] for *_, info in steps]
        assert 0 < sum(paid) < len(paid) - 1


def test_the_return_of_any_predictions_is_their_accuracy_on_revisits():
    env = make(PREDICT, n_observations=4)

    def two_ago(steps):
        if len(steps) < 2:
            return (env.unwrapped.walks.observations[0, 1] + 1) % 4
        return steps[-2][0]["observation"]

    for seed in range(5):
        steps = episode(env, seed, two_ago)
        walks = env.unwrapped.walks
        right = count(two_back(walks), walks.revisit, bins=(128,))
        assert return_of(steps) == pytest.approx(right.correct.item() / right.total.item())


def test_of_a_case_sequence_only_the_answer_counts():
    env = make(CASES, n_letters=3, context=2)
    for seed in range(5):
        env.reset(seed=seed)
        symbols = env.unwrapped.walks.observations[0]
        assert len(symbols) == 4
        steps = [env.step(symbol) for symbol in symbols[1:]]
        assert [step[1] for step in steps] == [0, 0, 1]
        assert [step[2:4] for step in steps] == [(False, False), (False, False), (False, True)]
        assert [step[4]["knowable"] for step in steps] == [False, False, True]
        env.reset(seed=seed)
        assert [env.step(0)[1] for _ in symbols[1:]] == [0, 0, 0]


def test_windows_hold_the_last_of_each_and_are_filled_up_in_front():
    plain, windows = make(PREDICT, n_observations=7), make(PREDICT, n_observations=7, window=3)
    seen = [(7, 5), (7, 5)]
    one, _ = plain.reset(seed=1)
    many, _ = windows.reset(seed=1)
    for _ in range(20):
        seen.append((one["observation"], one["next_action"]))
        assert many in windows.observation_space
        assert [*zip(many["observation"].tolist(), many["next_action"].tolist(), strict=True)] == seen[-3:]
        one, many = plain.step(0)[0], windows.step(0)[0]


def test_a_smaller_limit_cuts_the_walk_short_and_a_larger_one_does_not_matter():
    for limit, ends in ((4, 4), (50, 9)):
        env = make(PREDICT, walk_length=10, max_episode_steps=limit)
        assert len(episode(env, 0, lambda _: 0)) == ends + 1
        assert make_native(PREDICT, num_envs=2, walk_length=10, max_episode_steps=limit).max_episode_steps == ends


def test_a_walk_that_is_over_goes_no_further():
    env = make(PREDICT, walk_length=3).unwrapped
    with pytest.raises(gym.error.ResetNeeded, match="no walk yet"):
        env.step(0)
    env.reset(seed=0)
    env.step(0)
    assert env.step(0)[3]
    with pytest.raises(gym.error.ResetNeeded, match="is over"):
        env.step(0)


# Explore


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


# Both


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
    assert_native_equals_sync(env_id, mode, n_steps=2_000, **arguments)


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
def test_text_says_what_was_predicted_and_what_came(env_id, arguments):
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
        shown = env.step(action)[0]
        many.step(np.stack([action] * 2))
        symbol, coming = np.ravel(shown["observation"])[-1], np.ravel(shown["next_action"])[-1]
        picture, line = env.render().rsplit("\n", 1)
        assert f"[{symbol}]" in picture
        assert line == f"predicted {np.ravel(action)[-1]}, came {symbol}, next {names[coming]}"
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


@pytest.mark.parametrize("view", [PREDICT, CASES])
def test_walks_end_by_truncation_even_where_the_task_is_over_and_the_page_says_so(view):
    env = make(view).unwrapped
    env.reset(seed=0)
    ends = [env.step(0)[2:4] for _ in range(env.walk_length - 1)]
    assert ends == [(False, False)] * (env.walk_length - 2) + [(False, True)]
    said = " ".join(env.__doc__.partition("## Episode End")[2].partition("##")[0].split())
    assert "A case sequence is over with its answer, and is reported in the same way." in said
