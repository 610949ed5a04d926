"""python -m benchmarks leaderboard."""

from pathlib import Path

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.console import say
from benchmarks.experiments.options import Output
from benchmarks.experiments.suites import find_suite


def leaderboard(suite: str = "hippo-1", output: Output = Path("runs/leaderboard"), results: Path | None = None) -> None:
    """Write the page of a suite, index.html, which needs no other file; and the same as JSON.

    Args:
        suite: its name; there is hippo-1.
        output: where they go.
        results: a folder that `run` was given as --results, or `verify`; the committed ones if not.
    """
    chosen = find_suite(suite)

    from benchmarks.records.result import RESULTS

    folder = results or RESULTS
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}: give --results one that `run` or `verify` wrote.")

    from benchmarks.reports.leaderboard.board import board_of
    from benchmarks.reports.leaderboard.page import write_board
    from benchmarks.reports.ledger import ledger
    from benchmarks.suite.standings import standings

    found = standings(chosen, folder)
    if not found.agents and not found.left_out:
        raise ValueError(
            f"There is no result of {suite} in {folder}: give --results a folder that `run` was or `verify` was given "
            "as --results."
        )
    claimed = ledger(EXPERIMENTS | STUDIES, RESULTS)
    for path in write_board(board_of(found, claimed), output):
        say(path)
