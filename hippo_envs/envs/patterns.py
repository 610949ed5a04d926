"""Sparse binary patterns, alone or in families, cues for them, and what can be recovered by chance.

Patterns are bool arrays (n, n_units) with the same number of ones in every row. Bhandarkar and McClelland (2025), arXiv
2511.04593.
"""

import math

import numpy as np
from numpy.typing import NDArray

Patterns = NDArray[np.bool_]


def random_patterns(n: int, n_units: int, n_ones: int, rng: np.random.Generator) -> Patterns:
    """Independent patterns (n, n_units) of `n_ones` ones each, every one of them equally likely.

    Raises:
        ValueError: if there are more ones than units.

    >>> random_patterns(3, 8, 2, np.random.default_rng(0)).sum(axis=1).tolist()
    [2, 2, 2]
    """
    if not 0 <= n_ones <= n_units:
        raise ValueError(f"Of {n_units} units none to all can be on, got n_ones={n_ones}.")
    if 2 * n_ones > n_units:
        return ~random_patterns(n, n_units, n_units - n_ones, rng)
    # Floyd's way to draw without replacement, for all rows at once: as the last unit joins in, draw one of all so far;
    # where that one is on already, the last one takes its place.
    last = np.arange(n_units - n_ones, n_units)
    first_unit = n_units * np.arange(n)
    drawn = (rng.random((n_ones, n)) * (last[:, None] + 1)).astype(np.intp) + first_unit
    patterns = np.zeros(n * n_units, dtype=bool)
    for unit, last_unit in zip(drawn, last, strict=True):
        patterns[np.where(patterns[unit], first_unit + last_unit, unit)] = True
    return patterns.reshape(n, n_units)


def tree_patterns(n: int, n_units: int, n_ones: int, bits_changed: int, rng: np.random.Generator) -> Patterns:
    """Patterns (n, n_units) that are alike as members of families are: the shuffled leaves of a tree of patterns.

    The tree-generating Chinese restaurant process of the paper's A.3.1. The root is a random pattern; a child is its
    parent with `bits_changed` ones turned off and as many zeros turned on. The paper grows a tree of a given number of
    nodes, of which about half are leaves, and uses some of the leaves; here the tree grows until it has n leaves, and
    all are used. Larger trees are deeper, so the mean similarity falls slowly with n: with 1,000 units, 100 ones and
    10 bits changed from .30 at n = 1,000 to .23 at 7,000, which is the paper's size.

    Args:
        n: how many.
        n_units, n_ones: of each pattern.
        bits_changed: ones turned off, and zeros turned on, from a parent to its child (b in the paper).
        rng: where all randomness comes from.

    Raises:
        ValueError: if there are fewer than `bits_changed` ones or zeros to change.
    """
    parents, depths = grow_tree(n, rng)
    patterns = np.empty((len(parents), n_units), dtype=bool)
    patterns[0] = random_patterns(1, n_units, n_ones, rng)[0]
    for depth in range(1, depths.max() + 1):
        nodes = np.flatnonzero(depths == depth)
        patterns[nodes] = children(patterns[parents[nodes]], bits_changed, rng)
    is_leaf = np.ones(len(parents), dtype=bool)
    is_leaf[parents[1:]] = False
    leaves = np.flatnonzero(is_leaf)
    # Sorting uniform numbers, for NumPy does not promise the same permutations in every version.
    return patterns[leaves[rng.random(n).argsort()]]


def grow_tree(n_leaves: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The parent (-1 for the root) and the depth of every node of a tree with so many leaves, parents before children.

    In the paper every new node walks down from the root. At a node with m descendants it becomes a child of that node
    with probability 1 / (m + 1), and goes on to child j, which with its descendants is m_j nodes, with probability
    m_j / (m + 1). The denominator after a step is the numerator before it, so the product is 1 / (size of the tree)
    wherever the walk ends: the parent is any node with equal probability, and is drawn like that here.
    """
    parents, depths, has_child = [-1], [0], [False]
    n_leaves_now = 1
    while n_leaves_now < n_leaves:
        parent = int(rng.random() * len(parents))
        n_leaves_now += has_child[parent]
        has_child[parent] = True
        has_child.append(False)
        parents.append(parent)
        depths.append(depths[parent] + 1)
    return np.array(parents, dtype=np.intp), np.array(depths, dtype=np.intp)


def children(parents: Patterns, bits_changed: int, rng: np.random.Generator) -> Patterns:
    """A child of each pattern (n, n_units): `bits_changed` random ones are turned off, and as many zeros on.

    Raises:
        ValueError: if there are fewer ones or zeros than that, or if rows differ in their number of ones.
    """
    n, n_units = parents.shape
    n_ones = _ones_of_each(parents)
    check_bits_changed(n_units, n_ones, bits_changed)
    changes = np.empty_like(parents)
    changes[parents] = random_patterns(n, n_ones, bits_changed, rng).ravel()
    changes[~parents] = random_patterns(n, n_units - n_ones, bits_changed, rng).ravel()
    return parents ^ changes


def check_bits_changed(n_units: int, n_ones: int, bits_changed: int) -> None:
    """A ValueError says how many bits can change from a parent to its child, if not so many."""
    most = min(n_ones, n_units - n_ones)
    if not 1 <= bits_changed <= most:
        raise ValueError(
            f"bits_changed must be in 1..{most}, as there are {n_ones} ones and {n_units - n_ones} zeros to change, "
            f"got {bits_changed}."
        )


def partial_cue(patterns: Patterns, share: float, rng: np.random.Generator) -> Patterns:
    """The patterns with a random part of their ones, `cue_ones(share, n_ones)` of each; the others are turned off.

    Args:
        patterns: (n, n_units) with as many ones in every row.
        share: of the ones to keep, above 0 and at most 1.
        rng: where all randomness comes from.

    Raises:
        ValueError: if the share is not one, or if rows differ in their number of ones.
    """
    n_ones = _ones_of_each(patterns)
    cues = np.zeros_like(patterns)
    cues[patterns] = random_patterns(len(patterns), n_ones, cue_ones(share, n_ones), rng).ravel()
    return cues


def _ones_of_each(patterns: Patterns) -> int:
    n_ones = patterns.sum(axis=1)
    if (n_ones != n_ones[0]).any():
        raise ValueError(f"Patterns need as many ones each, got {n_ones.min()} to {n_ones.max()}.")
    return int(n_ones[0])


def cue_ones(share: float, n_ones: int) -> int:
    """How many ones a cue has: that share of them, rounded down.

    Raises:
        ValueError: if the share is not above 0 and at most 1, or leaves no one.

    >>> cue_ones(0.5, 100), cue_ones(0.29, 100), cue_ones(0.39, 10)
    (50, 29, 3)
    """
    if not 0 < share <= 1:
        raise ValueError(f"cue_share is the share of ones that are shown, above 0 and at most 1, got {share}.")
    n_kept = int(round(share * n_ones, 9))  # 0.29 * 100 is 28.999999999999996
    if n_kept == 0:
        raise ValueError(
            f"A cue needs at least one of the {n_ones} ones: use a cue_share of 1/{n_ones} or more, got {share}."
        )
    return n_kept


def chance_recovery(n_units: int, n_ones: int, n_cue_ones: int) -> float:
    """The expected share of a pattern's ones recovered by turning on the cue's and n_ones - n_cue_ones random others.

    >>> round(chance_recovery(1_000, 100, 50), 4), chance_recovery(1_000, 100, 100)
    (0.5263, 1.0)
    """
    return _recovered(n_cue_ones, n_units, n_ones, n_cue_ones)


def overlap_baseline(n_slots: int, n_units: int, n_ones: int, n_cue_ones: int) -> float:
    """The expected share of an untrained pattern's ones recovered by a memory of independent random patterns.

    The memory (the 1-winner network of the paper) answers with the one of its `n_slots` patterns that has most ones of
    the cue. That number is the largest of as many hypergeometric ones; of the pattern's ones that are not in the cue,
    the answer has as many as by chance. Exact, where the paper's Proposition 2 is an approximation for many slots
    (.1910 and .1644 for the two numbers below).

    >>> [round(overlap_baseline(100, 1_000, 100, n_cue_ones), 4) for n_cue_ones in (100, 50)]
    [0.1764, 0.1543]
    """
    least, most = max(0, n_cue_ones - (n_units - n_ones)), min(n_cue_ones, n_ones)
    n_cues = math.comb(n_units, n_cue_ones)
    overlaps = [
        math.comb(n_ones, overlap) * math.comb(n_units - n_ones, n_cue_ones - overlap) / n_cues
        for overlap in range(least, most)
    ]
    # E[max] = sum over m of P(max > m), where P(max <= m) = P(one <= m) ** n_slots.
    in_cue = least + float((1 - np.cumsum(overlaps) ** n_slots).sum())
    return _recovered(in_cue, n_units, n_ones, n_cue_ones)


def _recovered(in_cue: float, n_units: int, n_ones: int, n_cue_ones: int) -> float:
    """The share of ones recovered by an answer with so many ones of the cue, and else with random units outside it."""
    n_missing = n_ones - n_cue_ones
    by_chance = (n_ones - in_cue) * n_missing / (n_units - n_cue_ones) if n_missing else 0.0
    return (in_cue + by_chance) / n_ones
