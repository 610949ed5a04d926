"""Sparse patterns: drawn at random or grown on trees, cued in part, and what can be recovered of them by chance."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from hippo_envs.envs.patterns import (
    chance_recovery,
    children,
    cue_ones,
    grow_tree,
    overlap_baseline,
    partial_cue,
    random_patterns,
    tree_patterns,
)


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("n_units", "n_ones"), [(1_000, 100), (7, 0), (7, 3), (7, 4), (7, 7), (1, 1)])
def test_every_pattern_has_its_ones(n_units, n_ones):
    patterns = random_patterns(50, n_units, n_ones, rng())
    assert patterns.shape == (50, n_units)
    assert patterns.dtype == bool
    assert (patterns.sum(axis=1) == n_ones).all()


@pytest.mark.parametrize("n_ones", [2, 3])
def test_all_patterns_are_equally_likely(n_ones):
    patterns = random_patterns(20_000, 5, n_ones, rng())
    counts = Counter(map(bytes, patterns))
    assert len(counts) == 10
    assert np.abs(np.array(list(counts.values())) - 2_000).max() < 4.5 * math.sqrt(2_000 * 0.9)


def test_overlaps_are_hypergeometric():
    patterns = random_patterns(2 * 20_000, 200, 30, rng()).reshape(2, -1, 200)
    overlaps = (patterns[0] & patterns[1]).sum(axis=1)
    mean, variance = 30 * 30 / 200, 30 * 0.15 * 0.85 * (200 - 30) / (200 - 1)
    assert overlaps.mean() == pytest.approx(mean, abs=4.5 * math.sqrt(variance / 20_000))
    assert overlaps.var() == pytest.approx(variance, rel=0.05)


def test_a_child_changes_as_many_ones_as_zeros():
    parents = random_patterns(200, 50, 20, rng())
    changed = children(parents, 7, rng(1))
    assert ((parents & ~changed).sum(axis=1) == 7).all()
    assert ((~parents & changed).sum(axis=1) == 7).all()
    assert (parents ^ changed).any(axis=0).all(), "some units never change"


def chance_in_the_restaurant(parents):
    """The probability that the paper's Algorithm 1, walked from the root, makes these nodes in this order."""
    chance = 1.0
    n_below, n_nodes = [0], [1]  # descendants of a node, and with the node itself
    for node in range(1, len(parents)):
        path = [parents[node]]
        while path[0] > 0:
            path.insert(0, parents[path[0]])
        for here, below in pairwise(path):
            chance *= n_nodes[below] / (n_below[here] + 1)
        chance /= n_below[path[-1]] + 1
        for here in path:
            n_below[here] += 1
            n_nodes[here] += 1
        n_below.append(0)
        n_nodes.append(1)
    return chance


def test_trees_grow_as_in_the_restaurant_of_the_paper():
    n = 12_000
    grown = Counter(tuple(grow_tree(3, some)[0].tolist()) for some in [rng()] for _ in range(n))
    common = [parents for parents, times in grown.items() if times > 100]
    assert len(common) > 20
    for parents in common:
        expected = n * chance_in_the_restaurant(parents)
        assert grown[parents] == pytest.approx(expected, abs=4.5 * math.sqrt(expected))


@pytest.mark.parametrize("n_leaves", [1, 2, 300])
def test_a_tree_has_the_leaves_that_were_asked_for(n_leaves):
    parents, depths = grow_tree(n_leaves, rng())
    assert len(set(range(len(parents))) - set(parents[1:].tolist())) == n_leaves
    assert parents[0] == -1
    assert depths[0] == 0
    assert (depths[1:] == depths[parents[1:]] + 1).all()
    assert (parents < np.arange(len(parents))).all()


def similarity(patterns):
    """The mean share of ones that two of them have in common."""
    n, n_ones = len(patterns), patterns[0].sum()
    in_each_unit = patterns.sum(axis=0, dtype=np.float64)
    return (in_each_unit @ in_each_unit - n * n_ones) / n_ones / (n * (n - 1))


# Those of 7,000 are the paper's figure S5; the others are said in the docstring of the environment.
@pytest.mark.parametrize(
    ("n", "bits_changed", "expected"),
    [
        *((7_000, 5, 0.45), (7_000, 10, 0.23), (7_000, 15, 0.15), (7_000, 20, 0.12), (7_000, 30, 0.10)),
        *((1_000, 5, 0.52), (1_000, 10, 0.30), (1_000, 15, 0.19), (1_000, 20, 0.14), (1_000, 30, 0.11)),
    ],
)
def test_leaves_are_as_similar_as_in_the_paper(n, bits_changed, expected):
    patterns = tree_patterns(n, 1_000, 100, bits_changed, rng())
    assert patterns.shape == (n, 1_000)
    assert (patterns.sum(axis=1) == 100).all()
    assert similarity(patterns) == pytest.approx(expected, abs=0.02)


def test_patterns_are_leaves_of_the_tree_and_inherit_along_it(monkeypatch):
    """One leaf below the root, and one four below: one generation apart they would share exactly 15 of 20 ones."""
    tree = np.array([-1, 0, 0, 2, 3, 4]), np.array([0, 1, 1, 2, 3, 4])
    monkeypatch.setattr("hippo_envs.envs.patterns.grow_tree", lambda *_: tree)
    some = rng()
    pairs = np.array([tree_patterns(2, 1_000, 20, 5, some) for _ in range(200)])
    in_common = (pairs[:, 0] & pairs[:, 1]).sum(axis=1)
    # Of what is in common beyond chance, each of the five generations between them keeps 1 - 5/20 - 5/980.
    expected = 0.4 + 19.6 * (1 - 5 / 20 - 5 / 980) ** 5
    assert in_common.mean() == pytest.approx(expected, abs=4.5 * in_common.std() / math.sqrt(200))


def test_leaves_are_shuffled():
    """As they grow, early ones would be nearer to the root, and so more alike."""
    trees = [tree_patterns(300, 200, 20, 2, rng(seed)) for seed in range(10)]
    early, late = (np.mean([similarity(tree[half]) for tree in trees]) for half in (slice(150), slice(150, None)))
    assert early == pytest.approx(late, abs=0.015)


@pytest.mark.parametrize(("share", "n_kept"), [(1.0, 20), (0.5, 10), (0.29, 5), (0.05, 1)])
def test_a_cue_is_a_part_of_its_pattern(share, n_kept):
    patterns = random_patterns(400, 50, 20, rng())
    cues = partial_cue(patterns, share, rng(1))
    assert (cues.sum(axis=1) == n_kept).all()
    assert not (cues & ~patterns).any()
    kept = cues[patterns].reshape(400, 20).mean(axis=0)
    assert np.abs(kept - n_kept / 20).max() < 4.5 * 0.5 / math.sqrt(400), "not every one is as likely to be kept"


def test_a_share_of_ones_is_not_lost_to_rounding():
    assert [cue_ones(percent / 100, 100) for percent in range(1, 101)] == list(range(1, 101))


def test_patterns_of_different_sizes_are_refused():
    uneven = np.eye(3, dtype=bool) | np.array([True, False, False])
    with pytest.raises(ValueError, match="as many ones each, got 1 to 2"):
        partial_cue(uneven, 0.5, rng())
    with pytest.raises(ValueError, match="as many ones each, got 1 to 2"):
        children(uneven, 1, rng())
    with pytest.raises(ValueError, match="Of 3 units none to all can be on, got n_ones=4"):
        random_patterns(1, 3, 4, rng())


# What can be had by chance


@pytest.mark.parametrize(("n_cue_ones", "expected"), [(100, 0.1764), (50, 0.1543)])
def test_the_baseline_of_slots_is_that_of_the_paper_s_network(n_cue_ones, expected):
    assert overlap_baseline(100, 1_000, 100, n_cue_ones) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("n_slots", "n_cue_ones"), [(1, 12), (5, 12), (5, 6), (40, 1)])
def test_the_baseline_of_slots_is_what_slots_recover(n_slots, n_cue_ones):
    n, some = 4_000, rng()
    slots = random_patterns(n * n_slots, 60, 12, some).reshape(n, n_slots, 60)
    asked = random_patterns(n, 60, 12, some)
    cues = partial_cue(asked, n_cue_ones / 12, some)
    matches = (slots & cues[:, None]).sum(axis=2)
    answers = slots[np.arange(n), matches.argmax(axis=1)]
    recovered = (answers & asked).sum(axis=1) / 12
    expected = overlap_baseline(n_slots, 60, 12, n_cue_ones)
    assert recovered.mean() == pytest.approx(expected, abs=4.5 * recovered.std() / math.sqrt(n))


@pytest.mark.parametrize(("n_units", "n_ones"), [(30, 30), (30, 29), (4, 3)])
def test_dense_patterns_have_a_baseline_too(n_units, n_ones):
    expected = n_ones / n_units
    assert overlap_baseline(1, n_units, n_ones, n_ones) == pytest.approx(expected)
    assert overlap_baseline(1, n_units, n_ones, 1) == pytest.approx(expected)


@pytest.mark.parametrize("n_cue_ones", [1, 6, 12])
def test_chance_recovers_what_guesses_recover(n_cue_ones):
    n, some = 4_000, rng()
    asked = random_patterns(n, 60, 12, some)
    cues = partial_cue(asked, n_cue_ones / 12, some)
    guesses = cues.copy()
    guesses[~cues] = random_patterns(n, 60 - n_cue_ones, 12 - n_cue_ones, some).ravel()
    recovered = (guesses & asked).sum(axis=1) / 12
    expected = chance_recovery(60, 12, n_cue_ones)
    assert recovered.mean() == pytest.approx(expected, abs=4.5 * recovered.std() / math.sqrt(n) + 1e-12)
