"""Chance at single steps, such as darkness, as a function of the world and the step alone.

A world has one number of its own among its draws. What happens at a step is a hash of it and of the step, so that it is
the same whether the world is stepped, alone or among others, or walked as a whole, and whatever policy walks there.
"""

import numpy as np

from hippo_envs.arrays import Floats, Ints

DARK, SLIPS, SLIPS_TO = 1, 2, 3  # what chance is asked for


def chance(noise: Floats, steps: Ints, of: int) -> Floats:
    """Uniform numbers in [0, 1), independent between worlds, steps and what they are for.

    Args:
        noise: the number of each world, in [0, 1).
        steps: whole numbers of a shape that goes with it.
        of: one of `DARK`, `SLIPS`, `SLIPS_TO`.

    Source: SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", OOPSLA).
    """
    world = _mixed((noise * 2**53).astype(np.uint64) + np.uint64(of << 56))
    mixed = _mixed(world + np.asarray(steps).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(words: np.ndarray) -> np.ndarray:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
