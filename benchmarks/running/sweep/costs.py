"""What a sweep will cost, before it begins: from results of the same agents, else from a few updates that are timed."""

import math
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import torch
from rich.console import Console

from agents.base import Agent
from benchmarks.evaluation.answers import WALKS_AT_ONCE, predicted_observations, stepped_observations
from benchmarks.experiments.console import PlainTable, say
from benchmarks.records.collect import collect, collecting_once
from benchmarks.records.result import RESULTS, Result
from benchmarks.records.run import Run
from benchmarks.records.settings import RunSettings
from benchmarks.running.curves import learning_curve
from benchmarks.running.progress import Watcher
from benchmarks.running.sweep.plan import Job
from benchmarks.running.sweep.table import saved_update, shown_time
from benchmarks.running.training import Trainer

CPU, QUIET = torch.device("cpu"), Console(quiet=True)
N_TIMED = 4  # updates, of which the first is not counted: it sets up what the others use


class Cost(NamedTuple):
    """CPU seconds of training and of scoring one run, NaN where nobody knows; and where that is from."""

    training: float
    scoring: float
    source: str

    def after(self, share: float) -> float:
        """What is left to do where that share of the training is done."""
        return self.training * (1 - share) + self.scoring


class Line(NamedTuple):
    """The runs of one agent in one experiment: how many there are, how many have finished, and what is left of them."""

    experiment: str
    variant: str
    n_runs: int
    n_finished: int
    each: Cost
    seconds: float


def lines_of(jobs: Sequence[Job], runs: Path) -> list[Line]:
    """What each agent of a sweep will cost in each experiment, on one CPU core.

    Raises:
        ValueError: if a run is in the way that is not this sweep's own, or an agent cannot be trained.
    """
    kinds: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        kinds.setdefault((job.experiment.name, job.variant), []).append(job)
    with collecting_once():
        return [_line(of_kind, runs) for of_kind in kinds.values()]


def _line(jobs: Sequence[Job], runs: Path) -> Line:
    left = [job for job in jobs if job.within(runs).finished() is None]
    each = cost_of(left[0], runs) if left else Cost(0.0, 0.0, "finished before")
    to_do = sum(each.after(update / n_updates) for update, n_updates in (saved_update(job, runs) for job in left))
    return Line(jobs[0].experiment.name, jobs[0].variant, len(jobs), len(jobs) - len(left), each, to_do)


def cost_of(job: Job, runs: Path) -> Cost:
    """The mean over finished runs of other seeds, one's own before the committed ones; else timed."""
    only = replace(job.experiment, variants={job.variant: job.experiment.variant(job.variant)})
    for folder, source in ((runs, f"results in {runs}"), (RESULTS, "committed results")):
        known = [spent_on(result) for result in collect(only, job.preset, folder) if result.variant == job.variant]
        if known:
            training, scoring = map(fmean, zip(*known, strict=True))
            return Cost(training, scoring, source)
    if not isinstance(job.settings, RunSettings):
        return Cost(math.nan, math.nan, "unknown")
    say(f"{job.experiment.name} {job.variant}: timing {N_TIMED} updates, as no result of it is known", sys.stderr)
    return Cost(*timed(job.settings), f"{N_TIMED} updates timed")


def spent_on(result: Result) -> tuple[float, float]:
    """CPU seconds of training and scoring of a finished run; of a study, its share of all seeds, computed together."""
    spent = result.provenance
    if "train_cpu_seconds" in spent:
        return spent["train_cpu_seconds"], spent.get("score_wall_seconds", 0.0)
    return spent["cpu_seconds_of_all"] / spent["seeds_side_by_side"], 0.0


def timed(settings: RunSettings) -> tuple[float, float]:
    """CPU seconds of training by the first updates of a run, and of scoring by a few of its worlds."""
    brief = replace(settings, n_updates=N_TIMED, n_evaluation_worlds=min(WALKS_AT_ONCE, settings.n_evaluation_worlds))
    with tempfile.TemporaryDirectory() as folder:
        run = Run(brief, Path(folder))
        agent = run.agent(CPU)
        with Watcher("", N_TIMED, QUIET) as watcher:
            Trainer(agent, run, CPU).train(watcher)
        first, *_, last = (seconds or 0.0 for seconds in learning_curve(run.folder, ())["cpu_seconds"])
    training = (last - first) / (N_TIMED - 1) * settings.n_updates
    return training, _scoring(agent, run) * settings.n_evaluation_worlds / brief.n_evaluation_worlds


def _scoring(agent: Agent[Any], run: Run) -> float:
    predict = stepped_observations if run.settings.stepped else predicted_observations
    walks = run.evaluation_walks
    started = time.process_time()
    for kind_walks in walks.values():
        predict(agent, kind_walks, CPU, run.settings.seed)
    return time.process_time() - started


def print_costs(lines: Sequence[Line], n_at_once: int | None, console: Console) -> None:
    """A row for each agent and experiment, and the sum: runs, CPU hours, and hours on so many cores."""
    table = PlainTable("What this sweep will take, on CPU cores")
    for column in ("experiment", "agent"):
        table.add_column(column)
    for column in ("runs", "finished", "each", "all"):
        table.add_column(column, justify="right")
    table.add_column("known from")
    for line in lines:
        counts = str(line.n_runs), str(line.n_finished)
        table.add_row(line.experiment, line.variant, *counts, *_times(line), line.each.source)
    console.print(table)
    say(summary(lines, n_at_once), console)


def _times(line: Line) -> tuple[str, str]:
    return ("", "") if line.n_runs == line.n_finished else (shown_time(line.each.after(0)), shown_time(line.seconds))


def summary(lines: Sequence[Line], n_at_once: int | None) -> str:
    """In a sentence or two."""
    n_runs, n_finished = sum(line.n_runs for line in lines), sum(line.n_finished for line in lines)
    known = sum(line.seconds for line in lines if not math.isnan(line.seconds))
    unknown = sum(line.n_runs - line.n_finished for line in lines if math.isnan(line.seconds))
    before = f", {n_finished} finished before" if n_finished else ""
    beside = f", and {unknown} whose cost is unknown" if unknown else ""
    cores = min(n_at_once or 1, max(1, n_runs - n_finished))
    there = f", about {shown_time(known / cores)} on {cores} cores" if cores > 1 else ""
    return f"{n_runs} runs{before}: about {known / 3600:.2g} CPU hours{there}{beside}."
