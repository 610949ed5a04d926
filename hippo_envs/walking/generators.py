"""The generators of many seeds at once: `np.random.default_rng(seed)` for each, in a sixth of the time.

NumPy turns a seed into the state of a generator by `np.random.SeedSequence`, whose algorithm it promises to keep. For
one seed after the other that takes longer than a thousand draws; here the same is computed for all of them as arrays.
"""

import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISpawnableSeedSequence
from numpy.typing import NDArray

POOL_SIZE = 4
N_STATE_WORDS = 8  # of 32 bits; PCG64 asks for four of 64
WORD = 2**32 - 1

Words = NDArray[np.uint32]


def generators(seeds: Sequence[int]) -> Iterator[np.random.Generator]:
    """`np.random.default_rng(seed)` for each seed, a non-negative integer.

    Raises:
        TypeError: if a seed is no whole number.
        ValueError: if a seed is below 0.
    """
    whole = [_whole(seed) for seed in seeds]
    if not whole:
        return iter(())
    if min(whole) < 0:
        raise ValueError(f"A seed is a whole number, 0 or more, got {min(whole)}.")
    if max(whole) >= 2**64:
        return map(np.random.default_rng, whole)
    return map(_in_state, _states(np.array(whole, dtype=np.uint64)), whole)


def _whole(seed: Any) -> int:
    try:
        return operator.index(seed)
    except TypeError:
        raise TypeError(f"A seed is a whole number, 0 or more, got {seed!r}.") from None


def _in_state(state: NDArray[np.uint64], seed: int) -> np.random.Generator:
    sequence: Any = _KnownState(state, seed)  # as NumPy documents, though its type hints leave it out
    return np.random.Generator(np.random.PCG64(sequence))


class _KnownState(ISpawnableSeedSequence):
    """The seed sequence of a seed, whose state was computed before."""

    __slots__ = ("_seed", "_sequence", "_state")

    def __init__(self, state: NDArray[np.uint64], seed: int) -> None:
        self._state, self._seed = state, seed
        self._sequence: np.random.SeedSequence | None = None

    def generate_state(self, n_words: int, dtype: object = np.uint64) -> NDArray[np.uint64]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._state

    def spawn(self, n_children: int) -> list[np.random.SeedSequence]:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._sequence = self._sequence or np.random.SeedSequence(self._seed)  # which counts its children
        return self._sequence.spawn(n_children)


def _states(seeds: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """`np.random.SeedSequence(seed).generate_state(4, np.uint64)` for each seed (B,), as (B, 4)."""
    pool = _mixed_pool(seeds)
    hashed = _Hash(0x8B51F9DD, 0x58F38DED)
    words = np.stack([hashed(pool[i % POOL_SIZE]) for i in range(N_STATE_WORDS)], axis=1)
    return words.astype("<u4").view("<u8").astype(np.uint64)


def _mixed_pool(seeds: NDArray[np.uint64]) -> list[Words]:
    """The entropy of every seed spread over all words of its pool."""
    words = [(seeds & WORD).astype(np.uint32), (seeds >> 32).astype(np.uint32)]
    words += [np.zeros_like(words[0])] * (POOL_SIZE - len(words))
    hashed = _Hash(0x43B0D7E5, 0x931E8875)
    pool = [hashed(word) for word in words]
    for source in range(POOL_SIZE):
        for target in range(POOL_SIZE):
            if target != source:
                mixed = np.uint32(0xCA01F9DD) * pool[target] - np.uint32(0x4973F715) * hashed(pool[source])
                pool[target] = _folded(mixed)
    return pool


class _Hash:
    """Hashes words, with another multiplier each time that it is called."""

    def __init__(self, start: int, factor: int) -> None:
        self._multiplier, self._factor = start, factor

    def __call__(self, words: Words) -> Words:
        mixed = words ^ np.uint32(self._multiplier)
        self._multiplier = self._multiplier * self._factor & WORD
        return _folded(mixed * np.uint32(self._multiplier))


def _folded(words: Words) -> Words:
    """The upper half of each word mixed into the lower."""
    return words ^ (words >> np.uint32(16))
