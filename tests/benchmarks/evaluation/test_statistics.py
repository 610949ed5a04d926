"""Intervals cover as often as they say, by simulation; everything else against a closed form."""

import math

import numpy as np
import pytest

from benchmarks.evaluation.statistics import over_seeds, over_worlds, paired_contrast, suite_score
from hippo_envs.scoring import Counts


def coverage(interval_of_sample, truth, n_simulations=2_000):
    rng = np.random.default_rng(0)
    intervals = [interval_of_sample(rng) for _ in range(n_simulations)]
    return np.mean([interval.low <= truth <= interval.high for interval in intervals])


def test_an_interval_over_seeds_is_the_t_interval():
    half = 4.302653 * 0.1 / math.sqrt(3)
    assert over_seeds([0.8, 0.9, 1.0]) == pytest.approx((0.9, 0.9 - half, 0.9 + half))
    assert math.isnan(over_seeds([0.5]).low)


def test_an_interval_over_five_seeds_covers_as_often_as_it_says():
    assert coverage(lambda rng: over_seeds(rng.normal(0.7, 0.1, size=5)), 0.7) == pytest.approx(0.95, abs=0.015)


def test_a_paired_contrast_profits_from_what_the_pairs_share():
    def sample(rng, contrast):
        shared = rng.normal(0, 1.0, size=5)
        return contrast(shared + rng.normal(0.1, 0.01, size=5), shared + rng.normal(0, 0.01, size=5))

    assert coverage(lambda rng: sample(rng, paired_contrast), 0.1) == pytest.approx(0.95, abs=0.015)
    width = np.diff(sample(np.random.default_rng(0), paired_contrast)[1:])
    assert width < 0.1
    with pytest.raises(ValueError, match="equally many runs on both sides, got 2 and 3"):
        paired_contrast([1, 2], [1, 2, 3])


def clustered(rng, n_worlds=200):
    """Worlds that differ in how hard they are, so that the steps of one are not independent; accuracy .8."""
    total = rng.integers(5, 40, size=n_worlds)
    correct = rng.binomial(total, rng.beta(8, 2, size=n_worlds))
    return Counts(*(array[:, None] for array in (correct, total, total)))


def test_an_interval_over_worlds_covers_although_steps_are_not_independent():
    covered = coverage(lambda rng: over_worlds(clustered(rng), n_observations=45), 0.8, n_simulations=1_500)
    assert covered == pytest.approx(0.95, abs=0.018)


def test_counting_steps_as_independent_would_not_cover():
    def naive(rng):
        counts = clustered(rng)
        n, p = counts.total.sum(), counts.accuracy(45)
        half = 1.96 * math.sqrt(p * (1 - p) / n)
        return over_seeds([p])._replace(low=p - half, high=p + half)

    assert coverage(naive, 0.8, n_simulations=500) < 0.75


def test_a_single_world_says_nothing_of_the_spread():
    one = Counts(*(np.array([[4]]) for _ in range(3)))
    assert over_worlds(one, 45).value == 1
    assert math.isnan(over_worlds(one, 45).low)


def test_the_suite_score_is_the_interquartile_mean_and_its_interval_covers():
    assert suite_score([[0, 1], [2, 3], [4, 5], [6, 7]], np.random.default_rng(0)).value == 3.5

    def sample(rng, n_tasks, n_runs):
        runs = [rng.normal(mean, 0.1, size=n_runs) for mean in np.linspace(0.4, 0.6, n_tasks)]
        return suite_score(runs, rng, n_resamples=400)

    for n_tasks, n_runs in ((2, 5), (3, 5), (12, 2)):
        covered = coverage(lambda rng, shape=(n_tasks, n_runs): sample(rng, *shape), 0.5, n_simulations=400)
        assert 0.94 <= covered <= 0.985, (n_tasks, n_runs)


def test_runs_that_are_all_alike_have_a_suite_score_without_spread():
    assert suite_score([[0.5] * 5, [0.5] * 5], np.random.default_rng(0)) == (0.5, 0.5, 0.5)


def test_a_task_with_one_run_says_nothing_of_the_spread_of_a_suite_score():
    found = suite_score([[0.5, 0.6], [0.4]], np.random.default_rng(0))
    assert found.value == pytest.approx(0.5)
    assert math.isnan(found.low)
