"""The command line: python -m benchmarks list | run | sweep | rollout | figures | claims | leaderboard | ..."""

import os
import sys
from pathlib import Path
from textwrap import wrap

from benchmarks.running.signals import listen_while_importing, one_line_on_signal

if __name__ == "__main__":
    listen_while_importing()

import tyro
from rich.console import Console

from benchmarks.experiments import EXPERIMENTS, STUDIES, find_experiment
from benchmarks.experiments.console import say
from benchmarks.experiments.experiment import with_updates
from benchmarks.experiments.options import MARKERS, Agents, NothingGivenError, Seeds, check_typed, readable
from benchmarks.experiments.suites import TASKS
from benchmarks.experiments.world_seeds import parse_seeds
from benchmarks.records.files import with_remedy
from benchmarks.records.own_agent import with_own_agents
from benchmarks.reports import commands as report_commands
from benchmarks.rollout.command import gallery, rollout
from benchmarks.running.sweep.command import sweep
from benchmarks.suite.commands import submit, verify
from benchmarks.suite.data.command import walks
from hippo_envs.terminal import CLOSED, failed, leave_output, out_of_output, print_in_any_encoding

Positional = tyro.conf.Positional

MOST_THREADS = 1024  # PyTorch takes any number, and ends without a word if the system has not as many
DESCRIPTION = """Train and score models of memory on the environments of hippo_envs; make every table and figure.

Begin with `list`, then `run zero-shot-rectangle --agents tem-t --preset quick --seeds 0`, minutes on one core. Every
command has its own --help."""


def list_experiments() -> None:
    """List every experiment with its variants, presets and claim."""
    width = Console().width
    for name, experiment in (EXPERIMENTS | TASKS | STUDIES).items():
        say(f"{name}  ({', '.join(experiment.presets)})")
        for text in (experiment.statement, f"--agents {' '.join(experiment.variants)}"):
            # Names are whole, so that they can be copied.
            for line in wrap(text, width, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False):
                say(line)


def run(
    experiment: Positional[str],
    agents: Agents = (),
    preset: str = "quick",
    seeds: Seeds = (),
    updates: int | None = None,
    measure: tuple[str, ...] = (),
    device: str = "auto",
    threads: int = 1,
    runs: Path = Path("runs"),
    results: Path | None = None,
) -> None:
    """Train and score the agents of an experiment, and print a table beside the reference agents.

    Args:
        experiment: a name from `list`, or an experiment of your own as package.module:NAME.
        agents: one or more variants of the experiment, or agents of your own as package.module:Class; all variants if
            not given.
        preset: smoke (seconds), quick (minutes on two CPU cores), hour (one to three hours of one core for each run,
            where an experiment has it) or paper (for a GPU).
        seeds: such as 0 3 7, or 0-4 for the first five; those of the preset if not given.
        updates: train for so many updates instead of the preset's, to try something between smoke and quick. The run is
            kept under a preset of its own, such as quick-300: it has no place on the board and decides no claim.
        measure: measurements of the trained agents' cells, such as position_tuning; `measure RUN` makes them later.
        device: auto, cpu, cuda or cuda:N; studies (experiments without walks) run on the CPU only.
        threads: PyTorch threads; these models are too small to gain from more than one. TEM's NumPy part follows
            OPENBLAS_NUM_THREADS, one if not set.
        runs: the folder in which each run keeps weights, curves and its result; a finished run is not repeated.
        results: also write each result to this folder, as <experiment>/<preset>/<variant>/<seed>.json.
    """
    found = with_own_agents(find_experiment(experiment), agents)
    variants = agents or tuple(found.variants)
    if updates is not None:
        preset = with_updates(found, preset, updates)
    chosen_seeds = parse_seeds(seeds) or found.preset(preset).seeds
    for variant in variants:
        found.variant(variant)
    if threads < 1:
        raise ValueError(f"--threads is at least 1, got {threads}.")
    if threads > MOST_THREADS:
        raise ValueError(f"--threads is at most {MOST_THREADS:,}, got {threads:,}.")
    if not found.about_walks and device not in ("auto", "cpu"):
        raise ValueError(f"{experiment} runs on the CPU only: leave out --device {device}.")

    import torch  # late, so that a wrong name is told at once

    from benchmarks.reports.tables import print_measured, print_report
    from benchmarks.running.machine import find_device, keep_freed_memory
    from benchmarks.running.measure import check_measurable, measure_each
    from benchmarks.running.run_all import run_all

    torch.set_num_threads(threads)
    keep_freed_memory()
    if measure:
        check_measurable(found, variants, preset, measure)
    console, finished = Console(), []
    for result in run_all(found, variants, preset, chosen_seeds, device, runs, console):
        finished.append(result)
        if results is not None and not console.quiet:  # of processes that train together one writes
            result.write(result.path_in(results))
    print_report(found, finished, console)
    if measure and not console.quiet:
        print_measured(measure_each(finished, runs, measure, find_device(device)), console)


COMMANDS = {
    "list": list_experiments,
    "run": run,
    "sweep": sweep,
    "rollout": rollout,
    "gallery": gallery,
    **report_commands.COMMANDS,
    "walks": walks,
    "submit": submit,
    "verify": verify,
}


def main() -> None:
    """Run a subcommand; bad input ends in one line and exit status 2."""
    if sys.stdout is None:
        sys.exit(failed(CLOSED))
    print_in_any_encoding()
    # Commands draw into files, and so do the workers they start. That of a notebook need not be installed here.
    os.environ["MPLBACKEND"] = "agg"
    try:
        try:
            with one_line_on_signal():
                _run_command()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        leave_output()
    except (NothingGivenError, ValueError) as error:
        sys.exit(failed(str(error)))
    except OSError as error:
        sys.exit(failed(out_of_output(error) if error.filename is None else with_remedy(error)))


def _run_command() -> None:
    check_typed(sys.argv[1:])
    tyro.extras.subcommand_cli_from_dict(
        {name: readable(command) for name, command in COMMANDS.items()},
        prog="python -m benchmarks",
        description=DESCRIPTION,
        config=MARKERS,
    )


if __name__ == "__main__":
    main()
