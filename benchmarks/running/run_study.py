"""Runs of a study: all unfinished seeds of a variant in one program, a result for each."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.console import Console

from benchmarks.experiments.console import say
from benchmarks.experiments.experiment import look_up
from benchmarks.experiments.study import Outcome, Steps, Study, StudySettings
from benchmarks.records.files import write_whole
from benchmarks.records.provenance import commit, versions
from benchmarks.records.result import Result
from benchmarks.records.run import RunFolder
from benchmarks.running.programs import PROGRAMS
from benchmarks.running.progress import Watcher
from benchmarks.running.signals import RunInterruptedError, stop_on_signal


class CountedSteps(NamedTuple):
    """Counts the steps of a program on a progress bar, and ends it between two of them if asked to stop."""

    title: str
    console: Console

    def __call__(self, n_steps: int) -> Iterator[int]:
        with Watcher(self.title, n_steps, self.console) as watcher, stop_on_signal() as stop:
            for step in range(n_steps):
                yield step
                watcher.advance()
                if stop.requested:
                    raise RunInterruptedError(stop.number)


def run_study(
    study: Study, variant: str, preset: str, seeds: Sequence[int], runs: Path, console: Console
) -> list[Result]:
    """Run one variant for some seeds, on the CPU; finished seeds are read back, the others computed side by side.

    A program takes seconds to minutes and keeps no checkpoint: what is interrupted is computed again, seeds that have
    finished are not.

    Raises:
        RunInterruptedError: if asked to stop.
        ValueError: if a result is in the way that is not this run's own, or another process is at work on a run.
    """
    wanted = {seed: RunFolder.within(runs, study.settings_of(variant, preset, seed)) for seed in seeds}
    missing = [seed for seed in seeds if wanted[seed].finished() is None]
    title = f"{study.name} {preset} {variant}"
    if missing:
        say(f"{title}: seeds {', '.join(map(str, missing))}", console)
        with ExitStack() as locks:
            for seed in missing:
                wanted[seed].folder.mkdir(parents=True, exist_ok=True)
                locks.enter_context(wanted[seed].alone())
            settings = wanted[missing[0]].settings
            outcomes, provenance = _computed(settings, missing, CountedSteps(title, console))
            for seed, outcome in zip(missing, outcomes, strict=True):
                for name, content in outcome.files.items():
                    write_whole(wanted[seed].folder / name, content)
                # The result last: then it has finished.
                _result(wanted[seed].settings, outcome, provenance).write(wanted[seed].result)
    return [Result.read(wanted[seed].result) for seed in seeds]


def _computed(settings: StudySettings, seeds: Sequence[int], steps: Steps) -> tuple[Sequence[Outcome], dict[str, Any]]:
    """What the program found for each seed, and what that took of all of them together."""
    started, cpu_started = time.perf_counter(), time.process_time()
    shared = {name: value for name, value in settings.as_json().items() if name != "seed"}
    outcomes = look_up(PROGRAMS, settings.program, "program")(shared, seeds, steps)
    return outcomes, {
        "versions": versions(),
        "commit": commit(),
        "device": "cpu",
        "n_threads": torch.get_num_threads(),
        "seeds_side_by_side": len(seeds),
        "wall_seconds_of_all": round(time.perf_counter() - started, 2),
        "cpu_seconds_of_all": round(time.process_time() - cpu_started, 2),
    }


def _result(settings: StudySettings, outcome: Outcome, provenance: Mapping[str, Any]) -> Result:
    return Result(
        experiment=settings.experiment,
        preset=settings.preset,
        variant=settings.variant,
        seed=settings.seed,
        settings=settings.as_json(),
        bins=(),
        scores={},
        curve_bins=(),
        curves={},
        anatomy={},
        measurements=outcome.measurements,
        provenance={**provenance, **outcome.hashes, **outcome.times},
    )
