"""The table of claims of the README: what each experiment asks, and how many of its targets are met."""

from collections import Counter
from pathlib import Path

from benchmarks.agent_docs import all_results
from benchmarks.between import between
from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.ledger import row_of
from benchmarks.result import RESULTS


def with_claims(text: str, folder: Path = RESULTS) -> str:
    """A text with the table as it stands; a ValueError if its place is not marked, once."""
    return between(text, "claims", claims_table(folder))


def claims_table(folder: Path = RESULTS) -> str:
    """A row for each experiment: what it asks, and the verdicts on its claims."""
    results: dict[tuple[str, str], dict[str, list]] = {}
    for experiment, preset, variant, of_variant in all_results(folder):
        results.setdefault((experiment, preset), {})[variant] = of_variant
    rows = ["| experiment | what is claimed, or asked | met | missed | open |", "|---|---|--:|--:|--:|"]
    for name, experiment in (EXPERIMENTS | STUDIES).items():
        verdicts = Counter(
            row_of(experiment, claim, results.get((name, claim.preset), {})).verdict for claim in experiment.claims
        )
        counts = " | ".join(str(verdicts[verdict] or "") for verdict in ("met", "missed", "open"))
        rows.append(f"| [{name}](docs/claims.md#{name}) | {experiment.statement} | {counts} |")
    return "\n".join(rows)
