"""Scores: how many predictions were right, on which kind of step, and when in the walk.

A score is three whole numbers for each world and bin of steps: `correct` answers among the `known` ones, out of `total`
steps on a mask. An agent answers every step, so known = total. A reference that knows some answers for certain and has
no idea of the others answers only what it knows; the rest count as guesses among K symbols, in expectation. So

    accuracy = (correct + (total - known) / K) / total

holds for agents and references alike, without a sampled guess. K is `WorldFamily.n_answers`: all
symbols but that of bare places, which are not scored.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hippo_envs.arrays import Answers as Answers
from hippo_envs.walks import Walks

_WINDOWED = re.compile(r"(?P<kind>stwm|ltrm|out_of_window)_(?P<window>[1-9]\d*)")
MASKS = ("loop_closure", "zero_shot", "revisit", "reversal", "stay")


class Counts(NamedTuple):
    """Integers (B worlds, bins of steps)."""

    correct: NDArray[np.int64]
    known: NDArray[np.int64]
    total: NDArray[np.int64]

    def accuracy(self, n_observations: int) -> float:
        """Over all worlds and bins; NaN where there is no such step."""
        correct, known, total = (int(count.sum()) for count in self)
        return (correct + (total - known) / n_observations) / total if total else float("nan")

    def pooled(self) -> "Counts":
        """Summed over worlds: one row."""
        return Counts(*(count.sum(axis=0, keepdims=True) for count in self))

    def within(self, first_bin: int, end_bin: int) -> "Counts":
        """The bins `first_bin` to `end_bin - 1` only."""
        return Counts(*(count[:, first_bin:end_bin] for count in self))


def step_bins(walk_length: int) -> tuple[int, ...]:
    """Where bins of steps end: after step 32, 128, and then doubling, so that of 256, 512, ... the last is a half.

    Steps are numbered from 1 here, as in "steps 33-128"; the first never counts, having nothing before it.

    >>> step_bins(512)
    (32, 128, 256, 512)
    """
    ends = [end for end in (32, 128) if end < walk_length]
    while ends and ends[-1] >= 128 and 2 * ends[-1] < walk_length:
        ends.append(2 * ends[-1])
    return (*ends, walk_length)


def count(answers: Answers, mask: NDArray[np.bool_], bins: Sequence[int]) -> Counts:
    """Count the answers on a mask (B, T), in bins that end after the given steps (increasing, the last one T)."""
    mask = np.asarray(mask)
    if mask.dtype != bool or mask.shape != answers.correct.shape:
        raise ValueError(
            f"A mask is bools of the answers' shape {answers.correct.shape}, got {mask.dtype} of shape {mask.shape}."
        )
    if not len(bins) or bins[-1] != mask.shape[1] or any(a >= b for a, b in pairwise(bins)):
        raise ValueError(f"bins must increase and end at the walk's {mask.shape[1]} steps, got {tuple(bins)}.")
    starts = np.array([0, *bins[:-1]])
    on_mask = (answers.correct & answers.known & mask, answers.known & mask, mask)
    return Counts(*(np.add.reduceat(steps, starts, axis=1, dtype=np.int64) for steps in on_mask))


def score(
    answers: Answers,
    walks: Walks,
    masks: Sequence[str] | Mapping[str, NDArray[np.bool_]] = MASKS,
    bins: Sequence[int] | None = None,
) -> dict[str, Counts]:
    """Count the answers on each mask of the walks.

    Args:
        answers: from `answers_of` or a reference.
        walks: the walks that were answered.
        masks: names for `mask_of`, or masks (B, T) by name, e.g. `memory_split(walks, window=64)`.
        bins: the last step of each bin; `step_bins(T)` if None.

    Raises:
        TypeError: if what is given are no answers, but predictions say.
    """
    if not isinstance(answers, Answers):
        raise TypeError(
            f"score() counts answers, got {type(answers).__name__}: of predictions, an array like walks.observations, "
            "they are answers_of(predictions, walks)."
        )
    if isinstance(masks, str):
        masks = (masks,)
    answers = Answers(*map(np.asarray, answers))
    bins = step_bins(walks.walk_length) if bins is None else bins
    by_name = masks if isinstance(masks, Mapping) else {name: mask_of(walks, name) for name in masks}
    return {name: count(answers, mask, bins) for name, mask in by_name.items()}


def mask_of(walks: Walks, name: str) -> NDArray[np.bool_]:
    """A mask (B, T) of walks by its name: a boolean attribute of `Walks`, or a kind of memory with a window in steps.

    `stwm_64` are the steps to nodes visited within the last 64 (short-term working memory), `ltrm_64` all others but
    the first (long-term reference memory, as published), `out_of_window_64` those of them visited in this walk.

    Raises:
        ValueError: if there is no such mask.
    """
    windowed = _WINDOWED.fullmatch(name)
    if windowed is None:
        found = getattr(walks, name, None)
        if not isinstance(found, np.ndarray) or found.dtype != bool:
            raise ValueError(f"There is no mask {name!r}: use one like {', '.join(MASKS)}, or stwm_64 or ltrm_64.")
        return found
    window = int(windowed["window"])
    if windowed["kind"] == "stwm":
        return walks.in_window(window)
    if windowed["kind"] == "ltrm":
        return walks.out_of_window(window) | walks.never_in_trial
    return walks.out_of_window(window)


def memory_split(walks: Walks, window: int) -> dict[str, NDArray[np.bool_]]:
    """Every step but the first, by the memory that it takes on familiar maps.

    Errors on the first are short-term working memory (STWM) errors; on the other two together, the long-term reference
    memory (LTRM) error as published, of which only the last is reference memory proper.

    Args:
        walks: on familiar maps, or on novel ones for comparison.
        window: how many steps back working memory reaches.
    """
    return {
        f"in window of {window}": walks.in_window(window),
        "out of window, in trial": walks.out_of_window(window),
        "never in trial": walks.never_in_trial,
    }


def _as_array(predictions: ArrayLike) -> NDArray[Any]:
    try:
        return np.asarray(predictions)
    except ValueError:  # rows of several lengths
        raise ValueError("Predictions are an array like walks.observations, got rows of several lengths.") from None


def answers_of(predictions: ArrayLike, walks: Walks) -> Answers:
    """The answers of an agent that predicts one symbol (B, T) at every step."""
    predictions = _as_array(predictions)
    if predictions.shape != walks.observations.shape or predictions.dtype.kind not in "iu":
        raise ValueError(
            f"Predictions are one whole number for each step, of the walks' shape {walks.observations.shape}, got "
            f"{predictions.dtype} of shape {predictions.shape}."
        )
    return Answers(predictions == walks.observations, np.ones(predictions.shape, dtype=bool))
