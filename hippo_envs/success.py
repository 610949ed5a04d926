"""When an episode counts as solved: nine tenths of the way from floor to ceiling, in every view with a reward."""

from typing import Any, TypeVar

import numpy as np

from hippo_envs.arrays import Floats

SHARE = 0.9  # of the way; an agent that knows edges but no structure stays below it, an exact filter does not
ROUNDING = 1e-9  # of returns, which are sums of fractions; less than any reward

Number = TypeVar("Number", float, Floats)


def reward_threshold(floor: Number, ceiling: Number) -> Number:
    """The return from which on an episode is solved.

    >>> round(reward_threshold(0.5, 1.0), 9)
    0.95
    """
    return floor + SHARE * (ceiling - floor)


def least_return(floor: Number, ceiling: Number) -> Any:
    """What a return is compared with to tell whether it reaches the threshold: a return of 0 never does.

    >>> [bool(earned >= least_return(0.5, 1.0)) for earned in (0.94, 0.95)], bool(least_return(0.0, 0.0) > 0)
    ([False, True], True)
    """
    return np.maximum(reward_threshold(floor, ceiling) - ROUNDING, ROUNDING)
