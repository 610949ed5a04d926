"""The command line: python -m benchmarks list | run | sweep | rollout | figures | claims | leaderboard | ..."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from textwrap import fill

import tyro
from rich.console import Console

from benchmarks.experiments import EXPERIMENTS, STUDIES, find_experiment
from benchmarks.experiments.options import MARKERS, Agents, Output, Seeds, readable
from benchmarks.experiments.suites import TASKS
from benchmarks.experiments.world_seeds import parse_seeds
from benchmarks.records.own_agent import with_own_agents
from benchmarks.reports import commands as report_commands
from benchmarks.reports.console import wide_console
from benchmarks.reports.leaderboard.command import leaderboard
from benchmarks.rollout.command import gallery, rollout
from benchmarks.running.sweep.command import INTERRUPTED, sweep
from benchmarks.suite.commands import submit, verify, walks

Positional = tyro.conf.Positional

DESCRIPTION = """Train and score models of memory on the environments of hippo_envs; make every table and figure.

Begin with `list`, then `run zero-shot-rectangle --agents tem-t --preset quick --seeds 0`, minutes on one core. Every
command has a --help of its own."""


def list_experiments() -> None:
    """List every experiment with its variants, presets and claim."""
    width = Console().width
    for name, experiment in (EXPERIMENTS | TASKS | STUDIES).items():
        print(f"{name}  ({', '.join(experiment.presets)})")
        for text in (experiment.statement, f"--agents {' '.join(experiment.variants)}"):
            # Names are whole, so that they can be copied.
            print(fill(text, width, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False))


def run(
    experiment: Positional[str],
    agents: Agents = (),
    preset: str = "quick",
    seeds: Seeds = (),
    device: str = "auto",
    threads: int = 1,
    runs: Path = Path("runs"),
    results: Path | None = None,
) -> None:
    """Train and score the agents of an experiment, and print a table beside the references.

    Args:
        experiment: a name from `list`, or an experiment of your own as package.module:NAME.
        agents: one or more variants of the experiment, or agents of your own as package.module:Class; all variants if
            not given.
        preset: smoke (seconds), quick (minutes on two CPU cores) or paper (for a GPU).
        seeds: which, such as 0 3 7, or 0-4 for the first five; those of the preset if not given.
        device: auto, cpu, cuda or cuda:N; studies, which train no agent on walks, are computed on the CPU.
        threads: of PyTorch; NumPy, with which TEM remembers, has OPENBLAS_NUM_THREADS, or else one. These models are
            too small to gain from more.
        runs: where each run keeps weights, curves and its result; a finished run is not repeated.
        results: write each result to this folder too, as <experiment>/<preset>/<variant>/<seed>.json.
    """
    found = with_own_agents(find_experiment(experiment), agents)
    variants = agents or tuple(found.variants)
    chosen_seeds = parse_seeds(seeds) or found.preset(preset).seeds
    for variant in variants:
        found.variant(variant)
    if threads < 1:
        raise ValueError(f"Computing takes at least one thread, got --threads {threads}.")
    if not found.about_walks and device not in ("auto", "cpu"):
        raise ValueError(f"{experiment} is computed on the CPU: leave out --device {device}.")

    import torch  # late, so that a wrong name is told at once

    from benchmarks.reports.tables import print_report
    from benchmarks.running.checkpoint import RunInterruptedError
    from benchmarks.running.machine import keep_freed_memory
    from benchmarks.running.run_all import run_all

    torch.set_num_threads(threads)
    keep_freed_memory()
    console, finished = Console(), []
    try:
        for result in run_all(found, variants, preset, chosen_seeds, device, runs, console):
            finished.append(result)
            if results is not None and not console.quiet:  # of processes that train together one writes
                result.write(result.path_in(results))
        print_report(found, finished, console)
    except RunInterruptedError:
        print("Stopped, and nothing is lost: the same command goes on from here.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def figures(
    experiment: Positional[str],
    agents: Agents = (),
    preset: str = "quick",
    runs: Path | None = None,
    output: Output = Path("runs/figures"),
) -> None:
    """Draw an experiment's figures, as PNG and SVG: accuracy by step; by training; and cells, where there are any.

    Args:
        experiment: a name from `list`, or an experiment of your own as package.module:NAME.
        agents: one or more variants of the experiment, or agents of your own as package.module:Class; all variants if
            not given.
        preset: whose results.
        runs: a folder that `run` was given as --runs; the committed results if not given.
        output: where the pictures go.
    """
    found = with_own_agents(find_experiment(experiment), agents)
    found.preset(preset)
    shown = {name: found.variant(name) for name in agents or found.variants}

    from benchmarks.records.collect import collect_some
    from benchmarks.records.result import RESULTS
    from benchmarks.reports.figures.draw import draw

    for path in draw(found, collect_some(replace(found, variants=shown), preset, runs or RESULTS), output):
        print(path)


def anatomy(experiment: Positional[str], agents: Agents = (), preset: str = "quick", runs: Path | None = None) -> None:
    """Print what kind of step each agent gets right: reversals, loop closures by length, revisits by age, ...

    Args:
        experiment: a name from `list`, or an experiment of your own as package.module:NAME.
        agents: one or more variants of the experiment, or agents of your own as package.module:Class; all variants if
            not given.
        preset: whose results.
        runs: a folder that `run` was given as --runs; the committed results if not given.
    """
    found = find_experiment(experiment)
    if not found.about_walks:
        raise ValueError(f"{experiment} is not about steps of walks, and has no anatomy: see claims and figures.")
    found = with_own_agents(found, agents)
    found.preset(preset)
    shown = {name: found.variant(name) for name in agents or found.variants}

    from benchmarks.records.collect import collect_some
    from benchmarks.records.result import RESULTS
    from benchmarks.reports.tables import print_anatomy

    print_anatomy(collect_some(replace(found, variants=shown), preset, runs or RESULTS), wide_console())


def claims(
    experiments: Positional[tuple[str, ...]] = (),
    json: bool = False,
    runs: Path | None = None,
    page: Path | None = None,
) -> None:
    """Print the ledger: headline numbers and claims, with interval, the paper's number, target and verdict.

    Args:
        experiments: names from `list`, or experiments of your own as package.module:NAME; all of them if not given.
        json: print a JSON list instead of a table.
        runs: a folder that `run` was given as --runs; the committed results if not given.
        page: write a summary between the markers of this file instead, and in the folder of the same name (docs/claims
            for docs/claims.md) a page for each experiment, with the rows that have a target.
    """
    from benchmarks.records.result import RESULTS
    from benchmarks.reports.ledger import as_json, as_tables, ledger

    if runs is not None and not runs.is_dir():
        raise ValueError(f"There is no folder {runs}: give --runs the one that `run` was given.")
    if page is not None and experiments:
        raise ValueError(f"The page has all experiments: leave out {' '.join(experiments)}, or --page.")
    if page is not None:
        from benchmarks.reports.pages.claims import write_pages

        write_pages(page, runs or RESULTS)
        return
    chosen = {name: find_experiment(name) for name in experiments} or EXPERIMENTS | STUDIES
    rows = ledger(chosen, runs or RESULTS)
    if json:
        print(as_json(rows))
    else:
        for table in as_tables(rows):
            console = wide_console(1000)
            console.width = max(Console().width, console.measure(table).maximum)  # no number is cut short
            console.print(table)


COMMANDS = {
    "list": list_experiments,
    "run": run,
    "sweep": sweep,
    "rollout": rollout,
    "gallery": gallery,
    "figures": figures,
    "anatomy": anatomy,
    "claims": claims,
    **report_commands.COMMANDS,
    "walks": walks,
    "leaderboard": leaderboard,
    "submit": submit,
    "verify": verify,
}


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
