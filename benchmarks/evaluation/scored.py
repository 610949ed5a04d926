"""Everything in a result that follows from predictions and walks alone."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.answers import curve_bins, curves
from benchmarks.experiments.metric import HELD_OUT
from hippo_envs import Walks
from hippo_envs.anatomy import error_anatomy
from hippo_envs.scoring import Counts, answers_of, score, step_bins


class Scored(NamedTuple):
    """The fields of a `Result` that follow from predictions and walks alone, named as there."""

    bins: tuple[int, ...]
    scores: dict[str, dict[str, Counts]]
    curve_bins: tuple[int, ...]
    curves: dict[str, Counts]
    anatomy: dict[str, Counts]


def scored(predictions: Mapping[str, NDArray[np.integer]], walks: Mapping[str, Walks], masks: Sequence[str]) -> Scored:
    """Count predictions (B, T) of walks, both by kind of worlds, on masks."""
    length = walks[HELD_OUT].walk_length
    answers = {kind: answers_of(predictions[kind], kind_walks) for kind, kind_walks in walks.items()}
    return Scored(
        bins=step_bins(length),
        scores={kind: score(answers[kind], kind_walks, masks) for kind, kind_walks in walks.items()},
        curve_bins=curve_bins(length),
        curves=curves(predictions[HELD_OUT], walks[HELD_OUT], masks),
        anatomy={row: n.pooled() for row, n in error_anatomy(answers[HELD_OUT], walks[HELD_OUT]).items()},
    )
