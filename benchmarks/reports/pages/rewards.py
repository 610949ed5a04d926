"""The table of docs/learning-from-reward.md: what each learner earns, and what it took."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments.claims import rl_explore, rl_predict
from benchmarks.records.collect import by_variant, collect
from benchmarks.records.result import RESULTS, Result
from benchmarks.reports.markdown import between

SECONDS = ("cpu_seconds", "wall_seconds")
HEADER = "| study | learner | seeds | return | env steps | of its memory before | updates | CPU s | wall s |"


def with_costs(text: str, folder: Path = RESULTS) -> str:
    """A page with the table as it stands; a ValueError if its place is not marked, once."""
    return between(text, "rewards", cost_table(folder))


def cost_table(folder: Path = RESULTS) -> str:
    """A row for each learner of each study at `quick`; a learner that has not been run is left out."""
    rows = [HEADER, "|---|---|--:|--:|--:|--:|--:|--:|--:|"]
    for study in (rl_predict.STUDY, rl_explore.STUDY):
        for learner, results in by_variant(collect(study, "quick", folder)).items():
            rows.append(f"| {study.name} | {learner} | {len(results)} | {' | '.join(_row(results))} |")
    return "\n".join(rows)


def _row(results: Sequence[Result]) -> list[str]:
    value, low, high = over_seeds([result.value("return") for result in results])
    return [
        f"{value:.2f} ({low:.2f} to {high:.2f})",
        *(f"{_mean(results, name):,.0f}" for name in ("env_steps", "memory_env_steps", "updates")),
        *(f"{sum(result.provenance[name] for result in results) / len(results):.0f}" for name in SECONDS),
    ]


def _mean(results: Sequence[Result], name: str) -> float:
    return sum(result.value(name) for result in results) / len(results)
