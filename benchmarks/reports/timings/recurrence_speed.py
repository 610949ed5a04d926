"""Milliseconds of a forward and backward pass through position codes, by each method that a device offers.

Step by step (`loop`), in blocks (`scan`, of linear recurrences only) or in one kernel (`fused`, on a GPU).
"""

import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from agents import find_config
from agents.parts.path_integration import PathIntegrator, recurrence_on
from agents.parts.recurrence import Recurrence, scan
from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.console import PlainTable
from hippo_envs import make_family

WAYS = ("loop", "scan", "fused")
GOES = 5


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
            integrator = PathIntegrator(n_actions, config.n_units, config.n_modules, config.activation).to(device)
            actions = torch.randint(n_actions, (steps.batch, steps.walk_length), device=device)
            size = f"{steps.batch} walks, {steps.walk_length} steps, {config.n_units} units / {config.n_modules}"
            times = times_of(integrator, actions)
            table.add_row(experiment.name, agent, size, *(f"{times[way]:.2f}" if way in times else "" for way in WAYS))
    return table


def times_of(integrator: PathIntegrator, actions: Tensor) -> dict[str, float]:
    """Milliseconds by way, the least of several goes."""
    rectify, width = integrator.activation == "relu", integrator.origin.shape[-1]
    fused = recurrence_on(actions.device.type, width)
    ways: dict[str, Callable[..., tuple[Tensor, Tensor]]] = {"loop": lambda *on: Recurrence.apply(*on, rectify)}
    if not rectify:
        ways["scan"] = scan
    if fused is not Recurrence:
        ways["fused"] = lambda *on: fused.apply(*on, rectify)
    start = F.normalize(integrator.origin, dim=-1)[:, None].expand(-1, len(actions), -1).detach()

    def seconds(way: Callable[..., tuple[Tensor, Tensor]]) -> float:
        if actions.is_cuda:
            torch.cuda.synchronize(actions.device)
        before = time.perf_counter()
        codes, lengths = way(start, integrator.transition, actions)
        torch.autograd.grad(codes.mean() + lengths.mean(), integrator.transition)
        if actions.is_cuda:
            torch.cuda.synchronize(actions.device)
        return time.perf_counter() - before

    return {name: 1e3 * min(seconds(way) for _ in range(GOES)) for name, way in ways.items()}
