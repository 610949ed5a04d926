"""Measure the cells of a trained agent, after its run has finished."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch

from agents.base import Agent
from agents.weights import weights_hash
from benchmarks.evaluation.measurements import MEASUREMENTS
from benchmarks.evaluation.measurements.subject import Subject
from benchmarks.evaluation.measurements.wanted import check_activities
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HELD_OUT
from benchmarks.experiments.study import Study
from benchmarks.experiments.world_seeds import VALIDATION_SEEDS
from benchmarks.records.files import RESULT
from benchmarks.records.loading import load_run
from benchmarks.records.measured import measured_in, write_measured
from benchmarks.records.result import Result
from benchmarks.records.run import Run
from benchmarks.records.settings import settings_of
from hippo_envs import sample_walks

Found = dict[str, dict[str, Any]]


def check_names(names: Sequence[str]) -> None:
    """A ValueError if there is no such measurement; it names those that there are."""
    for name in names:
        if name not in MEASUREMENTS:
            near = get_close_matches(name, MEASUREMENTS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"use some of {', '.join(MEASUREMENTS)}."
            raise ValueError(f"There is no measurement {name!r}: {hint}")


def check_measurable(
    experiment: Experiment | Study, variants: Sequence[str], preset: str, names: Sequence[str]
) -> None:
    """A ValueError, before any training, if there is no such measurement, or an agent lacks what it looks at."""
    check_names(names)
    if not isinstance(experiment, Experiment):
        raise ValueError(f"{experiment.name} trains no agent on walks, whose cells could be measured.")
    cpu = torch.device("cpu")
    for variant in variants:
        run = Run.within(Path(), settings_of(experiment, variant, preset, seed=0))
        check_activities(run.agent(cpu), names, sample_walks(run.family, VALIDATION_SEEDS[:1], 1), cpu)


def subject_of(run: Run, agent: Agent[Any], device: torch.device) -> Subject:
    """The trained agent of a run on the device, as measurements take it."""
    walks = run.evaluation_walks[HELD_OUT]
    return Subject(agent, run.agent(device), walks, device, run.settings.seed, run.family)


def measure_each(
    results: Sequence[Result], runs: Path, names: Sequence[str], device: torch.device
) -> list[tuple[str, Found]]:
    """The agent of each finished run in a folder of runs, and what was measured of it; errors of `measure_missing`."""
    folders = (Run.within(runs, result.run_settings).folder for result in results)
    return [
        (result.variant, measure_missing(folder, names, device))
        for result, folder in zip(results, folders, strict=True)
    ]


def measure_missing(folder: Path, names: Sequence[str], device: torch.device) -> Found:
    """Measurements of a finished run; those that are kept beside its result are read, and not made again.

    Raises:
        ValueError: if the folder is not that of a finished run, or if a measurement cannot be made of this agent or in
            these worlds; those that were made are kept.
    """
    kept = measured_in(folder, Result.read(folder / RESULT).provenance["weights_hash"])
    missing = [name for name in names if name not in kept]
    made, refused = measure_some(folder, missing, device) if missing else ({}, {})
    for error in refused.values():
        raise error
    return {name: (kept | made)[name] for name in names}


def measure_some(folder: Path, names: Sequence[str], device: torch.device) -> tuple[Found, dict[str, ValueError]]:
    """Measurements of a finished run that can be made, which are kept beside its result; of the others, why not."""
    settings, agent = load_run(folder)
    weights, subject = weights_hash(agent.state_dict()), subject_of(Run(settings, folder), agent.to(device), device)
    made, refused = {}, {}
    for name in names:
        try:
            made[name] = MEASUREMENTS[name](subject)
        except ValueError as error:
            refused[name] = error
        else:
            write_measured(folder, weights, {name: made[name]})
    return made, refused
