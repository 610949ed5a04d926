"""The activities that measurements look at, so that an agent that lacks them is told before it is trained."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from agents.base import Agent
from benchmarks.evaluation.answers import activity_widths, lacks_activity
from benchmarks.evaluation.measurements.place_cells import CODES as LAYERS
from benchmarks.evaluation.measurements.splitter_cells import CODES
from hippo_envs import Walks

WANTED: Mapping[str, tuple[str, ...]] = {
    "position_tuning": ("position",),
    "position_spectrum": ("position",),
    "grid_units": ("position",),
    "memory_fields": ("position", "memory"),
    "remapping": ("position", "memory"),
    "place_remapping": ("position", "memory", "key", "value"),
}
WANTED_ANY: Mapping[str, tuple[str, ...]] = {
    "place_cells": LAYERS,
    "splitter_cells": CODES,
}


def check_activities(agent: Agent[Any], measurements: Sequence[str], walks: Walks, device: torch.device) -> None:
    """A ValueError if the agent's `forward` does not name the activities of these measurements, and how to do so."""
    wanted = [name for name in measurements if name in WANTED or name in WANTED_ANY]
    has = activity_widths(agent, walks, device) if wanted else {}
    for name in wanted:
        choices = [(activity,) for activity in WANTED.get(name, ())] or [WANTED_ANY[name]]
        for choice in choices:
            if not set(choice) & set(has):
                raise lacks_activity(agent, choice, has)
