"""Milliseconds of a forward and backward pass through position codes, by each way that a device offers."""

import torch

from agents import find_config
from agents.parts.recurrence_choice import Size, milliseconds, ways_on
from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.console import PlainTable
from hippo_envs import make_family

WAYS = ("loop", "scan", "fused")


def as_table(device: torch.device, preset: str) -> PlainTable:
    """A row for each TEM-t on squares and on family trees, with as many walks as the preset learns from at once."""
    table = PlainTable(f"Milliseconds of a forward and backward pass, {device}", box=None)
    for column in ("experiment", "agent", "size", *WAYS):
        table.add_column(column)
    for experiment in (EXPERIMENTS["zero-shot-rectangle"], EXPERIMENTS["zero-shot-family-tree"]):
        n_actions = make_family(experiment.environment, **experiment.arguments).n_actions
        steps = experiment.preset(preset)
        for agent in ("tem-t", "tem-t-relu"):
            config = find_config("tem-t", **experiment.variant(agent).sizes)
            width = config.n_units // config.n_modules
            size = Size(n_actions, config.n_modules, steps.batch, steps.walk_length, width)
            times = milliseconds(ways_on(device.type, width, config.activation == "relu"), size, device)
            words = f"{steps.batch} walks, {steps.walk_length} steps, {config.n_units} units / {config.n_modules}"
            table.add_row(experiment.name, agent, words, *(f"{times[way]:.2f}" if way in times else "" for way in WAYS))
    return table
