"""python -m benchmarks sweep."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro
from rich.console import Console

from benchmarks.experiments import find_experiment
from benchmarks.experiments.console import say, wide_console
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.options import Agents
from benchmarks.experiments.study import Study
from benchmarks.experiments.suites import find_suite
from benchmarks.experiments.world_seeds import MOST_AT_ONCE, parse_seeds
from benchmarks.running.signals import RunInterruptedError

if TYPE_CHECKING:
    from benchmarks.running.sweep.plan import Job

FAILED = 1  # exit status
WINDOWS = sys.platform == "win32"  # has no SIGTERM: a process is ended at once, with what it did since its checkpoint


def sweep(
    experiments: tyro.conf.Positional[tuple[str, ...]] = (),
    suite: str | None = None,
    agents: Agents = (),
    seeds: tuple[str, ...] = (),
    preset: str = "quick",
    executor: Literal["local", "ray", "slurm"] = "local",
    jobs: int | None = None,
    gpus: float = 0,
    slurm: tuple[str, ...] = (),
    device: str = "auto",
    runs: Path = Path("runs"),
    results: Path | None = None,
    dry_run: bool = False,
) -> None:
    """Run many agents, experiments and seeds at once: finished runs are skipped, interrupted ones resume.

    Exits with status 1 unless all have finished.

    Args:
        experiments: names from `list`, or experiments of your own as package.module:NAME.
        suite: all experiments of a suite instead, such as hippo-1.
        agents: variants, each run in the experiments that have it, or agents of your own as package.module:Class; all
            variants if not given.
        seeds: such as 0 3 7, or 0-4 for the first five; those of the preset if not given. A single number above 0 is
            a count, unlike in `run`: 5 means the first five, and 5-5 is seed 5 alone.
        preset: smoke, quick, hour or paper.
        executor: local (processes of this machine), ray (a cluster) or slurm.
        jobs: how many runs at a time, each on one core; as many as the machine or cluster holds if not given.
        gpus: GPUs for each run, with ray (fractions allowed) or slurm.
        slurm: sbatch options as name=value, such as partition=cpu time=240 mem=4G.
        device: auto, cpu, cuda or cuda:N, for every worker.
        runs: the folder in which each run keeps weights, curves and its result; all workers must see it.
        results: also write each result to this folder, as <experiment>/<preset>/<variant>/<seed>.json.
        dry_run: only print how many runs there are and how many CPU hours they will take: from earlier results of the
            same agents, and where there are none from a few updates that are timed on this CPU.
    """
    chosen, chosen_seeds = _chosen(experiments, suite), _sweep_seeds(seeds)
    if jobs is not None and jobs < 1:
        raise ValueError(f"--jobs is at least 1, got {jobs}.")

    from benchmarks.running.sweep.executors import make_executor
    from benchmarks.running.sweep.local_processes import n_cores
    from benchmarks.running.sweep.loop import Sweep
    from benchmarks.running.sweep.plan import plan

    planned = plan(chosen.values(), agents, preset, chosen_seeds)
    if dry_run:
        _print_costs(planned, runs, jobs or (n_cores() if executor == "local" else None))
        return
    place = make_executor(executor, runs.resolve(), gpus, slurm)
    try:
        rows = Sweep(planned, place, jobs or place.n_at_once, device, runs, results, Console()).run()
    except RunInterruptedError as error:
        if WINDOWS and executor == "local":
            raise RunInterruptedError(error.number, "a minute of each run at most") from None
        raise
    finally:
        place.close()
    unfinished = [row for row in rows if row.state not in ("finished", "finished before")]
    for row in unfinished:
        say(": ".join(filter(None, (row.state, row.job.title, row.message))), sys.stderr)
    sys.exit(FAILED if unfinished else 0)


def _print_costs(jobs: "Sequence[Job]", runs: Path, n_at_once: int | None) -> None:
    import torch

    from benchmarks.running.sweep.costs import lines_of, print_costs

    torch.set_num_threads(1)  # as of a worker
    print_costs(lines_of(jobs, runs), n_at_once, wide_console())


def _sweep_seeds(texts: tuple[str, ...]) -> tuple[int, ...]:
    """As everywhere, but for the one spelling that sweeps had before seeds could be named: `--seeds 5`."""
    seeds = parse_seeds(texts)
    if len(texts) != 1 or len(seeds) != 1 or texts[0] != str(seeds[0]) or seeds[0] == 0:
        return seeds
    n = seeds[0]
    if n > MOST_AT_ONCE:
        raise ValueError(f"--seeds {n} is read as the first {n:,}, too many at once: write {n}-{n} for seed {n} alone.")
    say(f"--seeds {n} is read as the first {n}: write 0-{n - 1}, or {n}-{n} for seed {n} alone.", sys.stderr)
    return tuple(range(n))


def _chosen(experiments: tuple[str, ...], suite: str | None) -> Mapping[str, Experiment | Study]:
    if bool(experiments) == (suite is not None):
        raise ValueError("Say what to run: either experiments, by their names in `list`, or --suite with its name.")
    if suite is not None:
        return find_suite(suite).experiments
    return {name: find_experiment(name) for name in experiments}
