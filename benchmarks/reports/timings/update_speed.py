"""CPU seconds and memory of one update of TEM, TEM-t and MapFormer, at the sizes at which torch_tem was measured.

A gradient step on 20 steps of 16 walks on 5 x 5 squares with 45 symbols: there 1.17 CPU seconds and 4.4 GB. On one
core, the best of several walks of ten such steps: other work on the machine only ever takes time away, and memory fills
as a walk goes on. The yardstick is a product of two matrices of 1,024 x 1,024, measured in between: the ratio to it
compares machines, and hours. MapFormer learns from a whole walk at once, and a step costs a tenth of that.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

import torch

from agents import make_agent
from benchmarks.experiments.console import PlainTable
from benchmarks.running.machine import keep_freed_memory
from benchmarks.running.schedule import Schedule
from benchmarks.running.training import training_batches
from hippo_envs import make_family

CHUNK, N_CHUNKS, BATCH = 20, 10, 16
N_WALKS = 12
TIMED: dict[str, dict[str, Any]] = {"tem": {"chunk": CHUNK}, "tem-t": {"chunk": CHUNK}, "mapformer": {}}


class Cost(NamedTuple):
    """Of one update."""

    cpu_seconds: float
    yardsticks: float  # the same, in products of two matrices
    megabytes: float  # the most that the process held, Python and PyTorch included


class Bar(NamedTuple):
    """What an update may take at most."""

    cpu_seconds: float
    megabytes: float


BARS = {"tem": Bar(cpu_seconds=0.20, megabytes=600)}


def measure(report: Callable[[str], None]) -> dict[str, Cost]:
    """Each agent in a process of its own, so that its peak of memory is its own."""
    costs = {}
    for name in TIMED:
        report(name)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            costs[name] = process.submit(cost_of, name).result()
    return costs


def cost_of(name: str, n_walks: int = N_WALKS) -> Cost:
    """Measured here and now, on one thread."""
    import resource  # which Windows does not have

    torch.set_num_threads(1)
    keep_freed_memory()
    torch.manual_seed(0)
    family = make_family("hippo/Rectangle-v0", width=5, n_observations=45, stay=True)
    agent = make_agent(name, family.n_observations, family.n_actions, **TIMED[name])
    optimiser = torch.optim.Adam(agent.parameters(), fused=True)
    spent, yardsticks = [], []
    plan = Schedule(n_walks, BATCH, CHUNK * N_CHUNKS, learning_rate=1e-3)
    for batch in training_batches(family, plan, 0, torch.device("cpu")):
        before = time.process_time()
        agent.update(batch, optimiser, progress=0.5)
        spent.append((time.process_time() - before) / N_CHUNKS)
        yardsticks.append(_yardstick())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in kB, on macOS in bytes
    return Cost(min(spent), min(spent) / min(yardsticks), peak / (1024**2 if sys.platform == "darwin" else 1024))


def _yardstick(size: int = 1_024) -> float:
    matrix = torch.ones(size, size)
    before = time.process_time()
    torch.mm(matrix, matrix)
    return time.process_time() - before


def as_table(costs: dict[str, Cost]) -> PlainTable:
    """A row for each agent, and what it is to keep to."""
    table = PlainTable(f"An update on {BATCH} x {CHUNK} steps", box=None)
    for column in ("agent", "CPU ms", "yardsticks", "MB"):
        table.add_column(column, justify="left" if column == "agent" else "right")
    for name, cost in costs.items():
        table.add_row(name, f"{1_000 * cost.cpu_seconds:.1f}", f"{cost.yardsticks:.1f}", f"{cost.megabytes:.0f}")
    return table


def verdicts(costs: dict[str, Cost]) -> list[str]:
    """One line for each bar."""
    lines = []
    for name, bar in BARS.items():
        for reached, limit, unit in (
            (costs[name].cpu_seconds, bar.cpu_seconds, "CPU seconds an update"),
            (costs[name].megabytes, bar.megabytes, "MB"),
        ):
            verdict = "met" if reached <= limit else "not met"
            lines.append(f"{name}: {reached:.3g} {unit}, bar {limit:g}: {verdict}")
    return lines
