"""The plan of a sweep: a list of jobs, each a run that `python -m benchmarks run` would do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.study import Study, StudySettings
from benchmarks.records.own_agent import with_own_agents
from benchmarks.records.run import RunFolder
from benchmarks.records.settings import RunSettings, settings_of


@dataclass(frozen=True, eq=False)
class Job:
    """One run. It carries its experiment, so that a worker needs nothing but the code."""

    experiment: Experiment | Study
    variant: str
    preset: str
    seed: int
    begins_with: "Job | None" = None  # whose weights it takes, and which therefore has to have finished

    @property
    def title(self) -> str:
        return f"{self.experiment.name} {self.preset} {self.variant} seed {self.seed}"

    @cached_property
    def settings(self) -> RunSettings | StudySettings:
        """Everything that decides its numbers."""
        return settings_of(self.experiment, self.variant, self.preset, self.seed)

    def within(self, runs: Path) -> RunFolder[Any]:
        """Its folder, and whether it has finished."""
        return RunFolder.within(runs, self.settings)


def plan(
    experiments: Iterable[Experiment | Study], agents: Sequence[str], preset: str, seeds: Sequence[int] = ()
) -> list[Job]:
    """All jobs, seed by seed, so that every agent has one run before any has two.

    A variant that begins with the weights of another has that one before it, whether it was asked for or not.

    Args:
        experiments: experiments and studies.
        agents: names of variants, each taken where there is one of that name, and agents of one's own, taken in all
            experiments that are about walks; all variants if empty.
        preset: of all of them.
        seeds: of every variant; those of each preset if empty.

    Raises:
        ValueError: for an unknown preset or an agent that is in no experiment.
    """
    jobs = []
    for experiment in experiments:
        spent = experiment.preset(preset)
        whole = with_own_agents(experiment, agents) if experiment.about_walks else experiment
        for seed in seeds or spent.seeds:
            jobs += _jobs(whole, [name for name in whole.variants if not agents or name in agents], preset, seed)
    missing = set(agents) - {job.variant for job in jobs}
    if missing:
        raise ValueError(f"None of these experiments has a variant called {sorted(missing)[0]!r}: see `list`.")
    return sorted(jobs, key=lambda job: job.seed)


def _jobs(experiment: Experiment | Study, variants: Iterable[str], preset: str, seed: int) -> list[Job]:
    """Of one seed: a job for each variant, those it begins with included and before it."""
    jobs: dict[str, Job] = {}

    def job_of(name: str) -> Job:
        if name not in jobs:
            after = experiment.begins_with(name)
            first = job_of(after) if after is not None else None
            jobs[name] = Job(experiment, name, preset, seed, begins_with=first)
        return jobs[name]

    for name in variants:
        job_of(name)
    return list(jobs.values())
