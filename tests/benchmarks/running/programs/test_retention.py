"""Retention: the numbers by age, against a slow loop and closed forms."""

import numpy as np
import pytest
import torch

from benchmarks.experiments import STUDIES
from benchmarks.running.programs.retention import (
    age_bins,
    beside_theory,
    exponential_fit,
    measure,
    overlap,
    papers_baseline,
    patterns_of,
    theory,
)
from hippo_envs.envs.patterns import overlap_baseline

SETTINGS = STUDIES["kwinner-retention"].settings_of("one-winner", "smoke", 0).as_json()
SMALL = {**SETTINGS, "n_units": 60, "n_ones": 12, "n_hidden": 10, "n_networks": 4, "n_stored": 150, "n_tested": 120}


class Forgetful:
    """Gives back a random part of each cue, and keeps what it gave."""

    def __init__(self):
        self.given = []

    def retrieve(self, cues):
        kept = torch.rand(cues.shape, generator=torch.Generator().manual_seed(len(self.given))) < 0.7
        self.given.append((cues & kept).numpy())
        return cues & kept


def test_d_prime_and_raw_difference_are_those_of_a_slow_loop():
    memory, patterns = Forgetful(), patterns_of(SMALL, 0)
    measured = measure(memory, patterns, {**SMALL, "cues": ["full"]}, 0)
    newest, pseudo = memory.given
    for age in (1, 50, 100):
        d_primes, differences = [], []
        for a in [age] if age == 1 else range(age - 9, age + 10):
            by_run = []
            for run in range(4):
                target, other = patterns[run, 150 - a], patterns[run, 150 + a - 1]
                by_run.append((newest[run, a - 1] & target).sum() / 12 - (pseudo[run, a - 1] & other).sum() / 12)
            differences.append(np.mean(by_run))
            d_primes.append(np.mean(by_run) / np.std(by_run))
        assert measured[f"raw_difference_full_{age}"] == pytest.approx(np.mean(differences), abs=1e-5)
        assert measured[f"d_prime_full_{age}"] == pytest.approx(np.mean(d_primes), abs=1e-4)
    assert measured["age_bins"] == age_bins(120)
    assert len(measured["d_prime_full_curve"]) == len(age_bins(120))


def test_streams_are_of_one_kind_whatever_the_network_and_differ_by_seed():
    first, same, other = patterns_of(SMALL, 0), patterns_of({**SMALL, "n_hidden": 99}, 0), patterns_of(SMALL, 1)
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])
    assert (first.sum(axis=2) == 12).all()


def test_an_exponential_is_fitted_exactly_and_nothing_else_is_made_up():
    ages = np.arange(1, 401)
    amplitude, decay = exponential_fit(0.8 * np.exp(-0.01 * ages))
    assert decay == pytest.approx(0.01)
    assert amplitude == pytest.approx(0.8, rel=2e-3)  # of ten ages the mean is a little above the middle one
    assert exponential_fit(0.8 - 0.01 * ages) == (None, None)


def test_theory_starts_at_one_and_ends_at_the_exact_baseline():
    exact = theory(SETTINGS, 0.5, np.array([1, 2, 10**9]))
    baseline = overlap_baseline(100, 1_000, 100, 50)
    assert exact == pytest.approx([1.0, baseline + 0.99 * (1 - baseline), baseline])
    assert papers_baseline(SETTINGS, 1.0) == pytest.approx(0.1910, abs=5e-5)
    assert papers_baseline(SETTINGS, 0.5) == pytest.approx(0.1644, abs=5e-5)


def test_overlap_is_the_mean_over_pairs_within_runs():
    patterns = patterns_of(SMALL, 0)[:2, :5]
    pairs = [(run[i] & run[j]).sum() / 12 for run in patterns for i in range(5) for j in range(5) if i != j]
    assert overlap(patterns) == pytest.approx(np.mean(pairs))


def test_a_curve_that_is_off_by_as_much_above_as_below_is_off():
    ages = np.arange(1, 121)
    off = theory(SMALL, 1.0, ages) + np.linspace(0.2, -0.2, 120)
    measured = beside_theory(off, SMALL, 1.0, "full")
    assert measured["theory_error_full"] == pytest.approx(0, abs=1e-9), "of the mean over all ages"
    assert measured["theory_worst_error_full"] == pytest.approx(0.2, abs=0.02)
    short = beside_theory(off[:4], SMALL, 1.0, "full")
    assert short["theory_worst_error_full"] == pytest.approx(0.2, abs=0.02), "fewer than ten ages are taken together"
