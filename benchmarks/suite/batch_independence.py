"""Check that an agent's predictions for a walk do not depend on the other walks in its batch.

On familiar maps they are walks of the same maps, so that who lays them over its own knows places it has never been to.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.answers import WALKS_AT_ONCE
from hippo_envs import Walks

# What a library rounds otherwise for other values; and one step is no sign.
MAY_TURN = 1e-2


def check_alone(
    step: Callable[[Walks], NDArray[np.integer]],
    walks: Walks,
    stepped: NDArray[np.integer],
    counted: NDArray[np.bool_],
) -> None:
    """Step one walk of each batch again, beside copies of itself, and compare what is said of it.

    It stays in its place, and its batch as large as it was: the initial states of a batch are drawn together, those of
    earlier batches before, and how a product of matrices is rounded depends on their shape.

    Args:
        step: the predictions (B, T) of walks, in a new process: in an old one an agent may have kept what it has heard.
        walks: that were stepped in company.
        stepped: what was predicted there.
        counted: the steps (B, T) of the score, among which no more may differ than among all.

    Raises:
        ValueError: if predictions differ by more than rounding.
    """
    batches = [range(len(stepped))[first : first + WALKS_AT_ONCE] for first in range(0, len(stepped), WALKS_AT_ONCE)]
    chosen = [secrets.choice(batch) for batch in batches]  # so that no agent can be good in these alone
    differ = step(_beside_copies(walks, np.repeat(chosen, list(map(len, batches)))))[chosen] != stepped[chosen]
    for of in (np.ones_like(differ), counted[chosen]):
        n_other, n_steps = int(differ[of].sum()), int(of.sum())
        if n_other > 1 + MAY_TURN * n_steps:
            raise ValueError(
                f"it reads the other walks of a batch: without them it predicts differently in {n_other} of {n_steps} "
                "steps"
            )


def _beside_copies(walks: Walks, which: NDArray[np.int64]) -> Walks:
    """Those walks; for stepping, which asks their worlds for no more than their family."""
    return replace(
        walks, **{name: getattr(walks, name)[which] for name in ("nodes", "observations", "actions", "moves", "heard")}
    )
