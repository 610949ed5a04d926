"""Sizes, constants and schedules of TEM, in the symbols of `tem.py` and of the paper cited there.

Schedules: with i = progress x `schedule_updates`, T = min((i + 1) / 2,000, 1) scales the losses between codes, U =
sigmoid((i - 400) / 200) that of p_x, and 10,000 (1 - U) is added to the deviation of what memory says of g; eta grows
over `remember_updates`, lambda over 200, the penalty on p falls to 0 over 4,000. Published is `remember_updates=16_000`
and one i for each optimiser step, that is `schedule_updates` = updates x ceil(T / chunk); any other value rescales. An
agent as built stands at the end of its schedule.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from .sizes import NOT_NEGATIVE, Limits, Sizes

LARGEST_DOUBT = 10_000.0


@dataclass(frozen=True)
class TEMConfig(Sizes):
    """Sizes, constants and schedules of a TEM.

    Args:
        n_abstract: units of g at each scale; the first third of them reaches the hippocampus.
        smoothing: initial weight of the newest observation in each scale's filter, largest first.
        n_hidden_transition: hidden units between an action and its transition matrix.
        kappa: how much of the attractor's state stays at each iteration.
        remember: eta, strength of a new memory at the end of its schedule.
        forget: lambda, the share of memory that remains after a step, at the end of its schedule.
        abstract_penalty: weight of |g|^2.
        grounded_penalty: weight of |p|_1 at the start of training.
        chunk: steps between clamps of memory, and steps of backpropagation through time.
        schedule_updates: how many of the published schedule's updates our whole training covers.
        remember_updates: updates of the published schedule until eta reaches its full size.
    """

    n_abstract: tuple[int, ...] = (30, 30, 24, 18, 18)
    smoothing: tuple[float, ...] = (0.99, 0.3, 0.09, 0.03, 0.01)
    n_hidden_transition: int = 20
    kappa: float = 0.8
    remember: float = 0.5
    forget: float = 0.9999
    abstract_penalty: float = 0.01
    grounded_penalty: float = 0.02
    chunk: int = 20
    schedule_updates: int = 20_000
    remember_updates: int = 16_000

    MAX_GRADIENT_NORM: ClassVar[float] = 2.0
    LIMITS: ClassVar[Mapping[str, Limits]] = {"kappa": (0.0, 1.0), "remember": NOT_NEGATIVE, "forget": (0.0, 1.0)}


class Schedule(NamedTuple):
    """What changes in the course of training."""

    remember: float
    forget: float
    doubt: float
    match_weight: float  # of the losses between codes
    recall_weight: float  # of the loss between p_inf and p_x
    grounded_weight: float


def schedule(update: float, config: TEMConfig) -> Schedule:
    """The published schedule at a published update."""
    temperature = min((update + 1) / 2_000, 1.0)
    use_of_memory = 1 / (1 + math.exp((400 - update) / 200))
    return Schedule(
        remember=config.remember * min((update + 1) / config.remember_updates, 1.0),
        forget=config.forget * min((update + 1) / 200, 1.0),
        doubt=LARGEST_DOUBT * (1 - use_of_memory),
        match_weight=temperature,
        recall_weight=temperature * use_of_memory,
        grounded_weight=config.grounded_penalty * max(1 - update / 4_000, 0.0),
    )
