"""Generators made together are those of NumPy."""

import copy
import pickle

import numpy as np
import pytest

from hippo_envs.walking.generators import generators


@pytest.mark.parametrize(
    "seeds",
    [
        range(300),
        [np.int64(7), 2**31, 2**32 - 1, 2**32, 2**32 + 5, 2**63, 2**64 - 1],
        [3, 2**64, 2**200],
        np.random.default_rng(0).integers(2**63, size=300).tolist(),
    ],
)
def test_they_draw_what_numpys_own_draw(seeds):
    for seed, generator in zip(seeds, generators(seeds), strict=True):
        np.testing.assert_array_equal(generator.random(5), np.random.default_rng(seed).random(5))


@pytest.mark.parametrize(("seeds", "error"), [([0, -1], ValueError), ([1.5], TypeError), (["1"], TypeError)])
def test_what_is_no_seed_is_refused(seeds, error):
    with pytest.raises(error, match=f"whole number, 0 or more, got {seeds[-1]!r}"):
        list(generators(seeds))


def test_a_generator_spawns_copies_and_pickles_as_one_made_of_its_seed_alone():
    """Nothing in it tells that its state was computed with that of many others."""
    (ours,), theirs = generators([7]), np.random.default_rng(7)
    for _ in range(2):  # children are counted
        assert [child.random() for child in ours.spawn(2)] == [child.random() for child in theirs.spawn(2)]
    for again in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert again.random() == copy.deepcopy(theirs).random()
