"""python -m benchmarks gpu: all that is to be done where there is a GPU, in one go and within a given time."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import torch
from rich.console import Console

from benchmarks.experiments.console import PlainTable, say, wide_console
from benchmarks.records.files import write_whole
from benchmarks.records.provenance import versions
from benchmarks.reports.gpu import roofline
from benchmarks.reports.gpu.agreement import ASKED, Agreement, Differences, agreement_of
from benchmarks.reports.gpu.worth import runs_by_worth
from benchmarks.reports.timings import recurrence_speed
from benchmarks.running.machine import find_device
from benchmarks.running.signals import RunInterruptedError
from benchmarks.running.sweep.executors import make_executor
from benchmarks.running.sweep.loop import Sweep

FAILED = 1  # exit status
REPORT = "gpu.json"
TESTS = Path(__file__).parents[3] / "tests"  # which an installed package has not
SECONDS_TO_SAVE = 30.0  # that workers are given to save what they have not finished


def examine(minutes: float, preset: Literal["smoke", "paper"] | None, device: str, jobs: int, runs: Path) -> int:
    """Compare, test and time, then train until the time is over; the exit status.

    Args:
        minutes: for everything; the comparisons and timings are done whatever they take.
        preset: of what is timed and trained: paper on a GPU, and smoke, a rehearsal, elsewhere, if None.
        device: where.
        jobs: how many runs share it.
        runs: the folder of the runs, and of the report.
    """
    until, place, console = time.monotonic() + 60 * minutes, find_device(device), wide_console()
    preset = preset or ("paper" if place.type == "cuda" else "smoke")
    report = _Report(runs / REPORT, place, preset)
    with console.status("") as status:
        agreements = {}
        for name in ASKED:
            status.update(f"{name} beside the CPU")
            agreements[name] = agreement_of(name, place)
    console.print(_as_table(agreements, place))
    report.add(
        "agreement",
        {name: {part: of._asdict() for part, of in row._asdict().items()} for name, row in agreements.items()},
    )
    passed = _tests_pass()
    report.add("tests", passed)
    disagree = [name for name, row in agreements.items() if not row.holds]
    if disagree or passed is False:
        say(f"Nothing is trained, for here {', '.join(disagree) or 'a test'} is not as on a CPU.", sys.stderr)
        return FAILED
    report.add("recurrence", _shown(recurrence_speed.as_table(place, preset), console))
    with console.status("") as status:
        timed = roofline.measure(place, preset, status.update)
    console.print(roofline.as_table(timed))
    report.add("updates", {name: row._asdict() for name, row in timed.items()})
    return _train(preset, place, jobs, runs, until - time.monotonic() - SECONDS_TO_SAVE)


def _tests_pass() -> bool | None:
    """Those that ask more of a GPU; None where there are no tests."""
    if not TESTS.is_dir():
        say("The tests are in the repository, not in the package: they are left out.")
        return None
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", str(TESTS / "agents")]
    return subprocess.run(command, cwd=TESTS.parent, check=False).returncode == 0


def _train(preset: str, device: torch.device, jobs: int, runs: Path, seconds: float) -> int:
    """Runs in the order of their worth, until the time is over; what is not finished resumes with the next call."""
    if seconds <= 0:
        say("No time is left for runs: give more --minutes.")
        return 0
    executor = make_executor("local", runs.resolve(), 0, ())
    try:
        with _stopped_after(seconds):
            rows = Sweep(runs_by_worth(preset), executor, jobs, str(device), runs, runs / "results", Console()).run()
    except RunInterruptedError:
        say(f"The time is over. The same command goes on from here; finished results are in {runs / 'results'}.")
        return 0
    finally:
        executor.close()
    return FAILED if any(row.state == "failed" for row in rows) else 0


@contextmanager
def _stopped_after(seconds: float) -> Iterator[None]:
    """Ask this process to save itself and stop then, as somebody at its terminal would."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class _Report:
    """A file with what has been found, whole after every part: time may be over, or the machine gone."""

    def __init__(self, path: Path, device: torch.device, preset: str) -> None:
        name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
        self._path, self._begun = path, time.monotonic()
        self._content: dict[str, Any] = {"device": name, "versions": versions(), "preset": preset, "seconds": {}}

    def add(self, part: str, found: Any) -> None:
        self._content[part] = found
        self._content["seconds"][part] = round(time.monotonic() - self._begun, 1)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._path, (json.dumps(self._content, indent=1) + "\n").encode())


def _as_table(agreements: dict[str, Agreement], device: torch.device) -> PlainTable:
    """A row for each agent; who differs by more than rounding is named."""
    title = f"Differences of an update on {device} from the CPU (of one with rounded weights), in parts of what it is"
    table = PlainTable(title, box=None)
    for column in ("agent", *Differences._fields, ""):
        table.add_column(column, justify="left" if column in ("agent", "") else "right")
    for name, row in agreements.items():
        pairs = zip(row.device, row.rounded, strict=True)
        table.add_row(name, *(f"{ours:.0e} ({of:.0e})" for ours, of in pairs), "" if row.holds else "differs")
    return table


def _shown(table: PlainTable, console: Console) -> list[list[str]]:
    """The table, printed; its rows as text."""
    console.print(table)
    return [list(map(str, row)) for row in zip(*(column.cells for column in table.columns), strict=True)]
