"""The commands of a suite: walks | leaderboard | submit | verify."""

import sys
from pathlib import Path

import tyro

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.suite.suites import find_suite

Positional = tyro.conf.Positional


def walks(suite: str = "hippo-1", output: Path | None = None, publish: bool = False) -> None:
    """Write the evaluation walks of a suite as .npz, with a scorer in NumPy alone; or publish its specification.

    Args:
        suite: its name; there is hippo-1.
        output: the folder that the walks, their specification and the scorer are written to.
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
        print(path)


def leaderboard(suite: str = "hippo-1", output: Path = Path("runs/leaderboard"), results: Path | None = None) -> None:
    """Write the page of a suite, index.html, which needs no other file; and the same as JSON, CSV and Markdown.

    Args:
        suite: its name; there is hippo-1.
        output: where they go.
        results: a folder that `run` was given as --results; the committed results if not given.
    """
    chosen = find_suite(suite)

    from benchmarks.result import RESULTS

    folder = results or RESULTS
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}: give --results the one that `run` was given.")

    from benchmarks.leaderboard.board import board_of
    from benchmarks.leaderboard.page import write_board
    from benchmarks.ledger import ledger
    from benchmarks.suite.standings import standings

    claimed = ledger(EXPERIMENTS | STUDIES, RESULTS)
    for path in write_board(board_of(standings(chosen, folder), claimed), output):
        print(path)


def submit(runs: Positional[tuple[Path, ...]], output: Path, agents: tuple[str, ...] = ()) -> None:
    """Prepare the files of a submission from finished runs of a suite, and check them; docs/submit-a-row.md says how.

    Args:
        runs: folders that `run` was given as --runs, or folders in them.
        output: a new folder.
        agents: whose runs to take; all if not given.
    """
    from benchmarks.suite.submission import submit as prepare

    prepared = prepare(runs, output, agents)
    for path, why in prepared.left_out.items():
        print(f"{path}: left out, {why}", file=sys.stderr)
    for path in prepared.files:
        print(path)


def verify(paths: Positional[tuple[Path, ...]], fresh_worlds: int | None = None, record: Path | None = None) -> None:
    """Check results: recount their predictions on worlds made again, then step the agent there and on fresh worlds.

    Ends with status 1 if a result is refused.

    Args:
        paths: a submission, folders of runs, or single result files.
        fresh_worlds: worlds of seeds drawn now that the agent has to do as well on; as many as published if not given.
        record: a folder of results, such as benchmarks/results; notes there how far each has been checked.
    """
    if fresh_worlds is not None and fresh_worlds < 2:
        raise ValueError(f"An interval takes two fresh worlds at least, got --fresh-worlds {fresh_worlds}.")
    from benchmarks.suite.specification import published
    from benchmarks.suite.tiers import Tier, write_note
    from benchmarks.suite.verification import least_fresh, task_of
    from benchmarks.suite.verification import verify as check

    if record is not None and fresh_worlds is not None and fresh_worlds < least_fresh():
        raise ValueError(
            f"What is recorded was checked in full: leave out --fresh-worlds, or give {least_fresh()} or more, "
            f"got {fresh_worlds}."
        )
    refused = False
    for one in check(paths, fresh_worlds, record):
        refused |= one.refused is not None
        print(f"{one.path}: {f'refused, {one.refused}' if one.refused else one.tier.value}")
        if record is not None and one.result is not None and not one.refused and one.tier is not Tier.SELF_REPORTED:
            suite, _ = task_of(one.result)
            write_note(one.result, one.tier, published(suite)["specification_hash"], one.found, record)
    sys.exit(1 if refused else 0)


COMMANDS = {"walks": walks, "leaderboard": leaderboard, "submit": submit, "verify": verify}
