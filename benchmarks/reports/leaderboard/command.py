"""python -m benchmarks leaderboard."""

from pathlib import Path

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.console import say
from benchmarks.experiments.options import Output
from benchmarks.experiments.suites import find_suite


def leaderboard(suite: str = "hippo-1", output: Output = Path("runs/leaderboard"), results: Path | None = None) -> None:
    """Write the leaderboard of a suite: one self-contained page, index.html, and the same content as JSON.

    Args:
        suite: the name of the suite, hippo-1.
        output: the folder for both.
        results: a folder that `run` or `verify` was given as --results; the committed results if not given.
    """
    chosen = find_suite(suite)

    from benchmarks.records.result import RESULTS

    folder = results or RESULTS
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}: give --results a folder that `run` or `verify` wrote.")

    from benchmarks.reports.leaderboard.board import board_of
    from benchmarks.reports.leaderboard.page import write_board
    from benchmarks.reports.ledger import ledger
    from benchmarks.suite.standings import standings

    found = standings(chosen, folder)
    if not found.agents and not found.left_out:
        raise ValueError(
            f"There is no result of {suite} in {folder}: give the folder that `run` or `verify` was given as --results."
        )
    claimed = ledger(EXPERIMENTS | STUDIES, RESULTS)
    for path in write_board(board_of(found, claimed), output):
        say(path)
