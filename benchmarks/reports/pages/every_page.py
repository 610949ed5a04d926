"""All that `python -m benchmarks docs` makes: whole pages, and tables between the markers of others."""

from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.records.collect import collecting_once
from benchmarks.records.files import write_whole
from benchmarks.reports.markdown import put_between
from benchmarks.reports.pages import agents, board, claims, environments, findings, slot_free
from benchmarks.reports.pages.clients import with_clients
from benchmarks.reports.pages.good_scores import with_good_scores
from benchmarks.reports.pages.learning_rates import with_rates
from benchmarks.reports.pages.numbers import with_numbers
from benchmarks.reports.pages.reproduces import with_papers
from benchmarks.reports.pages.rewards import with_costs
from benchmarks.reports.timings import references, speed


def write_every_page(root: Path) -> None:
    """Make all pages anew, in the folder that README.md and docs are in."""
    with collecting_once():
        for name, with_tables in _tables().items():
            path = root / name
            write_whole(path, with_tables(path.read_text(encoding="utf-8")).encode())
        agents.write_pages(root / "docs" / "agents")
        environments.write_pages(root / "docs" / "environments", references.read())
        claims.write_pages(root / "docs" / "claims.md")


def _tables() -> Mapping[str, Callable[[str], str]]:
    """For each page that is written by hand, what puts its tables in their places."""
    standings = board.all_standings()
    (of_the_suite,) = (found for found in standings if found.suite is board.SUITE)
    return {
        "README.md": lambda text: put_between(
            board.with_board(text, standings), "environments", environments.all_environments()
        ),
        "docs/README.md": lambda text: put_between(
            put_between(text, "agents", agents.links("agents")), "environments", environments.links("environments")
        ),
        "docs/board.md": lambda text: with_rates(board.with_tables(text, of_the_suite)),
        "docs/findings.md": lambda text: with_numbers(text, findings.TABLES),
        "docs/learning-from-reward.md": with_costs,
        "docs/other-libraries.md": with_clients,
        "docs/slot-free-memory.md": lambda text: with_numbers(text, slot_free.TABLES),
        "docs/what-reproduces.md": with_papers,
        "docs/what-a-good-score-is.md": lambda text: with_good_scores(text, of_the_suite),
        "docs/speed.md": lambda text: put_between(
            text, "speeds", speed.as_markdown(speed.read(), speed.read_yardsticks())
        ),
    }
