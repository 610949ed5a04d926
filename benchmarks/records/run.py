"""A run: its settings, the folder that it is kept in, and what follows from these alone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import torch
from filelock import FileLock, Timeout

from agents import make_agent
from agents.base import Agent
from agents.names import check_name
from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.study import StudySettings
from benchmarks.experiments.suites import TASKS
from benchmarks.records.files import (
    CHECKPOINT,
    CURVES,
    PREDICTIONS,
    RESULT,
    WEIGHTS,
    naming,
    remove_temporaries,
)
from benchmarks.records.provenance import settings_hash
from benchmarks.records.result import Result, folder_within
from benchmarks.records.settings import RunSettings
from hippo_envs import Walks, WorldFamily

S = TypeVar("S", RunSettings, StudySettings)


@dataclass(frozen=True)
class RunFolder(Generic[S]):
    """A run of an experiment or of a study, and the files that are kept of it."""

    settings: S
    folder: Path

    @classmethod
    def within(cls, runs: Path, settings: S) -> Self:
        """The run of these settings in a folder of runs, whether it is there or not."""
        return cls(settings, run_directory(settings.as_json(), runs))

    @property
    def result(self) -> Path:
        return self.folder / RESULT

    @property
    def weights(self) -> Path:
        return self.folder / WEIGHTS

    @property
    def checkpoint(self) -> Path:
        return self.folder / CHECKPOINT

    @property
    def curves(self) -> Path:
        return self.folder / CURVES

    @property
    def predictions(self) -> Path:
        return self.folder / PREDICTIONS

    def finished(self) -> Result | None:
        """Its result, if it has finished; a ValueError if another's is in its place."""
        if not self.result.exists():
            return None
        result = Result.read(self.result)
        if result.settings != self.settings.as_json():
            raise ValueError(f"{self.result} is the result of another run: move it away and run again.")
        return result

    def tidy_up(self) -> None:
        """Remove from a run that has finished what only one in progress needs, if that was killed before it could."""
        if self.checkpoint.exists() and self.result.exists():
            self.checkpoint.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder against other processes; the system lets go of it when this one ends, however it does.

        What killed processes have left of their writes is removed.
        """
        # Beside the folder, which holds nothing but the run.
        path = self.folder.with_name(f".{self.folder.name}.lock")
        lock = FileLock(path, timeout=0)
        try:
            with naming(path):
                lock.acquire()
        except Timeout:
            raise ValueError(
                f"Another process is at work on {self.folder}: wait for it, or give this one another folder with "
                "--runs."
            ) from None
        try:
            remove_temporaries(self.folder)
            yield
        finally:
            lock.release()


@dataclass(frozen=True)
class Run(RunFolder[RunSettings]):
    """A run of an experiment, with the worlds, walks and agent that its settings describe."""

    @cached_property
    def family(self) -> WorldFamily:
        """What the worlds of training are drawn from."""
        return self.settings.training_family

    @cached_property
    def evaluation_walks(self) -> Mapping[str, Walks]:
        """The published walks that it is scored on, by kind of worlds."""
        return self.settings.evaluation_walks()

    def agent(self, device: torch.device) -> Agent[Any]:
        """Its agent as it is before any training, made anew."""
        settings = self.settings
        # PyTorch initialises layers from its global state: borrow it, seed it, give it back as it was. On the CPU:
        # another device that a user has made the default would draw other numbers.
        with torch.random.fork_rng(devices=[]), torch.device("cpu"):
            torch.manual_seed(settings.seed)
            agent = make_agent(settings.agent, self.family.n_heard, self.family.n_actions, **settings.sizes)
        return agent.to(device)


def without_weights(folder: Path, stored: Mapping[str, Any]) -> str:
    """The way out where a finished run has lost its weights: `run` passes it over for as long as its result is there.

    Args:
        folder: of the run.
        stored: its settings, as they are kept.
    """
    name = stored["experiment"]
    experiment = name if name in EXPERIMENTS | TASKS | STUDIES else "package.module:NAME"
    options = f"--agents {stored['variant']} --preset {stored['preset']} --seeds {stored['seed']}"
    runs = folder.absolute().parents[3]
    if run_directory(stored, runs) == folder.absolute():
        options += f" --runs {folder.parents[3] if len(folder.parents) > 3 else runs}"
    return f"move {folder / RESULT} away, and `python -m benchmarks run {experiment} {options}` trains it again."


def run_directory(stored: Mapping[str, Any], runs: Path) -> Path:
    """Where a run of these settings, as they are kept, lives in a folder of runs, whatever the machine and commit."""
    name = check_name(f"{stored['seed']}-{settings_hash(stored)}", "A run")
    return folder_within(runs, stored["experiment"], stored["preset"], stored["variant"]) / name
