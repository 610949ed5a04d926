"""How sure a number is.

The unit is the run; within a run it is the walk, since the steps of one walk are not independent.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from hippo_envs.scoring import Counts


class Interval(NamedTuple):
    """A mean and its confidence interval; NaN bounds where one run or walk says nothing of the spread."""

    value: float
    low: float
    high: float


def over_seeds(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """The mean over runs with a t interval: with five seeds a percentile bootstrap covers only .84."""
    values = np.asarray(values, dtype=np.float64)
    standard_error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return _t_interval(float(values.mean()), float(standard_error), len(values) - 1, confidence)


def over_worlds(counts: Counts, n_observations: int, confidence: float = 0.95) -> Interval:
    """The accuracy of one run with an interval clustered by walk.

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


def _t_interval(value: float, standard_error: float, degrees_of_freedom: int, confidence: float) -> Interval:
    if np.isnan(standard_error):
        return Interval(value, np.nan, np.nan)
    half = float(stats.t.ppf((1 + confidence) / 2, degrees_of_freedom)) * standard_error
    return Interval(value, value - half, value + half)
