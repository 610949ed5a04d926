"""The table of docs/learning-from-reward.md: what each learner earns, and at what cost."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments import STUDIES
from benchmarks.records.collect import by_variant, collect
from benchmarks.records.result import RESULTS, Result
from benchmarks.reports.markdown import put_between, table

SECONDS = ("cpu_seconds", "wall_seconds")
HEAD = ("study", "learner", "seeds", "return", "env steps", "env steps of its memory", "updates", "CPU s", "wall s")


def with_costs(text: str, folder: Path = RESULTS) -> str:
    """A page with the table as it stands; a ValueError if its place is not marked, once."""
    return put_between(text, "rewards", cost_table(folder))


def cost_table(folder: Path = RESULTS) -> str:
    """A row for each learner of each study at `quick`; a learner that has not been run is left out."""
    rows = [
        [study.name, learner, str(len(results)), *_row(results)]
        for study in STUDIES.values()
        if study.program == "reinforcement"
        for learner, results in by_variant(collect(study, "quick", folder)).items()
    ]
    return table(HEAD, rows, "llrrrrrrr")


def _row(results: Sequence[Result]) -> list[str]:
    return [
        f"{over_seeds([result.value('return') for result in results]):.2f}",
        *(f"{_mean(results, name):,.0f}" for name in ("env_steps", "memory_env_steps", "updates")),
        *(f"{sum(result.provenance[name] for result in results) / len(results):.0f}" for name in SECONDS),
    ]


def _mean(results: Sequence[Result], name: str) -> float:
    return sum(result.value(name) for result in results) / len(results)
