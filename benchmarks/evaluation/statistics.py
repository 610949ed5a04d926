"""Confidence intervals over runs and over walks.

The unit is the run; within a run it is the walk, since the steps of one walk are not independent. Below ten seeds the
intervals are t intervals: a percentile bootstrap of five runs that says 95 % covers 84 %. Where runs are resampled
nevertheless, since several tasks are summed up, replicates are widened to what a t interval would have (`_widened`).
"""

import math
import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hippo_envs.scoring import Counts


class Interval(NamedTuple):
    """A value and its confidence interval; NaN bounds where a single run or walk says nothing of the spread.

    It is written with the format of a number. A sign in front, for narrow columns, gives half its width instead of its
    bounds; without bounds there is the value alone, and a dash stands for no value.

    >>> f"{Interval(0.5, 0.4, 0.6):.3f}", f"{Interval(0.5, 0.4, 0.6):±.3f}", f"{Interval(0.5, math.nan, math.nan):.2f}"
    ('0.500 (0.400 to 0.600)', '.500 ± .100', '0.50')
    """

    value: float
    low: float
    high: float

    def within(self, lowest: float = 0.0, highest: float = 1.0) -> "Interval":
        """The same clipped to where the quantity lives: a t interval knows nothing of 0 and 1. NaN stays NaN."""
        return Interval(*(number if math.isnan(number) else min(max(number, lowest), highest) for number in self))

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        number, is_narrow = spec.removeprefix("±"), spec.startswith("±")
        if math.isnan(self.value):
            return "–"
        if math.isnan(self.low):
            return _without_zero(f"{self.value:{number}}") if is_narrow else f"{self.value:{number}}"
        if is_narrow:  # of a clipped interval the wider half
            half = max(self.high - self.value, self.value - self.low)
            return _without_zero(f"{self.value:{number}} ± {half:{number}}")
        return f"{self.value:{number}} ({self.bounds(number)})"

    def bounds(self, spec: str) -> str:
        """The bounds alone, for a column of their own; nothing where there are none."""
        return "" if math.isnan(self.low) else f"{self.low:{spec}} to {self.high:{spec}}"


def over_seeds(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """The mean over runs, with a t interval."""
    values = np.asarray(values, dtype=np.float64)
    standard_error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return _t_interval(float(values.mean()), float(standard_error), len(values) - 1, confidence)


def paired_contrast(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Interval:
    """The mean of a - b over runs that share their seed and evaluation worlds, pair by pair."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"A paired contrast needs equally many runs on both sides, got {len(a)} and {len(b)}.")
    return over_seeds(a - b, confidence)


def over_worlds(counts: Counts, n_observations: int, confidence: float = 0.95) -> Interval:
    """The accuracy of one run, with an interval clustered by walk.

    A ratio of sums over B walks, linearised: the residual of a walk is what it has right beyond its share.
    """
    totals = counts.total.sum(axis=1)
    expected = counts.correct.sum(axis=1) + (totals - counts.known.sum(axis=1)) / n_observations
    accuracy = counts.accuracy(n_observations)
    n_walks = int((totals > 0).sum())
    if n_walks < 2:
        return Interval(accuracy, np.nan, np.nan)
    residuals = expected - accuracy * totals
    standard_error = np.sqrt(n_walks / (n_walks - 1) * (residuals**2).sum()) / totals.sum()
    return _t_interval(accuracy, float(standard_error), n_walks - 1, confidence)


def suite_score(
    runs_by_task: Sequence[ArrayLike], rng: np.random.Generator, confidence: float = 0.95, n_resamples: int = 2_000
) -> Interval:
    """The interquartile mean over the runs of all tasks, with a bootstrap that resamples runs within each task.

    Agarwal et al. (2021), NeurIPS, "Deep reinforcement learning at the edge of the statistical precipice", whose
    percentiles are for many runs; of few they are widened, with the degrees of freedom of all tasks together.

    Args:
        runs_by_task: the scores of the runs, one array for each task; one run of a task leaves the bounds NaN.
        rng: for the bootstrap.
    """
    tasks = [np.asarray(runs, dtype=np.float64) for runs in runs_by_task]
    value, fewest = float(interquartile_mean(np.concatenate(tasks), axis=0)), min(map(len, tasks))
    if fewest < 2:
        return Interval(value, np.nan, np.nan)
    resampled = [rng.choice(runs, size=(n_resamples, len(runs))) for runs in tasks]
    replicates = interquartile_mean(np.concatenate(resampled, axis=1), axis=1)
    replicates = _widened(replicates, fewest, _degrees_of_freedom(tasks), confidence)
    low, high = np.quantile(replicates, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, float(low), float(high))


def sure_ranks(replicates: ArrayLike, n_runs: int, confidence: float = 0.95) -> list[int]:
    """Rank agents by paired replicates of their scores: 1 plus the number of agents that are surely better.

    Surely is by a t of n - 1 degrees of freedom: the fewest that a difference over several tasks can have, whichever
    task its spread comes from. Equal agents are told apart in 1 - `confidence` of cases, on many tasks in fewer.

    Args:
        replicates: (agents, replicates), each replicate of the same seeds and worlds for every agent.
        n_runs: how many runs of an agent on a task were resampled, two or more.
        confidence: two-sided.
    """
    values = _widened(np.asarray(replicates, dtype=np.float64), n_runs, n_runs - 1, confidence)
    surely_above = (values[:, None] > values[None, :]).mean(axis=2) > (1 + confidence) / 2
    return (1 + surely_above.sum(axis=0)).tolist()


def interquartile_mean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """The mean of the middle half along an axis: `scipy.stats.trim_mean`, which takes most of a second to import."""
    n_cut = values.shape[axis] // 4
    middle = np.partition(values, (n_cut, values.shape[axis] - n_cut - 1), axis)
    return np.take(middle, range(n_cut, values.shape[axis] - n_cut), axis).mean(axis)


def _widened(
    replicates: NDArray[np.float64], n_runs: int, degrees_of_freedom: float, confidence: float
) -> NDArray[np.float64]:
    """Bootstrap replicates about their mean, so that percentiles are those of a t interval.

    n runs drawn from n have a mean of variance (n - 1) / n s^2 / n, less than the unbiased s^2 / n by (n - 1) / n; and
    s is itself a guess, for which t stands in place of z. Of five runs: sqrt(5 / 4) 2.776 / 1.960 = 1.58. Hesterberg
    (2015), The American Statistician 69, takes percentiles further out instead, which of five runs would be extremes.
    """
    from scipy.special import ndtri

    t, z = _t_quantile(degrees_of_freedom, confidence), float(ndtri((1 + confidence) / 2))
    centre = replicates.mean(axis=-1, keepdims=True)
    return centre + np.sqrt(n_runs / (n_runs - 1)) * t / z * (replicates - centre)


def _degrees_of_freedom(tasks: Sequence[NDArray[np.float64]]) -> float:
    """Of a mean over tasks (Welch 1938, Satterthwaite 1946): from those of the task that varies most to their sum."""
    variances = np.array([runs.var(ddof=1) / len(runs) for runs in tasks])
    degrees = np.array([len(runs) - 1 for runs in tasks])
    if not variances.any():
        return float(degrees.min())
    return float(variances.sum() ** 2 / (variances**2 / degrees).sum())


def _without_zero(text: str) -> str:
    """Numbers with no 0 in front of their point."""
    return re.sub(r"(?<!\d)0\.", ".", text)


def _t_interval(value: float, standard_error: float, degrees_of_freedom: int, confidence: float) -> Interval:
    if np.isnan(standard_error):
        return Interval(value, np.nan, np.nan)
    half = _t_quantile(degrees_of_freedom, confidence) * standard_error
    return Interval(value, value - half, value + half)


@cache
def _t_quantile(degrees_of_freedom: float, confidence: float) -> float:
    """Half the width of a two-sided interval, in standard errors; few are ever asked for."""
    from scipy.special import stdtrit  # what `scipy.stats` calls, which takes most of a second to import

    return float(stdtrit(degrees_of_freedom, (1 + confidence) / 2))
