"""What an update takes on a device, beside the least that its arithmetic, its memory and its launches would take.

All three bounds are made of what is measured here and now: matrix products and copies as large as they are fast, and
the smallest operation there is. An update near the highest of them can only be made faster by asking for less.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.console import PlainTable
from benchmarks.records.run import Run
from benchmarks.records.settings import settings_of
from benchmarks.running.schedule import Schedule
from benchmarks.running.training import training_batches

GOES = 5
LARGE = {"cuda": 8_192, "cpu": 1_024}  # rows of square matrices
TIMED = {  # by experiment, the variants: what takes most of the time that there is
    "nmda-ltrm-by-alpha": ("nmda-a10",),
    "zero-shot-rectangle": ("tem-t", "tem-t-relu", "lstm", "tem"),
    "mapformer": ("mapformer",),
    "what-position-does": ("transformer-sinusoids",),
}


class Speeds(NamedTuple):
    """Of a device."""

    flops: float  # a second, in products of large matrices of float32
    bytes: float  # a second, read and written
    launch: float  # seconds that the smallest operation takes


class Work(NamedTuple):
    """That an update does; what one kernel of our own does is not among it."""

    flops: float  # of matrix products and convolutions
    bytes: float  # read and written, if every operation begins and ends in memory
    operations: int


class Timed(NamedTuple):
    """An update beside its bounds, all in milliseconds."""

    update: float
    arithmetic: float
    memory: float
    launches: float


def measure(device: torch.device, preset: str, report: Callable[[str], None]) -> dict[str, Timed]:
    """Every row of `TIMED`, with the walks and sizes of a preset, by experiment and variant."""
    report(f"how fast {device} can be at most")
    fastest = speeds_of(device)
    timed = {}
    for name, variants in TIMED.items():
        for variant in variants:
            report(f"{name} {variant}")
            timed[f"{name} {variant}"] = timed_of(name, variant, preset, device, fastest)
    return timed


def timed_of(name: str, variant: str, preset: str, device: torch.device, fastest: Speeds) -> Timed:
    """One agent on new walks, without the time that sampling them takes."""
    run = Run(settings_of(EXPERIMENTS[name], variant, preset, 0), folder=Path())  # into which nothing is written
    schedule = Schedule(1, run.settings.batch, run.settings.walk_length, run.settings.learning_rate)
    (batch,) = training_batches(run.family, schedule, 0, device, learns=run.settings.learns)
    agent = run.agent(device)
    optimiser = torch.optim.Adam(agent.parameters(), lr=run.settings.learning_rate)

    def update() -> None:
        agent.update(batch, optimiser, progress=0.5, generator=torch.Generator().manual_seed(0))

    work = work_of(update)
    return Timed(
        1e3 * _seconds(update, device),
        1e3 * work.flops / fastest.flops,
        1e3 * work.bytes / fastest.bytes,
        1e3 * work.operations * fastest.launch,
    )


def speeds_of(device: torch.device) -> Speeds:
    """The most that this device does, by measurement."""
    size = LARGE[device.type]
    matrix, small = torch.ones(size, size, device=device), torch.ones(1, device=device)
    several = 100

    def launches() -> None:
        for _ in range(several):
            small.neg_()

    return Speeds(
        flops=2 * size**3 / _seconds(lambda: matrix @ matrix, device),
        bytes=2 * 4 * size**2 / _seconds(lambda: matrix.clone(), device),
        launch=_seconds(launches, device) / several,
    )


def work_of(update: Callable[[], Any]) -> Work:
    """What one call does, counted as it runs."""
    with FlopCounterMode(display=False) as flops, _Traffic() as traffic:
        update()
    return Work(float(flops.get_total_flops()), float(traffic.bytes), traffic.operations)


class _Traffic(TorchDispatchMode):
    """Counts operations, and the bytes that they read and write; views move none."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = self.operations = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        if not func.is_view:
            self.operations += 1
            self.bytes += sum(
                tensor.numel() * tensor.element_size()
                for tensor in tree_leaves((args, kwargs, made))
                if isinstance(tensor, Tensor)
            )
        return made


def _seconds(work: Callable[[], Any], device: torch.device) -> float:
    """The least of several goes, after one that warms up."""
    work()
    return min(_once(work, device) for _ in range(GOES))


def _once(work: Callable[[], Any], device: torch.device) -> float:
    _wait(device)
    before = time.perf_counter()
    work()
    _wait(device)
    return time.perf_counter() - before


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def as_table(timed: Mapping[str, Timed]) -> PlainTable:
    """A row for each agent: the update, its bounds, and how many times the highest of them it takes."""
    table = PlainTable("Milliseconds of an update, and the least that its parts would take", box=None)
    for column in ("experiment and agent", *Timed._fields, "times the bound"):
        table.add_column(column, justify="left" if column == "experiment and agent" else "right")
    for name, row in timed.items():
        table.add_row(name, *(f"{number:.2f}" for number in row), f"{row.update / max(row[1:]):.1f}")
    return table
