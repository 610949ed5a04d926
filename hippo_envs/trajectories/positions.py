"""Positions of an animal over time, as a tracker reports them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from hippo_envs.arrays import Floats, Mask


@dataclass(frozen=True, eq=False)
class Positions:
    """Where an animal was, sample by sample; NaN in x or y where it was not tracked.

    Args:
        t: (S,) seconds, rising.
        x, y: (S,) in any unit of length, the same for both.

    Raises:
        ValueError: if the shapes differ, if times do not rise, or if fewer than two samples were tracked.
    """

    t: Floats
    x: Floats
    y: Floats

    def __post_init__(self) -> None:
        for name in ("t", "x", "y"):
            object.__setattr__(self, name, _one_row(name, getattr(self, name)))
        if not len(self.t) == len(self.x) == len(self.y):
            raise ValueError(f"t, x and y are as long as each other, got {len(self.t)}, {len(self.x)}, {len(self.y)}.")
        if not np.isfinite(self.t).all():
            raise ValueError(f"Every sample has a time, sample {np.isfinite(self.t).argmin()} lacks one: leave it out.")
        backwards = np.flatnonzero(np.diff(self.t) <= 0)
        if len(backwards):
            first, then = self.t[backwards[0] : backwards[0] + 2]
            raise ValueError(f"Times rise from sample to sample, {then:g} follows {first:g}: sort them, each once.")
        if self.tracked.sum() < 2:
            raise ValueError(f"A path needs two tracked samples at least, got {self.tracked.sum()}.")

    @cached_property
    def places(self) -> Floats:
        """(S, 2), x and y."""
        return np.stack([self.x, self.y], axis=1)

    @cached_property
    def tracked(self) -> Mask:
        """(S,), whether the animal was seen."""
        return np.isfinite(self.x) & np.isfinite(self.y)

    @cached_property
    def seconds(self) -> Floats:
        """(S,), the time that each sample stands for: until the next one, but no more than twice the usual."""
        apart = np.diff(self.t)
        usual = np.median(apart)
        return np.append(np.minimum(apart, 2 * usual), usual)


def _one_row(name: str, values: ArrayLike) -> Floats:
    array = np.array(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} is one number for each sample, got an array of shape {array.shape}.")
    array.setflags(write=False)
    return array
