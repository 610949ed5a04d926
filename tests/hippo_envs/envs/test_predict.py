"""Predict: what the walk is, what pays, and where it ends."""

import gymnasium as gym
import numpy as np
import pytest

from hippo_envs import make_family, sample_walks
from hippo_envs.references import two_back
from hippo_envs.scoring import count
from hippo_envs.walking.first_visits import NEVER
from tests.helpers.every_id import make, make_native
from tests.helpers.viewed import CASES, PREDICT, REMAPPED, STREAMS, episode, return_of


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
        native = make_native(PREDICT, num_envs=2, walk_length=10, max_episode_steps=limit)
        native.reset(seed=0)
        truncated = [native.step(np.zeros(2, dtype=np.int64))[3].all() for _ in range(ends)]
        assert truncated == [False] * (ends - 1) + [True]


def test_a_walk_that_is_over_goes_no_further():
    env = make(PREDICT, walk_length=3).unwrapped
    with pytest.raises(gym.error.ResetNeeded, match="no walk yet"):
        env.step(0)
    env.reset(seed=0)
    env.step(0)
    assert env.step(0)[3]
    with pytest.raises(gym.error.ResetNeeded, match="is over"):
        env.step(0)


@pytest.mark.parametrize("view", [PREDICT, CASES])
def test_walks_end_by_truncation_even_where_the_task_is_over_and_the_page_says_so(view):
    env = make(view).unwrapped
    env.reset(seed=0)
    ends = [env.step(0)[2:4] for _ in range(env.walk_length - 1)]
    assert ends == [(False, False)] * (env.walk_length - 2) + [(False, True)]
    said = " ".join(env.__doc__.partition("## Episode End")[2].partition("##")[0].split())
    assert "A case sequence is over with its answer, and is reported in the same way." in said
