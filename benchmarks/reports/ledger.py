"""The ledger: the headline numbers of the committed results, beside the papers' numbers and our targets."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.cells import cell_len

from benchmarks.evaluation.statistics import Interval, over_seeds, paired_contrast
from benchmarks.experiments.console import PlainTable
from benchmarks.experiments.experiment import Claim, Experiment
from benchmarks.experiments.study import Study
from benchmarks.records.collect import by_variant, collect, tell_once
from benchmarks.records.result import Result
from benchmarks.reports.claims_history import Stated, kept_history
from benchmarks.reports.markdown import table
from benchmarks.reports.verdicts import Measured, verdicts
from hippo_envs import Walks

HEAD = ("agent", "preset", "metric", "seeds", "value", "interval", "paper", "target", "verdict", "target set")
NUMBERS = range(3, 8)  # the columns of them


@dataclass(frozen=True)
class Row:
    """One number of the ledger; `value` is None where nothing has been run.

    `fixed` says whether the target stood before the runs: "fixed before", "post hoc" or "unknown".
    """

    experiment: str
    agent: str
    preset: str
    metric: str
    n_seeds: int
    value: float | None
    low: float | None
    high: float | None
    paper: float | None
    target: float | None
    verdict: str
    fixed: str = ""
    at_most: bool = False
    within: bool = False

    @property
    def interval(self) -> Interval:
        """What is shown: an accuracy is clipped to [0, 1], which `as_json` and the verdict leave as it was computed."""
        numbers = (math.nan if number is None else number for number in (self.value, self.low, self.high))
        interval, is_contrast = Interval(*numbers), " - " in self.agent
        return interval.within() if is_accuracy(self.metric) and not is_contrast else interval

    def as_json(self) -> dict[str, object]:
        """The row as published; every field but the direction of the target, which the verdict has used."""
        return {name: value for name, value in vars(self).items() if name not in ("at_most", "within")}


def ledger(experiments: Mapping[str, Experiment | Study], folder: Path) -> list[Row]:
    """All rows: every claim, and the headlines and scalar measurements of every variant with results besides.

    A claim without results stands as "open".
    """
    rows = []
    for experiment in experiments.values():
        for preset in experiment.presets:
            results = by_variant(collect(experiment, preset, folder))
            claims = [claim for claim in experiment.claims if claim.preset == preset]
            claimed = {(claim.agent, claim.metric) for claim in claims}
            unclaimed = [claim for claim in plain(experiment, results) if (claim.agent, claim.metric) not in claimed]
            rows += rows_of(experiment, (*claims, *unclaimed), results)
    return rows


def plain(experiment: Experiment | Study, results: Mapping[str, Sequence[Result]]) -> list[Claim]:
    """The headlines and scalar measurements of results by variant, as claims that aim at nothing."""
    return [
        Claim(variant, variant_results[0].preset, metric)
        for variant, variant_results in results.items()
        for metric in (*experiment.masks, *_scalars(variant_results))
    ]


def rows_of(
    experiment: Experiment | Study, claims: Sequence[Claim], results: Mapping[str, Sequence[Result]]
) -> list[Row]:
    """Measure the claims of one preset on results by variant; differences among them are judged together."""
    used = [_used(claim, results) for claim in claims]
    measured = [Measured(claim, *_measured(runs)) for claim, runs in zip(claims, used, strict=True)]
    runs_of = [[run for of_one in runs for run, _ in of_one.values()] for runs in used]
    return [_row(experiment, *one) for one in zip(measured, verdicts(measured), runs_of, strict=True)]


def _row(experiment: Experiment | Study, measured: Measured, verdict: str, runs: Sequence[Result]) -> Row:
    claim, (value, low, high), n_seeds = measured
    target = next((bound for bound in (claim.within, claim.at_least, claim.at_most) if bound is not None), None)
    row = Row(
        experiment=experiment.name,
        agent=claim.agent,
        preset=claim.preset,
        metric=claim.metric,
        n_seeds=n_seeds,
        value=_finite(value),
        low=_finite(low),
        high=_finite(high),
        paper=claim.paper,
        target=target,
        verdict=verdict,
        at_most=claim.at_most is not None,
        within=claim.within is not None,
    )
    return replace(row, fixed=_fixed(row, runs)) if target is not None and n_seeds else row


def _fixed(row: Row, runs: Sequence[Result]) -> str:
    """Whether the target stood at the commits of these runs."""
    claim = Stated(*(getattr(row, name) for name in Stated._fields))
    return kept_history().when(claim, {str(run.provenance.get("commit")) for run in runs})


def as_json(rows: Sequence[Row]) -> str:
    """The rows as a JSON list of objects."""
    return json.dumps([row.as_json() for row in rows], indent=1)


def as_tables(rows: Sequence[Row]) -> list[PlainTable]:
    """The rows for a terminal, a table for each experiment, of one cell: tens of thousands of cells take seconds."""
    tables = []
    for name in dict.fromkeys(row.experiment for row in rows):
        head, *lines = _aligned([HEAD, *(_cells(row)[1:] for row in rows if row.experiment == name)])
        table = PlainTable(name)
        table.add_column(head, no_wrap=True)
        table.add_row("\n".join(lines))
        tables.append(table)
    return tables


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, with numbers on the right of their columns."""
    columns = [_filled(column, i in NUMBERS) for i, column in enumerate(zip(*cells, strict=True))]
    return ["   ".join(line) for line in zip(*columns, strict=True)]


def _filled(column: Sequence[str], right: bool) -> list[str]:
    widths = list(map(cell_len, column))
    spaces = [" " * (max(widths) - width) for width in widths]
    return [space + cell if right else cell + space for cell, space in zip(column, spaces, strict=True)]


def as_markdown(rows: Sequence[Row]) -> str:
    """The rows of an experiment that have a target, as a table; nothing where there is none."""
    head = ("agent", "preset", "metric", "seeds", "value", "95 % interval", "paper", "target", "verdict", "target set")
    cells = [_cells(row)[1:] for row in rows if row.target is not None]
    return table(head, cells, "lllrrrrr") if cells else ""


def _used(claim: Claim, results: Mapping[str, Sequence[Result]]) -> list[dict[int, tuple[Result, float]]]:
    """The runs that decide a claim and their numbers by seed, for each agent of it: of seeds that all of them have."""
    names = claim.agent.split(" - ")
    of_each = _on_the_same_walks([results.get(name, ()) for name in names], claim.agent)
    by_seed = [_by_seed(of_one, claim.metric) for of_one in of_each]
    shared = sorted(set.intersection(*(set(found) for found in by_seed)))
    return [{seed: found[seed] for seed in shared} for found in by_seed]


def _measured(used: Sequence[Mapping[int, tuple[Result, float]]]) -> tuple[Interval, int]:
    values = [[value for _, value in of_one.values()] for of_one in used]
    if not values[0]:
        return Interval(math.nan, math.nan, math.nan), 0
    return over_seeds(values[0]) if len(values) == 1 else paired_contrast(values[0], values[1]), len(values[0])


def _on_the_same_walks(of_each: Sequence[Sequence[Result]], agent: str) -> list[list[Result]]:
    """Results without the few that were scored on other walks than most of the same worlds.

    Of worlds without such a majority there is none; runs of one experiment may have worlds of their own.
    """
    every = {_called(result): result for of_one in of_each for result in of_one}
    usual = {worlds: _most(walks) for worlds, walks in _walks_by_worlds(every.values()).items()}
    if None in usual.values():
        tell_once(f"{agent}: its results were scored on different walks; run them again.")
    for name, result in every.items():
        worlds, walks = result.scored_on
        if usual[worlds] not in (None, walks):
            tell_once(f"{name}: it was scored on other walks than the rest; run it again.")
    return [[result for result in of_one if result.scored_on in usual.items()] for of_one in of_each]


def _walks_by_worlds(results: Iterable[Result]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for result in results:
        worlds, walks = result.scored_on
        found.setdefault(worlds, []).append(walks)
    return found


def _most(walks: Sequence[str]) -> str | None:
    """Those of more than half; None if there are none such."""
    (found, n), *others = Counter(walks).most_common(2)
    return found if not others or 2 * n > len(walks) else None


def _called(result: Result) -> str:
    return f"{result.experiment} {result.preset} {result.variant} seed {result.seed}"


def _cells(row: Row) -> list[str]:
    numbers = [str(row.n_seeds), _short(row.value), row.interval.bounds(".3f"), _short(row.paper), target_of(row)]
    return [row.experiment, row.agent, row.preset, row.metric, *numbers, row.verdict, row.fixed]


def is_accuracy(metric: str) -> bool:
    """Whether a number of the ledger is a share of right answers, which lies in [0, 1]; a difference is none.

    >>> [is_accuracy(name) for name in ("loop_closure@32x32[513-1024]", "stwm_64", "accuracy_full_1", "a - b", "loss")]
    [True, True, True, False, False]
    """
    mask = metric.partition("@")[0].partition("[")[0]
    return hasattr(Walks, mask) or re.fullmatch(r"(accuracy|stwm|ltrm|out_of_window)(_\w+)?", mask) is not None


def target_of(row: Row) -> str:
    """The target in words; nothing where there is none."""
    if row.target is None:
        return ""
    if row.within:
        return f"within {row.target:.2g} of it"
    return f"{'at most' if row.at_most else 'at least'} {row.target:g}"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _by_seed(results: Sequence[Result], metric: str) -> dict[int, tuple[Result, float]]:
    """Every run that has the metric, with its value: a measurement is None where there was nothing to measure.

    Raises:
        ValueError: if no run has such a score or measurement; if some have, the others are left out and named.
    """
    found: dict[int, tuple[Result, float]] = {}
    lacking: dict[str, str] = {}
    for result in results:
        try:
            found[result.seed] = result, result.value(metric)
        except (ValueError, TypeError) as error:
            lacking[_called(result)] = str(error)
    if lacking and not found:
        raise ValueError(next(iter(lacking.values())))
    for name, why in lacking.items():
        tell_once(f"{name}, of {metric}: {why}")
    return {seed: (run, value) for seed, (run, value) in found.items() if not math.isnan(value)}


def _scalars(results: Sequence[Result]) -> list[str]:
    """Measurements that every run made, and that are a number in one at least."""
    names = [name for name in results[0].measurements if all(name in result.measurements for result in results)]
    return [name for name in names if any(isinstance(result.measurements[name], int | float) for result in results)]
