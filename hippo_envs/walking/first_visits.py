"""When a key, such as a node, was first and last written earlier in a walk.

Shapes: B walks, T steps.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Ints, Mask

NEVER = -1


def time_since(read: Ints, written: Ints) -> Ints:
    """Steps since `read[b, t]` was last among `written[b, :t]`, -1 if never; keys are at least 0, -1 is no key.

    Args:
        read: (B, T) the key looked up at each step.
        written: (B, T) the key noted at each step, after the look-up.
    """
    n_walks, walk_length = read.shape
    # One row more than there are keys: key -1 reads and writes row 0, which is cleared by the mask at the end.
    n_rows = int(max(read.max(), written.max())) + 2
    last_written = np.full(n_rows * n_walks, NEVER, dtype=np.int64)
    read_at, written_at = ((keys.T + 1) * n_walks + np.arange(n_walks) for keys in (read, written))
    seen = np.empty((walk_length, n_walks), dtype=np.int64)
    for t in range(walk_length):
        seen[t] = last_written.take(read_at[t])
        last_written[written_at[t]] = t
    ages = np.where(seen == NEVER, NEVER, np.arange(walk_length)[:, None] - seen)
    return np.where(read == NEVER, NEVER, ages.T)


def known_before(keys: Ints, written: Ints | None = None) -> Mask:
    """Whether `keys[b, t]` is among `written[b, :t]`; keys (B, T) are at least 0, -1 is no key to write.

    What is written are the keys themselves if not given.
    """
    known = np.empty(keys.shape, dtype=bool)
    n_keys = keys.max() + 1
    for some in few_at_once(len(keys)):
        times = FirstTimes((keys if written is None else written)[some], n_keys)
        np.less(times.of_written if written is None else times.of(keys[some]), times.now, out=known[some])
    return known


def few_at_once(n_walks: int) -> Iterator[slice]:
    """So few walks at once that all that is computed of them stays in the processor's cache."""
    return (slice(first, first + 32) for first in range(0, n_walks, 32))


class FirstTimes:
    """When each key was first written in each walk; keys are at least 0, -1 is no key.

    Args:
        written: (B, T) the key of each step.
        n_keys: one more than the largest.
    """

    def __init__(self, written: Ints, n_keys: int) -> None:
        n_walks, walk_length = written.shape
        # Short numbers take less of the cache.
        self.now = np.arange(walk_length, dtype=np.int16 if walk_length < 2**15 else np.int64)
        # One entry more for each walk, that of key -1, which is cleared when all is written.
        self._key_0 = np.arange(1, 1 + n_walks * (n_keys + 1), n_keys + 1)[:, None]
        self._first = np.full(n_walks * (n_keys + 1), walk_length, dtype=self.now.dtype)
        entries = written + self._key_0
        # From the end of the walk to its start: of repeated keys the last assignment stays, which is the earliest time.
        self._first[entries[:, ::-1].ravel()] = np.tile(self.now[::-1], n_walks)
        self._first[self._key_0 - 1] = walk_length
        self.of_written = self._first.take(entries)

    def of(self, keys: Ints) -> NDArray[np.integer]:
        """When keys (B, T) were first written, T if never."""
        return self._first.take(keys + self._key_0)
