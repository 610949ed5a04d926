"""Chance at single steps, such as darkness, as a function of the world and the step alone.

A world has one number of its own among its draws. What happens at a step is a hash of it and of the step, so that it is
the same whether the world is stepped, alone or among others, or walked as a whole, and whatever policy walks there.
"""

import math

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Floats, Ints, Mask

DARK, SLIPS, SLIPS_TO = 1, 2, 3  # what chance is asked for
STEP = np.uint64(0x9E3779B97F4A7C15)

Words = NDArray[np.uint64]


def keys_of(noise: Floats, of: int) -> Words:
    """What chance at the steps of worlds follows from, given the number of each in [0, 1).

    `of` is one of `DARK`, `SLIPS`, `SLIPS_TO`, which are independent.
    """
    return _mixed((noise * 2**53).astype(np.uint64) + np.uint64(of << 56))


def happens(keys: Words, steps: Ints, probability: float) -> Mask:
    """Whether something of a probability below 1 happens, for keys and steps of shapes that go together."""
    return _words(keys, steps) < np.uint64(math.ceil(probability * 2**53) << 11)


def uniform(keys: Words, steps: Ints) -> Floats:
    """Uniform numbers in [0, 1), independent between keys and between steps.

    Source: SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", OOPSLA).
    """
    return (_words(keys, steps) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _words(keys: Words, steps: Ints) -> Words:
    return _mixed(keys + steps.view(np.uint64) * STEP)


def _mixed(words: Words) -> Words:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
