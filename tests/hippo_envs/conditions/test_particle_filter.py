"""The ceiling where steps slip: exact while it holds all paths, and right on average with a few."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from hippo_envs import (
    make_family,
    sample_walks,
)
from hippo_envs.ceilings import bayes_filter, bayes_from_actions
from hippo_envs.particle_filter import _filter_with, _NoPathLeftError, _resampled, _Transitions, particle_filter
from tests.helpers.conditioned import SQUARE, TREE, small
from tests.helpers.enumerated import exact_answers

SLIPPING = {"width": 2, "n_observations": 3, "stay": False}


@pytest.mark.parametrize("conditions", [{}, {"dark_after": 3}, {"bare_share": 0.3}, {"stay": True}])
def test_the_particle_filter_is_exact_while_it_holds_all_paths(conditions):
    family = make_family(SQUARE, **{**SLIPPING, **conditions}, slip=0.25)
    walks = sample_walks(family, range(15), 6)
    answers = bayes_filter(walks)  # four starts, and at most two ways on: 128 paths
    for world, (actions, heard) in enumerate(zip(walks.actions, walks.heard, strict=True)):
        said = exact_answers(family, actions, heard)
        np.testing.assert_array_equal(answers.known[world], said >= 0)
        np.testing.assert_array_equal(answers.correct[world], (said == walks.observations[world]) & (said >= 0))


def test_a_few_particles_say_on_average_what_all_paths_say():
    """Every expectation is as it was: the chance that each of many paths stays is its weight by the level."""
    rng = np.random.default_rng(0)
    weight = rng.random(60) ** 4
    weight /= weight.sum()
    total = np.zeros(60)
    for _ in range(4_000):
        stay, of_each = _resampled(weight, 12, rng)
        assert len(stay) == 12
        np.add.at(total, stay, of_each)
    np.testing.assert_allclose(total / 4_000, weight, atol=0.004)


def test_fewer_particles_are_right_nearly_as_often():
    walks = sample_walks(make_family(SQUARE, **SLIPPING, slip=0.2), range(60), 6)
    exact, few = bayes_filter(walks), [particle_filter(walks, 40, seed) for seed in range(3)]
    shares = [answers.correct[walks.revisit].mean() for answers in few]
    assert np.mean(shares) == pytest.approx(exact.correct[walks.revisit].mean(), abs=0.04)


def test_a_walk_that_no_particle_explains_is_filtered_with_more_of_them():
    """With 3 particles the true path is soon lost, and with it all that the others hold to be there."""
    walks = sample_walks(make_family(SQUARE, **SLIPPING, slip=0.3), range(8), 30)
    transitions = _Transitions.of(walks.worlds.family)
    lost = []
    for world in range(8):
        with suppress(_NoPathLeftError):
            _filter_with(walks, world, transitions, 3, np.random.default_rng([0, world]), look=True)
            continue
        lost.append(world)
    assert lost
    for part, expected in zip(particle_filter(walks, 3), particle_filter(walks, 24), strict=True):
        np.testing.assert_array_equal(part[lost], expected[lost])


def test_a_walk_that_cannot_be_is_told_from_one_whose_path_was_not_found(monkeypatch):
    walks = sample_walks(make_family(SQUARE, **SLIPPING, slip=0.3), range(8), 30)
    monkeypatch.setattr("hippo_envs.particle_filter.MOST_PARTICLES", 20)
    with pytest.raises(ValueError, match=r"Walk \d: not one of 3 sampled paths explains it"):
        particle_filter(walks, 3)
    odd = replace(walks, actions=np.zeros_like(walks.actions), moves=np.zeros_like(walks.moves))
    with pytest.raises(ValueError, match="Walk 0 is impossible in its family"):
        particle_filter(odd, 1_000)


def test_without_slips_the_particle_filter_is_the_exact_one():
    for stream_id, conditions in [(SQUARE, {"dark_after": 9}), (TREE, {"bare_share": 0.3, "remap_after": 7})]:
        walks = sample_walks(make_family(stream_id, **small(stream_id, conditions)), range(4), 30)
        for look, exact in ((True, bayes_filter), (False, bayes_from_actions)):
            for part, expected in zip(particle_filter(walks, look=look), exact(walks), strict=True):
                np.testing.assert_array_equal(part, expected)


def test_with_slips_and_shuffled_actions_no_ceiling_is_computed():
    walks = sample_walks(make_family(SQUARE, slip=0.1, shuffle_actions=True), range(2), 9)
    with pytest.raises(ValueError, match="no ceiling is computed: leave out one of both"):
        bayes_filter(walks)
