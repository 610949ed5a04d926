"""A worker of a sweep: does exactly what `run` does, on one thread, with a log beside the checkpoint."""

import os
import socket
import traceback
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import TextIO

import torch
from rich.console import Console

from benchmarks.experiments.console import say
from benchmarks.records.files import naming, with_remedy
from benchmarks.running.machine import keep_freed_memory
from benchmarks.running.run_all import run_all
from benchmarks.running.signals import RunInterruptedError
from benchmarks.running.sweep.executor import Outcome
from benchmarks.running.sweep.plan import Job

LOG = "log.txt"


def work(job: Job, device: str, runs: Path) -> Outcome:
    """Run a job in this process. Errors are told in the outcome, and with their traceback in the log."""
    torch.set_num_threads(1)
    os.environ["MPLBACKEND"] = "agg"  # on another machine too, whatever is set there
    keep_freed_memory()
    directory = job.within(runs).folder
    path = directory / LOG
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with (
            naming(path),
            path.open("a", buffering=1, encoding="utf-8", errors="backslashreplace") as log,
            redirect_stdout(log),
            redirect_stderr(log),
        ):
            say(f"{datetime.now():%Y-%m-%d %H:%M:%S} process {os.getpid()} on {socket.gethostname()}")
            return _logged(job, device, runs, path, log)
    except OSError as error:  # the log cannot be written either
        return Outcome("failed", with_remedy(error))


def _logged(job: Job, device: str, runs: Path, path: Path, log: TextIO) -> Outcome:
    try:
        console = Console(file=log, width=160)
        list(run_all(job.experiment, (job.variant,), job.preset, (job.seed,), device, runs, console))
    except (RunInterruptedError, KeyboardInterrupt):
        return Outcome("stopped")
    except Exception as error:
        traceback.print_exc(file=log)
        return Outcome("failed", f"{_told(error)} (more in {path})")
    return Outcome("finished")


def _told(error: Exception) -> str:
    if isinstance(error, OSError):
        return with_remedy(error)
    reason = (str(error).splitlines() or [""])[0]
    return reason if isinstance(error, ValueError) else f"{type(error).__name__}: {reason}"
