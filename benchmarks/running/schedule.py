"""How long an agent trains, on how much at a time, and how fast it learns. Nothing here imports torch."""

import math
from typing import NamedTuple

from benchmarks.experiments.experiment import WARM_UP, Decay, Lasting
from benchmarks.records.settings import RunSettings


class Schedule(NamedTuple):
    """How long to train, on what, and how fast to learn."""

    n_updates: int
    batch: int
    walk_length: int
    learning_rate: float
    decay: Decay | None = None
    lasting: Lasting | None = None

    @classmethod
    def of(cls, settings: RunSettings) -> "Schedule":
        """What the settings of a run say of it."""
        return cls(*(getattr(settings, name) for name in cls._fields))


def learning_rate(update: int, schedule: Schedule) -> float:
    """A linear warm-up, then a cosine to 0, or the schedule's `decay`; `update` counts from 0."""
    progress = update / schedule.n_updates
    if schedule.decay is not None:
        lowest, halvings = schedule.decay
        return lowest + (schedule.learning_rate - lowest) * 0.5 ** (halvings * progress)
    cosine = 0.5 * (1 + math.cos(math.pi * progress))
    return schedule.learning_rate * min(1.0, (update + 1) / WARM_UP) * cosine
