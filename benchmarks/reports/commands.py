"""Commands that turn results into figures, tables and pages, and maintain the repository's own files.

figures | anatomy | measure | claims | leaderboard, and references | speed | gpu | docs | publish.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import tyro
from rich.console import Console

from benchmarks.experiments import EXPERIMENTS, STUDIES, find_experiment
from benchmarks.experiments.console import say, wide_console
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.options import Agents, Output
from benchmarks.experiments.study import Study
from benchmarks.records.own_agent import with_own_agents
from benchmarks.reports.leaderboard.command import leaderboard

if TYPE_CHECKING:
    from benchmarks.records.result import Result

Positional = tyro.conf.Positional


def figures(
    experiment: Positional[str],
    agents: Agents = (),
    preset: str = "quick",
    runs: Path | None = None,
    output: Output = Path("runs/figures"),
) -> None:
    """Draw an experiment's figures as PNG and SVG: accuracy by step and by training, and cells where measured.

    Figures of chosen agents or of your own runs say so in their file names. Anything left out is named.

    Args:
        experiment: a name from `list`, or an experiment of your own as package.module:NAME.
        agents: one or more variants of the experiment, or agents of your own as package.module:Class; all variants if
            not given.
        preset: the preset of the results.
        runs: a folder that `run` was given as --runs; variants without a run there use the committed results.
        output: the folder for the pictures.
    """
    found = with_own_agents(find_experiment(experiment), agents)
    found.preset(preset)
    shown = {name: found.variant(name) for name in agents or found.variants}

    from benchmarks.reports.figures.draw import draw, selection_of

    selection = selection_of(() if set(agents) == set(find_experiment(experiment).variants) else agents, runs)
    for path in draw(found, _gathered(replace(found, variants=shown), preset, runs), output, selection):
        say(path)


def _gathered(experiment: Experiment | Study, preset: str, runs: Path | None) -> "Sequence[Result]":
    """What is shown of an experiment; where it comes from, and what is not, is told."""
    from benchmarks.records.collect import gather

    gathered = gather(experiment, preset, runs)
    base = experiment.based_on(preset)
    of = "" if base == preset else f" of {base}"
    if gathered.own and gathered.committed:
        say(
            f"Runs from {runs}: {', '.join(gathered.own)}. Committed results{of}: {', '.join(gathered.committed)}.",
            sys.stderr,
        )
    for line in gathered.left_out:
        say(f"Left out: {line}.", sys.stderr)
    return gathered.results


def anatomy(experiment: Positional[str], agents: Agents = (), preset: str = "quick", runs: Path | None = None) -> None:
    """Print each agent's accuracy by kind of step: reversals, loop closures by length, revisits by age, ...

    Args:
        experiment: a name from `list`, or an experiment of your own as package.module:NAME.
        agents: one or more variants of the experiment, or agents of your own as package.module:Class; all variants if
            not given.
        preset: the preset of the results.
        runs: a folder that `run` was given as --runs; variants without a run there use the committed results.
    """
    found = find_experiment(experiment)
    if not found.about_walks:
        raise ValueError(f"{experiment} scores no steps of walks, so it has no anatomy: use `claims` or `figures`.")
    found = with_own_agents(found, agents)
    found.preset(preset)
    shown = {name: found.variant(name) for name in agents or found.variants}

    from benchmarks.reports.tables import print_anatomy

    print_anatomy(_gathered(replace(found, variants=shown), preset, runs), wide_console())


def measure(run: Positional[Path], measurements: Positional[tuple[str, ...]] = (), device: str = "auto") -> None:
    """Measure the cells of a finished run, and keep what is found beside its result, where `figures` reads it.

    Args:
        run: the folder of the run, runs/<experiment>/<preset>/<agent>/<seed>-...
        measurements: names such as position_tuning; all that can be made of this agent if not given.
        device: auto, cpu, cuda or cuda:N.
    """
    from benchmarks.evaluation.measurements import MEASUREMENTS
    from benchmarks.records.files import MEASURED, RESULT
    from benchmarks.records.result import Result
    from benchmarks.reports.tables import print_measured
    from benchmarks.running.machine import find_device
    from benchmarks.running.measure import check_names, measure_some

    check_names(measurements)
    chosen = find_device(device)
    made, refused = measure_some(run, measurements or tuple(MEASUREMENTS), chosen)
    for name, error in refused.items():
        say(f"Left out: {name}. {error}", sys.stderr)
    if made:
        print_measured([(Result.read(run / RESULT).variant, made)], Console())
        say(f"With maps and distributions: {run / MEASURED}")
    if refused and (measurements or not made):
        raise ValueError(f"{', '.join(refused)} cannot be measured: the reasons are above.")


def claims(
    experiments: Positional[tuple[str, ...]] = (),
    json: bool = False,
    runs: Path | None = None,
    page: Path | None = None,
    history: bool = False,
) -> None:
    """Print the ledger: headline numbers and claims, with interval, the paper's number, target and verdict.

    Args:
        experiments: names from `list`, or experiments of your own as package.module:NAME; all of them if not given.
        json: print a JSON list instead of a table.
        runs: a folder that `run` was given as --runs; the committed results if not given.
        page: instead write a summary between the markers of this file, and a page for each experiment, with the rows
            that have a target, into the folder of the same name (docs/claims for docs/claims.md).
        history: check out each commit that the committed results name, and record in benchmarks/results which claims
            it had. Commits that were recorded before are skipped. Needs the whole history, and takes about 20 seconds
            for each commit.
    """
    from benchmarks.records.result import RESULTS
    from benchmarks.reports.ledger import as_json, as_tables, ledger

    if runs is not None and not runs.is_dir():
        raise ValueError(f"There is no folder {runs}: give the folder that `run` was given as --runs.")
    if page is not None and experiments:
        raise ValueError(f"The page has all experiments: leave out {' '.join(experiments)}, or --page.")
    if history:
        from benchmarks.reports.claims_history import look_up_all

        look_up_all(say)
        return
    if page is not None:
        from benchmarks.reports.pages.claims import write_pages

        write_pages(page, runs or RESULTS)
        return
    chosen = {name: find_experiment(name) for name in experiments} or EXPERIMENTS | STUDIES
    rows = ledger(chosen, runs or RESULTS)
    if json:
        for line in as_json(rows).splitlines():
            say(line)
    else:
        for table in as_tables(rows):
            console = wide_console(1000)
            console.width = max(Console().width, console.measure(table).maximum)  # no number is cut short
            console.print(table)


def references(environments: tuple[str, ...] = (), write: bool = False) -> None:
    """Print floors and ceilings: the scores of simple memories and the exact Bayes filter on published walks.

    Args:
        environments: ids of streams; all of them if not given.
        write: keep the scores in benchmarks/results/references.json, which the documentation reads.
    """
    from benchmarks.reports.timings import references as reference_scores

    for name in environments:
        if name not in reference_scores.STREAMS:
            raise ValueError(f"There is no stream {name!r}: use some of {', '.join(reference_scores.STREAMS)}.")
    scores = {}
    for name in environments or reference_scores.STREAMS:
        scores[name] = reference_scores.measure(name)
        tables = [reference_scores.as_markdown(scores[name])]
        tables += [reference_scores.harder_as_markdown(scores[name])] if "harder" in scores[name] else []
        title = f"{name}, walks of {scores[name]['walk_length']:,} steps"
        for line in (title, "", *"\n\n".join(tables).splitlines(), ""):
            say(line)
    if write:
        reference_scores.write(scores, reference_scores.REFERENCE_SCORES)


def speed(
    environments: tuple[str, ...] = (),
    write: bool = False,
    updates: bool = False,
    recurrence: str | None = None,
    commands: bool = False,
) -> None:
    """Time environments on one core beside CartPole, FrozenLake and Taxi, and say which bars are met.

    Args:
        environments: ids; all of them if not given.
        write: keep the figures in benchmarks/results/speed.json, which docs/speed.md reads.
        updates: instead time a gradient step of TEM, TEM-t and MapFormer on one core, and measure its memory.
        recurrence: instead time TEM-t's recurrence on this device (auto, cpu, cuda or cuda:N), by every available
            method; with the walks of the paper preset on a GPU, else with those of quick.
        commands: instead time `claims`, `docs` and `leaderboard` on the committed results, in a checkout.
    """
    options = {"--recurrence": recurrence, "--updates": updates, "--commands": commands}
    options |= {"--write": write, "--environments": environments}
    given = [option for option, value in options.items() if value]
    if len(given) > 1 and given != ["--write", "--environments"]:
        raise ValueError(f"{given[0]} does not time environments: leave out {' and '.join(given[1:])}.")

    from benchmarks.reports.timings import speed as timing
    from hippo_envs import ENVIRONMENTS

    if recurrence is not None:
        from benchmarks.reports.timings import recurrence_speed
        from benchmarks.running.machine import find_device

        device = find_device(recurrence)
        wide_console().print(recurrence_speed.as_table(device, "paper" if device.type == "cuda" else "quick"))
        return
    if updates or commands:
        from benchmarks.reports.timings import command_speed, update_speed

        chosen = update_speed if updates else command_speed
        _told(chosen, chosen.measure)
        return
    for name in environments:
        if name not in ENVIRONMENTS:
            raise ValueError(f"There is no environment {name!r}: use some of {', '.join(ENVIRONMENTS)}.")
    speeds = _told(timing, partial(timing.measure_all, environments or tuple(ENVIRONMENTS)))
    if write:
        timing.write(speeds, timing.SPEEDS)


def _told(timing: Any, measure: Callable[..., Any]) -> Any:
    """What is measured, once it is printed as a table and beside its bars."""
    console = wide_console()
    with console.status("") as status:
        measured = measure(report=status.update)
    console.print(timing.as_table(measured))
    for line in timing.verdicts(measured):
        say(line, console)
    return measured


def gpu(
    minutes: float = 10,
    preset: Literal["smoke", "paper"] | None = None,
    device: str = "auto",
    jobs: int = 4,
    runs: Path = Path("runs"),
) -> None:
    """Compare every agent on the GPU with the CPU, test and time it there, then train what a CPU takes days for.

    Exits with status 1 if an agent or a test differs; then nothing is trained. Without a GPU it is a rehearsal.

    Args:
        minutes: for everything; what has not finished by then resumes when the command is given again.
        preset: of what is timed and trained: paper on a GPU and smoke elsewhere if not given.
        device: auto, cpu, cuda or cuda:N.
        jobs: how many runs share the GPU.
        runs: the folder of the runs, of their results and of the report, gpu.json.
    """
    if not minutes > 0:
        raise ValueError(f"--minutes is above 0, got {minutes:g}.")
    if jobs < 1:
        raise ValueError(f"--jobs is at least 1, got {jobs}.")

    from benchmarks.reports.gpu.command import examine

    sys.exit(examine(minutes, preset, device, jobs, runs))


def docs(root: Path = Path(), pictures: bool = False) -> None:
    """Make the pages of environments and claims, and tables of other pages and the README, from docstrings and results.

    Args:
        root: the folder that holds README.md and docs.
        pictures: also draw the pictures of docs/the-task.md again.
    """
    from benchmarks.reports.pages.every_page import write_every_page

    write_every_page(root)
    if pictures:
        from benchmarks.reports.figures.task import draw_all

        for path in draw_all(root / "docs" / "figures"):
            say(path)


def publish(run: Positional[Path], name: str, hub: str | None = None) -> None:
    """Keep the agent of a finished run in agents/trained, with its card; `load_trained(name)` loads it.

    Args:
        run: the folder of the run.
        name: the name to publish it under.
        hub: also upload it to this repository of the Hugging Face hub ("user/name").
    """
    from benchmarks.running import publishing

    for path in publishing.publish(run, name):
        say(path)
    if hub is not None:
        say(publishing.push_to_hub(name, hub))


COMMANDS = {
    "figures": figures,
    "anatomy": anatomy,
    "measure": measure,
    "claims": claims,
    "leaderboard": leaderboard,
    "references": references,
    "speed": speed,
    "gpu": gpu,
    "docs": docs,
    "publish": publish,
}
