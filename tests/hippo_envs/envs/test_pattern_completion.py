from collections import Counter
from itertools import product

import gymnasium as gym
import numpy as np
import pytest

from hippo_envs import make_family, sample_walks
from hippo_envs.ceilings import bayes_filter, bayes_from_actions
from hippo_envs.references import markov
from hippo_envs.scoring import answers_of, score

NAME = "hippo/PatternCompletion-v0"
SIZES = ({}, {"n_units": 3, "n_stored": 2, "n_recalled": 5, "n_cued": 1, "n_observations": 2}, {"n_stored": 1})


def streams(n=200, **arguments):
    """Walks, and their symbols by pattern: stored (n, P, U) and recalled (n, R, U)."""
    family = make_family(NAME, **arguments)
    walks = sample_walks(family, range(n), family.walk_length)
    patterns = walks.observations.reshape(n, -1, family.n_units)
    return family, walks, patterns[:, : family.n_stored], patterns[:, family.n_stored :]


@pytest.mark.parametrize("arguments", SIZES)
def test_what_is_recalled_was_stored_and_every_pattern_comes_back_as_often(arguments):
    family, _, stored, recalled = streams(2_000, **arguments)
    assert recalled.shape[1] == family.n_recalled
    same = (recalled[:, :, None] == stored[:, None]).all(axis=3)
    assert same.any(axis=2).all()
    only_one = same.sum(axis=2) == 1  # patterns may be the same by chance
    if only_one.any():
        share = same[only_one].mean(axis=0)
        np.testing.assert_allclose(share, 1 / family.n_stored, atol=5 * np.sqrt(1 / only_one.sum()))


def test_symbols_of_patterns_are_uniform_and_independent():
    _, _, stored, _ = streams(5_000, n_observations=4, n_units=3, n_stored=2)
    counts = np.unique(stored.reshape(5_000, -1) @ 4 ** np.arange(6), return_counts=True)[1]
    assert len(counts) > 2_800  # of 4,096, each with probability .705
    for unit in range(6):
        shares = np.bincount(stored.reshape(5_000, -1)[:, unit], minlength=4) / 5_000
        np.testing.assert_allclose(shares, 1 / 4, atol=0.03)


def test_the_action_says_which_unit_comes_and_is_the_only_one():
    family, walks, _, _ = streams(3)
    np.testing.assert_array_equal(walks.actions[:, :-1] % 5, np.tile(np.arange(1, 60) % 5, (3, 1)))
    assert (family.union.n_choices == 1).all()


@pytest.mark.parametrize("walk_length", [1, 41, 58, 60, 90])
def test_the_mask_is_what_follows_each_cue_however_long_the_walk(walk_length):
    walks = sample_walks(make_family(NAME), range(3), walk_length)
    expected = [40 <= step < 60 and step % 5 >= 2 for step in range(walk_length)]
    np.testing.assert_array_equal(walks.knowable, np.tile(expected, (3, 1)))
    np.testing.assert_array_equal(walks.worlds.family.scored(walks), walks.knowable)
    assert bayes_filter(walks).correct.shape == (3, walk_length)


@pytest.mark.parametrize("arguments", SIZES)
def test_the_ceiling_is_the_most_probable_symbol_given_the_patterns_and_the_cue(arguments):
    """Counted pattern by pattern, in lists."""
    family, walks, stored, recalled = streams(60, **arguments)
    answers = bayes_filter(walks)
    first = family.n_stored * family.n_units
    assert not answers.known[:, :first].any()
    for world, (r, unit) in product(range(60), np.ndindex(recalled.shape[1:])):
        begins = recalled[world, r, :unit].tolist()
        votes = Counter(p[unit] for p in stored[world].tolist() if p[:unit] == begins)
        step = first + r * family.n_units + unit
        is_known = len({votes[symbol] for symbol in range(family.n_observations)}) > 1
        best = min(symbol for symbol in votes if votes[symbol] == max(votes.values()))
        assert answers.known[world, step] == is_known
        assert answers.correct[world, step] == (is_known and best == recalled[world, r, unit])
    actions_only = bayes_from_actions(walks)
    np.testing.assert_array_equal(actions_only.correct, answers.correct)


def test_no_place_and_no_time_completes_a_pattern_but_its_beginning_does():
    """From the bottom to the top: chance, what most patterns have at a unit, one symbol of context, two, all of it."""
    _, walks, stored, _ = streams(2_000, n_observations=10)
    votes = (stored[:, :, :, None] == np.arange(10)).sum(axis=1).argmax(axis=2)  # (n, U)
    guesses = np.concatenate([stored.reshape(2_000, -1), np.tile(votes, (1, 4))], axis=1)
    by_unit, one, two, best = (
        score(answers, walks, ("knowable",))["knowable"].accuracy(10)
        for answers in (answers_of(guesses, walks), markov(walks, 1), markov(walks, 2), bayes_filter(walks))
    )
    assert 0.2 < by_unit < 0.35
    assert by_unit + 0.3 < one < two - 0.1
    assert two < best < 1


def test_an_episode_ends_with_the_last_symbol():
    env = gym.make(f"hippo_envs:{NAME}", n_units=3, n_stored=2, n_recalled=1)
    observation, info = env.reset(seed=0)
    seen, terminated = [observation], False
    while not terminated:
        (action,) = np.flatnonzero(info["action_mask"])
        observation, reward, terminated, truncated, info = env.step(action)
        seen.append(observation)
        assert (reward, truncated) == (0, False)
    assert len(seen) == 9
    assert seen[6:] in (seen[:3], seen[3:6])


def test_other_actions_lead_nowhere_and_cost_a_step():
    env = gym.make(f"hippo_envs:{NAME}", n_units=3, n_stored=2, n_recalled=1)
    observation, info = env.reset(seed=0)
    (action,) = np.flatnonzero(info["action_mask"])
    steps = [env.step((action + 1) % 3) for _ in range(8)]
    assert all(same == observation for same, *_ in steps)
    assert [(terminated, truncated) for _, _, terminated, truncated, _ in steps] == [(False, False)] * 7 + [
        (False, True)
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_units": 1}, "n_units must be a whole number of at least 2, got 1"),
        ({"n_stored": 0}, "n_stored must be a whole number of at least 1, got 0"),
        ({"n_recalled": 0}, "n_recalled must be a whole number of at least 1, got 0"),
        ({"n_cued": 0}, "n_cued must be a whole number of at least 1, got 0"),
        ({"n_cued": 5}, "leaves one or more to complete, got n_cued=5"),
        ({"remap_after": 9}, "nothing to remap, got remap_after=9"),
    ],
)
def test_patterns_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_family(NAME, **arguments)
