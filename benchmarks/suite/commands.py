"""The commands of a suite: walks | submit | verify."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from rich.console import Console

from benchmarks.experiments.console import say
from benchmarks.experiments.options import Agents, Output, spelled
from benchmarks.experiments.suite import Suite
from benchmarks.experiments.suites import find_suite

if TYPE_CHECKING:
    from benchmarks.suite.verification import Checked

Positional = tyro.conf.Positional

MOST_FRESH = 20_000  # worlds


def walks(
    suite: str = "hippo-1", output: Annotated[Path | None, spelled("output", also="out")] = None, publish: bool = False
) -> None:
    """Write the evaluation walks of a suite as .npz, with a scorer in NumPy alone; or publish its specification.

    Args:
        suite: the name of the suite, hippo-1.
        output: the folder for the walks, their specification and the scorer.
        publish: write the specification and the rows of the reference agents to benchmarks/suite/published.
    """
    chosen = find_suite(suite)
    if output is None and not publish:
        raise ValueError("There is nothing to write: say where with --output, or use --publish.")

    from benchmarks.suite import specification
    from benchmarks.suite.published_walks import write_walks

    if publish:
        specification.publish(chosen, specification.published_path(chosen))
    for path in write_walks(chosen, output) if output else ():
        say(path)


def submit(
    runs: Positional[tuple[Path, ...]] = (),
    *,
    output: Output,
    agents: Agents = (),
    predictions: Path | None = None,
    name: str | None = None,
    parameters: int | None = None,
    cpu_seconds: float | None = None,
    suite: str = "hippo-1",
) -> None:
    """Prepare the files of a submission from finished runs of a suite, and check them; docs/submit-a-row.md says how.

    Args:
        runs: folders that `run` was given as --runs, or folders in them.
        output: a new folder.
        agents: the agents whose runs to submit; all if not given.
        predictions: instead of runs, predictions of a model in any framework, for a row that is at most "rescored": a
            folder for each seed (0 to 4), with files named as those of `walks`.
        name: of that model, on the board.
        parameters: how many weights that model has.
        cpu_seconds: CPU seconds that training it took, for a task and seed on average.
        suite: the suite that predictions are for.
    """
    described = {"--name": name, "--parameters": parameters, "--cpu-seconds": cpu_seconds}
    if predictions is not None:
        if runs or agents:
            raise ValueError(f"--predictions come without runs: leave out {' '.join(map(str, [*runs, *agents]))}.")
        _submit_predictions(find_suite(suite), predictions, described, output)
        return
    if given := [option for option, value in described.items() if value is not None]:
        raise ValueError(f"{given[0]} describes a model whose --predictions are submitted: leave it out.")
    from benchmarks.suite.submission import submit as prepare

    prepared = prepare(runs, output, agents)
    for path, why in prepared.left_out.items():
        say(f"{path}: left out, {why}", sys.stderr)
    for path in prepared.files:
        say(path)


def _submit_predictions(suite: Suite, predictions: Path, described: Mapping[str, Any], output: Path) -> None:
    if lacking := [option for option, value in described.items() if value is None]:
        raise ValueError(f"A row says of its model {', '.join(described)}: give {', '.join(lacking)}.")
    from benchmarks.suite.predictions_alone import Model, submit_predictions

    for path in submit_predictions(suite, predictions, Model(*described.values()), output):
        say(path)


def verify(
    paths: Positional[tuple[Path, ...]],
    fresh_worlds: int | None = None,
    results: Annotated[Path | None, spelled("results", also="record")] = None,
    retrain: bool = False,
    sandboxed: bool = False,
) -> None:
    """Check results: recount their predictions on the published worlds, and step the agent there and on fresh worlds.

    Exits with status 1 if a result is refused, or if nothing of it could be checked.

    Args:
        paths: a submission, folders of runs, or single result files.
        fresh_worlds: how many new worlds the agent must do equally well on, at most 20,000; as many as published (200
            to 1,000, which take seconds to minutes) if not given.
        results: a folder of results, such as benchmarks/results, to copy each checked result to at once, with a note of
            how far it was checked, for `leaderboard --results`. A result that is noted there as reproduced is not
            stepped again, so that a command that was stopped goes on; without --results every one is.
        retrain: for result files without predictions and weights, such as those in benchmarks/results: train each again
            from its settings and seed (two CPU minutes for our agents, 25 for TEM), verify the new run, and compare.
        sandboxed: stop with an error if this system has no sandbox, instead of stepping agents without one.
    """
    if fresh_worlds is not None and fresh_worlds > MOST_FRESH:
        raise ValueError(
            f"--fresh-worlds is at most {MOST_FRESH:,}, got {fresh_worlds:,}: time grows with their number."
        )
    if fresh_worlds is not None and fresh_worlds < 2:
        raise ValueError(f"--fresh-worlds is at least 2, for an interval, got {fresh_worlds}.")
    from benchmarks.suite.tiers import Tier
    from benchmarks.suite.verification import least_fresh, verify_each

    if retrain:
        sys.exit(_retrain(paths, fresh_worlds, results))
    if results is not None and fresh_worlds is not None and fresh_worlds < least_fresh():
        raise ValueError(
            f"Only full checks are recorded: leave out --fresh-worlds, or give {least_fresh()} or more, "
            f"got {fresh_worlds}."
        )
    passed, recorded = [], 0
    for one in verify_each(paths, fresh_worlds, results, sandboxed):
        passed.append(one.refused is None and one.tier is not Tier.SELF_REPORTED)
        say(f"{one.path}: {_in_words(one)}")
        if results is not None and passed[-1] and not one.noted:
            _record(one, results)
            recorded += 1
    if results is not None:
        left = "" if all(passed) else f"; {passed.count(False)} not recorded, because refused or not checked at all"
        before = f", {sum(passed) - recorded} noted before" if recorded < sum(passed) else ""
        say(f"{recorded} recorded{before}{left}")
        if recorded:
            say(f"See them with `python -m benchmarks leaderboard --results {results}`.")
    sys.exit(0 if all(passed) else 1)


def _in_words(one: "Checked") -> str:
    """How far a result was checked, and what to do for more."""
    from benchmarks.suite.tiers import Tier

    if one.refused is not None:
        return f"refused, {one.refused}"
    if one.noted:
        return f"{one.tier.value}, as noted before"
    lacks = f"{' and '.join(one.missing)} {'are' if len(one.missing) > 1 else 'is'} not beside it"
    if one.tier is Tier.SELF_REPORTED:
        return (
            f"{one.tier.value}, nothing was checked: {lacks}. Give the folder of its run, or train it again with "
            f"`python -m benchmarks verify --retrain {one.path}`."
        )
    return f"{one.tier.value}, but its agent was not stepped: {lacks}" if one.missing else one.tier.value


def _record(one: "Checked", folder: Path) -> None:
    """Put a result into a folder of results, and note how far it was checked."""
    from benchmarks.suite.specification import published
    from benchmarks.suite.tiers import write_note
    from benchmarks.suite.verification import task_of

    assert one.result is not None
    one.result.write(one.result.path_in(folder))
    suite, _ = task_of(one.result)
    write_note(one.result, one.tier, published(suite)["specification_hash"], one.found, folder)


def _retrain(paths: Sequence[Path], fresh_worlds: int | None, results: Path | None) -> int:
    """The status: 0 if every result is reproduced."""
    if results is not None:
        raise ValueError("--retrain makes another run and records nothing: leave out --results or --retrain.")
    files = [path for path in paths if path.is_file()]
    if not files or len(files) < len(paths):
        raise ValueError("Name the result files to train again, such as benchmarks/results/.../0.json.")
    from benchmarks.suite.retraining import retrain

    failed = 0
    for path in files:
        try:
            again = retrain(path, fresh_worlds, Console())
            failed += not again.holds
            say(f"{path}: {again}")
        except (ValueError, KeyError) as error:
            failed += 1
            say(f"{path}: refused, {error}")
    return 1 if failed else 0
