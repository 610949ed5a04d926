"""CPU seconds of the commands that read every committed result, each in a process of its own.

The best of several goes: the first one makes the index of results, and other work on the machine only ever takes time
away.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.experiments.console import PlainTable
from benchmarks.records.result import RESULTS

ROOT = RESULTS.parents[1]
GOES = 3
BARS = {"claims": 3.0, "docs": 3.0, "leaderboard": 3.0}  # seconds at most


def measure(report: Callable[[str], None]) -> dict[str, float]:
    """Of each command; pages and the board are made in a folder that is removed."""
    with TemporaryDirectory() as name:
        pages = Path(name)
        shutil.copytree(ROOT / "docs", pages / "docs")
        shutil.copy(ROOT / "README.md", pages)
        where = {"claims": (), "docs": ("--root", name), "leaderboard": ("--output", f"{name}/board")}
        seconds = {}
        for command, options in where.items():
            report(command)
            seconds[command] = min(cpu_seconds([command, *options]) for _ in range(GOES))
    return seconds


def cpu_seconds(arguments: Sequence[str]) -> float:
    """Of `python -m benchmarks ...`, user and system."""
    import resource  # which Windows does not have

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def as_table(seconds: Mapping[str, float]) -> PlainTable:
    """A row for each command."""
    table = PlainTable(box=None)
    table.add_column("command")
    table.add_column("CPU seconds on the committed results", justify="right")
    for command, spent in seconds.items():
        table.add_row(command, f"{spent:.2f}")
    return table


def verdicts(seconds: Mapping[str, float]) -> list[str]:
    """One line for each bar."""
    lines = []
    for command, most in BARS.items():
        verdict = "met" if seconds[command] <= most else "not met"
        lines.append(f"{command}: {seconds[command]:.3g} CPU seconds, bar {most:g}: {verdict}")
    return lines
