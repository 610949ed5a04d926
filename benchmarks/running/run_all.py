"""Many runs of one experiment or study, one after the other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from agents.data_parallel import rank
from agents.foreign_code import exit_is_an_error
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.study import Study
from benchmarks.records.result import Result
from benchmarks.running.distributed import together
from benchmarks.running.machine import find_device
from benchmarks.running.run import run
from benchmarks.running.run_study import run_study


def run_all(
    experiment: Experiment | Study,
    variants: Sequence[str],
    preset: str,
    seeds: Sequence[int],
    device: str,
    runs: Path,
    console: Console,
) -> Iterator[Result]:
    """Run variants with seeds; the results as they are there. Errors are those of `run` and `run_study`.

    Raises:
        ValueError: if an agent or a program of others ends Python.
    """
    with exit_is_an_error():
        yield from RUNS[type(experiment)](experiment, variants, preset, seeds, device, runs, console)


def _run_experiment(
    experiment: Experiment,
    variants: Sequence[str],
    preset: str,
    seeds: Sequence[int],
    device: str,
    runs: Path,
    console: Console,
) -> Iterator[Result]:
    """All variants with one seed before the next; of processes that train together only the first one speaks."""
    with together(device) as own_device:
        console.quiet = rank() > 0
        chosen = find_device(own_device)
        for seed in seeds:
            for variant in variants:
                yield run(experiment, variant, preset, seed, chosen, runs, console)


def _run_study(
    study: Study,
    variants: Sequence[str],
    preset: str,
    seeds: Sequence[int],
    device: str,  # noqa: ARG001 (studies are computed on the CPU)
    runs: Path,
    console: Console,
) -> Iterator[Result]:
    for variant in variants:
        yield from run_study(study, variant, preset, seeds, runs, console)


RUNS: Mapping[type, Callable[..., Iterator[Result]]] = {Experiment: _run_experiment, Study: _run_study}
