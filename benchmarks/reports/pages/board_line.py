"""The line of the README about the board of each suite: how many of its runs are committed, and how many checked."""

from pathlib import Path

from benchmarks.experiments.suite import Suite
from benchmarks.experiments.suites import SUITES
from benchmarks.records.result import RESULTS
from benchmarks.reports.markdown import between
from benchmarks.suite.standings import OVERALL, standings
from benchmarks.suite.tiers import Tier


def with_board(text: str, folder: Path = RESULTS) -> str:
    """A text with the lines as they stand; a ValueError if their place is not marked, once."""
    return between(text, "board", "\n".join(board_line(suite, folder) for suite in SUITES.values()))


def board_line(suite: Suite, folder: Path = RESULTS) -> str:
    """How far the board of a suite is, as to its own agents: rows of others come as they come."""
    wanted = [len(suite.budget(name).seeds) * len(task.experiment.variants) for name, task in suite.tasks.items()]
    found = standings(suite, folder)
    entries = [entry for of_task in found.entries.values() for entry in of_task.values()]
    tiers = [tier for entry in entries if entry.agent in suite.variants for tier in entry.tiers]
    ranked = [place for place in found.places[OVERALL] if place.rank is not None and place.agent in suite.variants]
    everywhere = [a for a in suite.variants if all(a in task.experiment.variants for task in suite.tasks.values())]
    runs = f"{len(tiers)} of {sum(wanted)} runs ({len(suite.tasks)} tasks, {len(suite.variants)} agents)"
    return (
        f"- `{suite.name}`: {runs} are committed, {tiers.count(Tier.REPRODUCED)} of them reproduced by `verify`;\n"
        f"  {len(ranked)} of the {len(everywhere)} that can do every task have all of theirs reproduced, and so a rank."
    )
