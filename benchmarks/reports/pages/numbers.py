"""Small tables of numbers for pages of prose, made from the committed results so that they stay current.

Prose itself names no measured number: it says what follows, and the table beside it has the numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.experiment import Claim
from benchmarks.records.collect import by_variant, collect
from benchmarks.records.result import RESULTS, Result
from benchmarks.reports.ledger import rows_of
from benchmarks.reports.markdown import put_between, table


@dataclass(frozen=True)
class Number:
    """The mean of a metric over runs.

    Args:
        experiment, agent, metric: as in the ledger; an agent may be a contrast, "a - b".
        spec: how it is written, with half the width of its 95 % interval.
    """

    experiment: str
    agent: str
    metric: str
    spec: str = "±.3f"
    preset: str = "quick"


@dataclass(frozen=True)
class Numbers:
    """A table of numbers; a cell that is None stays empty."""

    columns: Sequence[str]
    rows: Mapping[str, Sequence[Number | None]]


def of_agents(experiment: str, metric: str, *agents: str | None, spec: str = "±.3f") -> list[Number | None]:
    """One number of several agents."""
    return [Number(experiment, agent, metric, spec) if agent else None for agent in agents]


def of_metrics(experiment: str, agent: str, *metrics: str | None, spec: str = "±.3f") -> list[Number | None]:
    """Several numbers of one agent."""
    return [Number(experiment, agent, metric, spec) if metric else None for metric in metrics]


def with_numbers(text: str, tables: Mapping[str, Numbers], results: Path = RESULTS) -> str:
    """A page with each of these tables between its markers."""
    for name, numbers in tables.items():
        rows = [[title, *(_written(each, results) for each in cells)] for title, cells in numbers.rows.items()]
        text = put_between(text, name, table(numbers.columns, rows, "l" + "r" * (len(numbers.columns) - 1)))
    return text


def _written(number: Number | None, results: Path) -> str:
    if number is None:
        return ""
    claim = Claim(number.agent, number.preset, number.metric)
    (row,) = rows_of((EXPERIMENTS | STUDIES)[number.experiment], [claim], results_of(number, results))
    if row.value is None:
        raise ValueError(f"There is no result of {number}: run it, or take it out of its page.")
    return f"{row.interval:{number.spec}}"


def results_of(number: Number, folder: Path) -> Mapping[str, Sequence[Result]]:
    """What a number is measured on, by variant."""
    return _results(number.experiment, number.preset, folder)


@cache
def _results(experiment: str, preset: str, folder: Path) -> Mapping[str, Sequence[Result]]:
    """Kept, for many numbers of a page are of the same runs."""
    return by_variant(collect((EXPERIMENTS | STUDIES)[experiment], preset, folder))
