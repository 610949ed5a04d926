"""What happens in an episode of pattern memory: patterns to store, cues to complete, and what an answer is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from hippo_envs.arguments import number, whole_number
from hippo_envs.arrays import Mask
from hippo_envs.envs.patterns import (
    Patterns,
    chance_recovery,
    check_bits_changed,
    cue_ones,
    partial_cue,
    random_patterns,
    tree_patterns,
)

UNTRAINED = -1  # the age of a pattern that was not stored
STRUCTURES = ("random", "tree")
MOST_BITS = 1_000_000_000
N_DRAWS = 1  # numbers that an episode is a function of

Bits = NDArray[np.uint8]  # eight units a byte


class Episode(NamedTuple):
    """All that happens in an episode of n_stored + n_recalled steps, whatever the agent does."""

    shown: Bits  # (steps + 1, bytes), the pattern or cue that is shown after so many steps
    ages: NDArray[np.int64]  # (steps + 1,), the age of what is cued then
    targets: Bits  # (n_recalled, bytes), the patterns that were cued


@dataclass(frozen=True, eq=False)
class PatternTask:
    """What episodes are drawn from; the arguments are those of `PatternMemoryEnv`.

    Raises:
        ValueError: if an argument is not possible; it says what is.
    """

    n_units: int = 1_000
    n_ones: int = 100
    n_stored: int = 1_000
    n_recalled: int = 100
    cue_share: float = 0.5
    structure: str = "random"
    bits_changed: int = 10
    ages: Sequence[int] | None = None
    pseudo_share: float = 0.0

    def __post_init__(self) -> None:
        for name in ("n_units", "n_ones", "n_stored", "n_recalled", "bits_changed"):
            object.__setattr__(self, name, whole_number(name, getattr(self, name), at_least=1))
        if self.n_units * (self.n_stored + self.n_recalled) > MOST_BITS:
            raise ValueError(
                f"n_units={self.n_units}, n_stored={self.n_stored} and n_recalled={self.n_recalled} make an episode of "
                f"more than {MOST_BITS:,} bits, which takes all memory: use smaller sizes."
            )
        if self.n_ones > self.n_units:
            raise ValueError(f"n_ones must be at most n_units, which is {self.n_units}, got {self.n_ones}.")
        if self.structure not in STRUCTURES:
            raise ValueError(f"There is no structure {self.structure!r}: use one of {', '.join(STRUCTURES)}.")
        if self.structure == "tree":
            check_bits_changed(self.n_units, self.n_ones, self.bits_changed)
        number("pseudo_share", self.pseudo_share, at_least=0, at_most=1)
        cue_ones(number("cue_share", self.cue_share), self.n_ones)
        if self.ages is not None and not (
            isinstance(self.ages, Sequence | np.ndarray)
            and len(self.ages)
            and all(_is_whole(age) and 1 <= age <= self.n_stored for age in self.ages)
        ):
            raise ValueError(
                f"ages must be None or a list of whole numbers in 1..{self.n_stored}, 1 for the newest of the "
                f"{self.n_stored} patterns stored, got {self.ages!r}."
            )

    @property
    def n_steps(self) -> int:
        """After which an episode terminates."""
        return self.n_stored + self.n_recalled

    @property
    def return_bounds(self) -> tuple[float, float]:
        """The mean returns of an echo of the cue that guesses the rest, and of a perfect memory of random patterns.

        With a `pseudo_share` of 1 no cue is of a stored pattern, memory is of no use, and both are equal.
        """
        floor = self.n_recalled * chance_recovery(self.n_units, self.n_ones, cue_ones(self.cue_share, self.n_ones))
        return floor, (1 - self.pseudo_share) * self.n_recalled + self.pseudo_share * floor

    @property
    def observation_space(self) -> gym.spaces.Dict:
        return gym.spaces.Dict(pattern=gym.spaces.MultiBinary(self.n_units), recall=gym.spaces.Discrete(2))

    @property
    def action_space(self) -> gym.spaces.MultiBinary:
        return gym.spaces.MultiBinary(self.n_units)

    def episode(self, draw: float) -> Episode:
        """The episode that a number in [0, 1) stands for; which is for what is part of a seed's meaning."""
        rng = np.random.default_rng(int(draw * 2**53))  # one seed for each number that a generator can give
        is_pseudo = rng.random(self.n_recalled) < self.pseudo_share
        ages = np.where(is_pseudo, UNTRAINED, self._ages(rng))
        patterns = self._patterns(self.n_stored + int(is_pseudo.sum()), rng)
        targets = patterns[np.where(is_pseudo, self.n_stored - 1 + is_pseudo.cumsum(), self.n_stored - ages)]
        cues = partial_cue(targets, self.cue_share, rng)
        nothing = np.zeros((1, self.n_units), dtype=bool)
        shown = np.packbits(np.concatenate([patterns[: self.n_stored], cues, nothing]), axis=1)
        return Episode(
            shown, np.concatenate([np.zeros(self.n_stored, np.int64), ages, [0]]), np.packbits(targets, axis=1)
        )

    def _patterns(self, n: int, rng: np.random.Generator) -> Patterns:
        if self.structure == "tree":
            return tree_patterns(n, self.n_units, self.n_ones, self.bits_changed, rng)
        return random_patterns(n, self.n_units, self.n_ones, rng)

    def _ages(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Of the patterns to cue, (n_recalled,)."""
        if self.ages is not None:
            return np.resize(np.array(self.ages, dtype=np.int64), self.n_recalled)
        n_rounds = -(-self.n_recalled // self.n_stored)
        # Sorting uniform numbers, for NumPy does not promise the same permutations in every version.
        return rng.random((n_rounds, self.n_stored)).argsort(axis=1).ravel()[: self.n_recalled] + 1

    def unpacked(self, bits: Bits) -> NDArray[np.int8]:
        """Patterns (..., n_units) as they are observed, the caller's own, from (..., bytes)."""
        return np.unpackbits(bits, axis=-1, count=self.n_units).view(np.int8)

    def recovered(self, answers: Mask, targets: Bits) -> NDArray[np.float64]:
        """The reward for completed patterns: the share of ones recovered, of n_ones or of those given if they are more.

        Args:
            answers: bool (..., n_units).
            targets: (..., bytes).
        """
        n_given = answers.sum(axis=-1)
        n_right = (answers & self.unpacked(targets).view(bool)).sum(axis=-1)
        return n_right / np.maximum(n_given, self.n_ones)


def _is_whole(number: Any) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool)
