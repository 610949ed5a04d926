"""The live table of a sweep: what runs, how far it is, how long the rest will take."""

import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from types import TracebackType
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar

from benchmarks.experiments.console import PlainTable, literal, say
from benchmarks.records.files import read_regular
from benchmarks.running.checkpoint import Checkpoint
from benchmarks.running.sweep.plan import Job

State = Literal["waiting", "running", "finished", "finished before", "stopped", "failed"]
SHOWN_FIRST: tuple[State, ...] = ("failed", "running", "stopped", "finished", "waiting", "finished before")
LINES_AROUND = 8  # of the table, in a terminal
BAR = 12  # characters
LONG = 99 * 3600.0  # seconds


@dataclass
class Row:
    """A job, and how far it is.

    Args:
        job: what is run.
        state: where it stands.
        n_starts: how often a worker was given it.
        fraction, fraction_before: of its training that is done, and that was done when a worker was last given it.
        started, seconds: when a worker was last given it, and how long that one took to finish it.
        message: how it failed, or where it ran.
    """

    job: Job
    state: State = "waiting"
    n_starts: int = 0
    fraction: float = 0.0
    fraction_before: float = 0.0
    started: float = 0.0
    seconds: float = math.nan
    message: str = ""


class Board:
    """Shows the rows: live in a terminal; elsewhere (a log, CI) a line for each change."""

    def __init__(self, rows: Sequence[Row], n_at_once: int, console: Console) -> None:
        self._rows, self._n_at_once, self._console = rows, n_at_once, console
        self._live = Live(get_renderable=self._table, console=console, refresh_per_second=2)

    def __enter__(self) -> "Board":
        if self._console.is_terminal:
            self._live.start()
        else:
            say(summary(self._rows, self._n_at_once), self._console)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()
        else:
            say(summary(self._rows, self._n_at_once), self._console)

    def changed(self, row: Row, what: str) -> None:
        """Say what has happened to a run, where no table shows it."""
        if not self._console.is_terminal:
            say(f"{row.job.title}: {what}", self._console)

    def _table(self) -> RenderableType:
        shown = sorted(self._rows, key=lambda row: (SHOWN_FIRST.index(row.state), -row.started))
        shown = shown[: max(4, self._console.height - LINES_AROUND)]
        table = PlainTable()
        # On a narrow screen the first column gives way, for it is broken between words; the others say nothing if cut.
        table.add_column("run", overflow="fold")
        table.add_column("state", no_wrap=True, min_width=max((len(_state(row)) for row in shown), default=0))
        table.add_column("trained", width=BAR)
        table.add_column("time", justify="right", no_wrap=True, min_width=len(shown_time(LONG)))
        for row in shown:
            spent = time.monotonic() - row.started if row.state == "running" else row.seconds
            bar = ProgressBar(total=1.0, completed=row.fraction, width=BAR) if row.state == "running" else ""
            # How a run failed stands below it, where there is most room.
            run = "\n".join(filter(None, (row.job.title, row.message)))
            table.add_row(run, _state(row), bar, shown_time(spent))
        return Group(table, literal(summary(self._rows, self._n_at_once)))


def summary(rows: Sequence[Row], n_at_once: int) -> str:
    """One line: how many runs are in which state, and how long the rest will take."""
    counts = Counter(row.state for row in rows)
    counted = ", ".join(f"{counts[state]} {state}" for state in SHOWN_FIRST[::-1] if counts[state])
    left = seconds_left(rows, n_at_once, time.monotonic())
    return f"{len(rows)} runs: {counted}" + ("" if math.isnan(left) or not left else f"; about {shown_time(left)} left")


def seconds_left(rows: Sequence[Row], n_at_once: int, now: float) -> float:
    """From runs of the same agent in the same experiment if any has finished, else from their own pace, else from all.

    NaN while nothing can be said.
    """
    known: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if row.state == "finished" and not row.fraction_before:
            known.setdefault(_kind(row), []).append(row.seconds)
        elif row.state == "running" and row.fraction > row.fraction_before:
            known.setdefault(_kind(row), []).append((now - row.started) / (row.fraction - row.fraction_before))
    if not known:
        return math.nan if any(row.state in ("waiting", "running") for row in rows) else 0.0
    on_average = mean(mean(seconds) for seconds in known.values())
    left = 0.0
    for row in rows:
        if row.state in ("waiting", "running"):
            left += (1 - row.fraction) * mean(known.get(_kind(row), [on_average]))
    n_left = sum(row.state in ("waiting", "running") for row in rows)
    return left / max(1, min(n_at_once, n_left))


def trained_fraction(job: Job, runs: Path) -> float:
    """How much of its training a run has reported, from its curves; 0 where there are none."""
    n_updates = job.settings.as_json().get("n_updates")
    path = job.within(runs).curves
    if not n_updates or not path.exists():
        return 0.0
    try:
        lines = read_regular(path).splitlines()
    except (OSError, ValueError):
        return 0.0  # the run itself will say what is wrong
    for line in reversed(lines):
        try:
            return min(1.0, json.loads(line)["update"] / n_updates)
        except (ValueError, KeyError, TypeError):
            continue  # it is being written, or is none of ours
    return 0.0


def saved_update(job: Job, runs: Path) -> tuple[int, int]:
    """The update that a run would go on from, and of how many; of one without a checkpoint, 0."""
    settings, path = job.settings.as_json(), job.within(runs).checkpoint
    n_updates = settings.get("n_updates") or 1
    if not path.exists():
        return 0, n_updates
    try:
        return Checkpoint.read(path, settings).update, n_updates
    except ValueError:
        return 0, n_updates  # the run itself will say what is wrong


def shown_time(seconds: float) -> str:
    """As 42 s, 3 min or 2 h 05 min."""
    if math.isnan(seconds):
        return ""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _kind(row: Row) -> tuple[str, str]:
    return row.job.experiment.name, row.job.variant


def _state(row: Row) -> str:
    return row.state if row.n_starts < 2 else f"{row.state} (start {row.n_starts})"
