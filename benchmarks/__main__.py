"""The command line: python -m benchmarks list | run | sweep | rollout | figures | claims | leaderboard | ..."""

import os
import re
import sys
from collections.abc import Callable, Sequence
from inspect import signature
from pathlib import Path
from textwrap import fill
from typing import Annotated, Any

import tyro
from rich.console import Console

from benchmarks.experiments import EXPERIMENTS, STUDIES, find_experiment
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.study import Study
from benchmarks.experiments.suites import TASKS
from benchmarks.records.own_agent import with_own_agents
from benchmarks.reports import commands as reports
from benchmarks.reports.commands import wide_console
from benchmarks.rollout.command import gallery, rollout
from benchmarks.running.sweep.command import INTERRUPTED, sweep
from benchmarks.suite.commands import submit, verify, walks

Positional = tyro.conf.Positional

DESCRIPTION = """Train and score models of memory on the environments of hippo_envs; make every table and figure.

Begin with `list`, then `run zero-shot-rectangle --agent tem-t --preset quick --seed 0`, minutes on one core. Every
command has a --help of its own."""

MARKERS = (  # no {None}|STR, no --no-human beside --human, and EXPERIMENT rather than STR
    tyro.conf.DisallowNone,
    tyro.conf.FlagCreatePairsOff,
    tyro.conf.PositionalMetavarFromFieldName,
)
UNSAID = tyro.conf.arg(help_behavior_hint="")  # the docstring says what "not given" means


def list_experiments() -> None:
    """List every experiment with its variants, presets and claim."""
    width = Console().width
    for name, experiment in (EXPERIMENTS | TASKS | STUDIES).items():
        print(f"{name}  ({', '.join(experiment.presets)})")
        for text in (experiment.statement, f"--agent {' '.join(experiment.variants)}"):
            # Names are whole, so that they can be copied.
            print(fill(text, width, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False))


def run(
    experiment: Positional[str],
    agent: tuple[str, ...] = (),
    preset: str = "quick",
    seed: int | None = None,
    device: str = "auto",
    threads: int = 1,
    runs: Path = Path("runs"),
    results: Path | None = None,
) -> None:
    """Train and score the agents of an experiment, and print a table beside the references.

    Args:
        experiment: a name from `list`.
        agent: one or more variants of the experiment, or agents of your own as package.module:Class; all variants if
            not given.
        preset: smoke (seconds), quick (minutes on two CPU cores) or paper (for a GPU).
        seed: one seed; all of the preset's if not given.
        device: auto, cpu, cuda or cuda:N; studies, which train no agent on walks, are computed on the CPU.
        threads: of PyTorch; NumPy, with which TEM remembers, has OPENBLAS_NUM_THREADS, or else one. These models are
            too small to gain from more.
        runs: where each run keeps weights, curves and its result; a finished run is not repeated.
        results: write each result to this folder too, as <experiment>/<preset>/<variant>/<seed>.json.
    """
    found = with_own_agents(find_experiment(experiment), agent)
    variants = agent or tuple(found.variants)
    seeds = found.preset(preset).seeds if seed is None else (seed,)
    for variant in variants:
        found.variant(variant)
    if threads < 1:
        raise ValueError(f"Computing takes at least one thread, got --threads {threads}.")
    if isinstance(found, Study) and device not in ("auto", "cpu"):
        raise ValueError(f"{experiment} is computed on the CPU: leave out --device {device}.")

    import torch  # late, so that a wrong name is told at once

    from benchmarks.running.checkpoint import RunInterruptedError
    from benchmarks.running.machine import keep_freed_memory

    torch.set_num_threads(threads)
    keep_freed_memory()
    try:
        if isinstance(found, Study):
            _run_study(found, variants, preset, seeds, runs, results)
        else:
            _run_walks(found, variants, preset, seeds, device, runs, results)
    except RunInterruptedError:
        print("Stopped, and nothing is lost: the same command goes on from here.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _run_study(
    study: Study, variants: Sequence[str], preset: str, seeds: Sequence[int], runs: Path, results: Path | None
) -> None:
    from benchmarks.reports.tables import print_study
    from benchmarks.running.run_study import run_study

    finished = []
    for variant in variants:
        of_variant = run_study(study, variant, preset, seeds, runs, Console())
        finished += of_variant
        if results is not None:
            for result in of_variant:
                result.write(result.path_in(results))
    print_study(study, finished, wide_console())


def _run_walks(
    experiment: Experiment,
    variants: Sequence[str],
    preset: str,
    seeds: Sequence[int],
    device: str,
    runs: Path,
    results: Path | None,
) -> None:
    from agents.data_parallel import rank
    from benchmarks.reports.tables import print_report
    from benchmarks.running.distributed import together
    from benchmarks.running.machine import find_device
    from benchmarks.running.run import run as run_one

    console, finished = Console(), []
    with together(device) as own_device:
        console.quiet = rank() > 0
        chosen = find_device(own_device)
        for seed in seeds:
            for variant in variants:
                result = run_one(experiment, variant, preset, seed, chosen, runs, console)
                finished.append(result)
                if results is not None and rank() == 0:
                    result.write(result.path_in(results))
    print_report(experiment, finished, console)


COMMANDS = {
    "list": list_experiments,
    "run": run,
    "sweep": sweep,
    "rollout": rollout,
    "gallery": gallery,
    **reports.COMMANDS,
    "walks": walks,
    "submit": submit,
    "verify": verify,
}


def readable(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same command, as tyro should show it: it keeps line breaks of docstrings, and prints `(default: None)`."""
    command.__doc__ = re.sub(r"\n {12,}", " ", command.__doc__ or "")
    for name, parameter in signature(command).parameters.items():
        if parameter.default in (None, (), parameter.empty) or parameter.default is False:
            command.__annotations__[name] = Annotated[parameter.annotation, UNSAID]
    return command


def main() -> None:
    """Run a subcommand; bad input ends in one line and exit status 2."""
    try:
        tyro.extras.subcommand_cli_from_dict(
            {name: readable(command) for name, command in COMMANDS.items()},
            prog="python -m benchmarks",
            description=DESCRIPTION,
            config=MARKERS,
        )
    except BrokenPipeError:
        # Whoever read along has seen enough; nothing is left to be written to them at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ValueError, OSError) as error:
        sys.exit(_failed(str(error)))


def _failed(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
