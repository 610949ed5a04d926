from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest

from hippo_envs import Graph, UniformPolicy, WorldFamily, make_family, sample_walks
from hippo_envs.scoring import answers_of, score


@pytest.mark.parametrize(("n_letters", "context"), [(4, 4), (4, 2), (1, 1), (26, 26), (26, 5)])
def test_the_answer_is_the_case_in_which_the_query_was_shown(n_letters, context):
    family = make_family("hippo/CaseSequence-v0", n_letters=n_letters, context=context)
    walks = sample_walks(family, range(300), context + 2)
    for *shown, query, answer in walks.observations.tolist():
        words = [family.alphabet[token] for token in (*shown, query, answer)]
        letters = [word.lower() for word in words[:context]]
        assert len(set(letters)) == context, "every letter type at most once"
        assert set(letters) <= {chr(ord("a") + i) for i in range(n_letters)}
        asked = words[context].removesuffix("?")
        case = "upper" if asked.upper() in words[:context] else "lower"
        assert asked in letters
        assert words[-1] == case


def test_sequences_are_uniform():
    """Order, cases and query are independent and fair: 24 orders, 16 cases, 4 places, each as often as it should be."""
    walks = sample_walks(make_family("hippo/CaseSequence-v0"), range(24_000), 6)
    letters, upper = walks.observations[:, :4] % 4, walks.observations[:, :4] >= 4
    place = (letters == (walks.observations[:, 4] % 4)[:, None]).argmax(axis=1)
    for labels, n_kinds in (
        (letters @ [64, 16, 4, 1], 24),
        (upper @ [8, 4, 2, 1], 16),
        (place, 4),
        (upper @ [8, 4, 2, 1] * 4 + place, 64),
    ):
        counts = np.unique(labels, return_counts=True)[1]
        assert len(counts) == n_kinds
        chi_squared = ((counts - 24_000 / n_kinds) ** 2 / (24_000 / n_kinds)).sum()
        assert chi_squared < n_kinds + 5 * np.sqrt(2 * n_kinds), "more than five standard deviations"


def test_the_episode_ends_with_the_answer():
    env = gym.make("hippo_envs:hippo/CaseSequence-v0", n_letters=5, context=3)
    observation, _ = env.reset(seed=0)
    seen = [observation]
    terminated = False
    while not terminated:
        observation, reward, terminated, truncated, _ = env.step(0)
        seen.append(observation)
        assert not truncated
        assert reward == 0
    assert len(seen) == 5
    assert seen[-1] in (15, 16)


def test_the_mask_is_the_last_step_and_the_ceiling_knows_it():
    family = make_family("hippo/CaseSequence-v0")
    walks = sample_walks(family, range(50), family.walk_length)
    np.testing.assert_array_equal(walks.last, family.scored(walks))
    assert score(family.ceiling(walks), walks, ("last",))["last"].accuracy(14) == 1.0
    always_lower = answers_of(np.full(walks.observations.shape, 12), walks)
    assert 0.3 < score(always_lower, walks, ("last",))["last"].accuracy(14) < 0.7


@pytest.mark.parametrize("walk_length", [3, 4, 5, 6, 7, 40])
def test_only_the_arrival_of_the_answer_is_last_however_long_the_walk(walk_length):
    """A walk that is cut before it has no answer; one that stays at the end is not asked again."""
    walks = sample_walks(make_family("hippo/CaseSequence-v0"), range(20), walk_length)
    expected = np.arange(walk_length) == 5
    np.testing.assert_array_equal(walks.last, np.tile(expected, (20, 1)))
    np.testing.assert_array_equal(walks.worlds.family.scored(walks), walks.last)


def test_a_world_without_an_end_has_its_last_step_last_and_one_with_an_end_its_first_visit_there():
    back_and_forth = Graph(np.array([[1], [0]]), np.zeros((2, 2)), ("go",), start_nodes=[0])
    for ending, steps in ((back_and_forth, [4]), (replace(back_and_forth, end_nodes=[1]), [1])):
        last = sample_walks(WorldFamily((ending,), 3, UniformPolicy()), [0], 5).last
        assert np.flatnonzero(last[0]).tolist() == steps


@pytest.mark.parametrize(("n_letters", "context"), [(4, 4), (5, 3), (3, 1), (1, 1)])
def test_the_ceiling_is_right_as_often_as_anyone_who_knows_the_rules(n_letters, context):
    """A letter to come in 1 / 2 of the cases for each that is left, the query in 1 / C, the answer always."""
    family = make_family("hippo/CaseSequence-v0", n_letters=n_letters, context=context)
    walks = sample_walks(family, range(20_000), family.walk_length)
    expected = [0.0, *(1 / (2 * (n_letters - t)) for t in range(1, context)), 1 / context, 1.0]
    answers = family.ceiling(walks)
    np.testing.assert_allclose(answers.correct.mean(axis=0), expected, atol=0.015)
    assert answers.known[:, 1:].all()
    assert not answers.known[:, 0].any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_letters": 0}, "n_letters must be a whole number of at least 1, got 0"),
        ({"n_letters": 27}, "got 27"),
        ({"context": 5}, "there are 1 to 4 of them, got 5"),
        ({"remap_after": 2}, "nothing to remap, got remap_after=2"),
    ],
)
def test_sequences_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_family("hippo/CaseSequence-v0", **arguments)
