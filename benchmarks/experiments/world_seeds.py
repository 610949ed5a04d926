"""Seeds of worlds for training, validation and evaluation: three ranges that cannot overlap.

Anyone can make the evaluation worlds: world i is `make().reset(seed=EVALUATION_SEEDS[i])`. Nothing is tuned on them.
"""

import re
from collections.abc import Sequence

import numpy as np

VALIDATION_SEEDS = range(1_000_000, 1_010_000)
EVALUATION_SEEDS = range(2_000_000, 2_010_000)

MOST_AT_ONCE = 10_000  # seeds

_TRAINING_BIT = np.uint64(2**63)
_MOST = 2**32 - 1  # PyTorch takes 32 bits of a seed, and SeedSequence([2**32, 0]) is SeedSequence([0, 1])


def training_seeds(run_seed: int, update: int, batch: int) -> list[int]:
    """Seeds of the worlds of one update: 64 bits of their own for every run and update, the highest bit set."""
    states = np.random.SeedSequence([run_seed, update]).generate_state(batch, np.uint64)
    return [int(state) for state in states | _TRAINING_BIT]


def check_run_seed(seed: int) -> None:
    """Refuse seeds that would share their random numbers with another; a ValueError that names it and the range."""
    if not 0 <= seed <= _MOST:
        raise ValueError(f"A seed is from 0 to {_MOST}, got {seed}.")


def parse_seeds(texts: Sequence[str]) -> tuple[int, ...]:
    """Seeds of runs as they are typed, each once: numbers, and ranges whose both ends are included.

    >>> parse_seeds(["0", "3", "5-7"])
    (0, 3, 5, 6, 7)

    Raises:
        ValueError: for anything else, a seed out of range, or more seeds than anybody runs.
    """
    seeds: dict[int, None] = {}
    for text in texts:
        found = re.fullmatch(r"(-?\d+)(?:-(\d+))?", text)
        if found is None:
            raise ValueError(f"--seeds takes whole numbers and ranges, such as 0 3 7 or 0-4, got {text!r}.")
        first, last = int(found[1]), int(found[2] or found[1])
        check_run_seed(first)
        check_run_seed(last)
        if last < first:
            raise ValueError(f"A range of seeds goes from the lower to the higher, such as 0-4, got {text!r}.")
        if len(seeds) + last - first >= MOST_AT_ONCE:
            raise ValueError(f"--seeds names at most {MOST_AT_ONCE:,} seeds at once, got {text!r}.")
        seeds |= dict.fromkeys(range(first, last + 1))
    return tuple(seeds)
