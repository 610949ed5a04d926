"""The table of claims: what each experiment asks, and how many of its targets are met."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.records.result import RESULTS
from benchmarks.reports.ledger import Row, ledger
from benchmarks.reports.markdown import between

VERDICTS = ("met", "missed", "open")


def with_claims(text: str, folder: Path = RESULTS) -> str:
    """The README with the table as it stands; a ValueError if its place is not marked, once."""
    return between(text, "claims", claims_table(ledger(EXPERIMENTS | STUDIES, folder), "docs/claims"))


def claims_table(rows: Sequence[Row], pages: str) -> str:
    """A row for each experiment: what it asks, with a link to its page, and the verdicts on its claims."""
    lines = ["| experiment | what is claimed, or asked | met | missed | open |", "|---|---|--:|--:|--:|"]
    for name, experiment in (EXPERIMENTS | STUDIES).items():
        counts = verdicts_of([row for row in rows if row.experiment == name])
        cells = " | ".join(str(n or "") for n in counts.values())
        lines.append(f"| [{name}]({pages}/{name}.md) | {experiment.statement} | {cells} |")
    return "\n".join(lines)


def verdicts_of(rows: Sequence[Row]) -> dict[str, int]:
    """How many claims are met, missed and open."""
    counted = Counter(row.verdict for row in rows)
    return {verdict: counted[verdict] for verdict in VERDICTS}
