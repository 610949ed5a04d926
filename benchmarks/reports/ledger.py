"""The ledger: the headline numbers of the committed results, beside what the papers say and what was aimed at."""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.evaluation.statistics import Interval, over_seeds, paired_contrast
from benchmarks.experiments.console import PlainTable
from benchmarks.experiments.experiment import Claim, Experiment, n_seeds_to_decide
from benchmarks.experiments.study import Study
from benchmarks.records.collect import by_variant, collect, tell_once
from benchmarks.records.result import Result
from benchmarks.reports.markdown import table
from hippo_envs import Walks


@dataclass(frozen=True)
class Row:
    """One number of the ledger; `value` is None where nothing has been run."""

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
            rows += [row_of(experiment, claim, results) for claim in (*claims, *unclaimed)]
    return rows


def plain(experiment: Experiment | Study, results: Mapping[str, Sequence[Result]]) -> list[Claim]:
    """The headlines and scalar measurements of results by variant, as claims that aim at nothing."""
    return [
        Claim(variant, variant_results[0].preset, metric)
        for variant, variant_results in results.items()
        for metric in (*experiment.masks, *_scalars(variant_results))
    ]


def row_of(experiment: Experiment | Study, claim: Claim, results: Mapping[str, Sequence[Result]]) -> Row:
    """Measure one claim on results by variant."""
    interval, n_seeds = _measured(claim, results)
    target = next((bound for bound in (claim.within, claim.at_least, claim.at_most) if bound is not None), None)
    return Row(
        experiment=experiment.name,
        agent=claim.agent,
        preset=claim.preset,
        metric=claim.metric,
        n_seeds=n_seeds,
        value=_finite(interval.value),
        low=_finite(interval.low),
        high=_finite(interval.high),
        paper=claim.paper,
        target=target,
        verdict=_verdict(claim, interval, n_seeds) if target is not None else "",
        at_most=claim.at_most is not None,
        within=claim.within is not None,
    )


def as_json(rows: Sequence[Row]) -> str:
    """The rows as a JSON list of objects."""
    return json.dumps([row.as_json() for row in rows], indent=1)


def as_tables(rows: Sequence[Row]) -> list[PlainTable]:
    """The rows for a terminal, a table for each experiment."""
    tables = []
    for name in dict.fromkeys(row.experiment for row in rows):
        table = PlainTable(name)
        for title in ("agent", "preset", "metric"):
            table.add_column(title, no_wrap=True)
        for title in ("seeds", "value", "interval", "paper", "target"):
            table.add_column(title, justify="right", no_wrap=True)
        table.add_column("verdict", no_wrap=True)
        for row in rows:
            if row.experiment == name:
                table.add_row(*_cells(row)[1:])
        tables.append(table)
    return tables


def as_markdown(rows: Sequence[Row]) -> str:
    """The rows of an experiment that have a target, as a table; nothing where there is none."""
    head = ("agent", "preset", "metric", "seeds", "value", "95 % interval", "paper", "target", "verdict")
    cells = [_cells(row)[1:] for row in rows if row.target is not None]
    return table(head, cells, "lllrrrrr") if cells else ""


def _measured(claim: Claim, results: Mapping[str, Sequence[Result]]) -> tuple[Interval, int]:
    names = claim.agent.split(" - ")
    of_each = _on_the_same_walks([results.get(name, ()) for name in names], claim.agent)
    by_seed = [_by_seed(of_one, claim.metric) for of_one in of_each]
    shared = sorted(set.intersection(*(set(values) for values in by_seed)))
    if not shared:
        return Interval(math.nan, math.nan, math.nan), 0
    values = [[of_one[seed] for seed in shared] for of_one in by_seed]
    interval = over_seeds(values[0]) if len(names) == 1 else paired_contrast(values[0], values[1])
    return interval, len(shared)


def _on_the_same_walks(of_each: Sequence[Sequence[Result]], agent: str) -> list[list[Result]]:
    """Results without the few that were scored on other walks than most; none if there is no such majority."""
    walks = {_called(result): _walks_of(result) for of_one in of_each for result in of_one}
    counted = Counter(walks.values())
    most, n_most = counted.most_common(1)[0] if counted else ("", 0)
    if len(counted) > 1 and 2 * n_most <= len(walks):
        tell_once(f"{agent}: its results were scored on different walks; run them again.")
        return [[] for _ in of_each]
    for name in (name for name, on in walks.items() if on != most):
        tell_once(f"{name}: it was scored on other walks than the rest; run it again.")
    return [[result for result in of_one if _walks_of(result) == most] for of_one in of_each]


def _walks_of(result: Result) -> str:
    return json.dumps(result.provenance.get("evaluation_hash"))


def _called(result: Result) -> str:
    return f"{result.experiment} {result.preset} {result.variant} seed {result.seed}"


def _verdict(claim: Claim, interval: Interval, n_seeds: int) -> str:
    """Met or missed once enough seeds have run.

    A difference must also be surely one: its interval is on the target's side of 0. A target on the other side of 0, a
    loss that is put up with, is met only if the whole interval is within it.
    """
    if n_seeds < n_seeds_to_decide(claim.preset):
        return "open"
    if claim.within is not None:
        if claim.paper is None:
            raise ValueError(f"{claim.agent} {claim.metric} is to be within {claim.within} of a number: give it one.")
        return "met" if abs(interval.value - claim.paper) <= claim.within else "missed"
    # What is to be large: a target "at most" is one with all signs turned.
    sign = 1 if claim.at_least is not None else -1
    target = sign * (claim.at_least if claim.at_least is not None else claim.at_most or 0)
    value, low = sign * interval.value, interval.low if sign > 0 else -interval.high
    met = value >= target
    if " - " in claim.agent or " - " in claim.metric:
        met = low >= target if target < 0 else met and low > 0
    return "met" if met else "missed"


def _cells(row: Row) -> list[str]:
    numbers = [str(row.n_seeds), _short(row.value), row.interval.bounds(".3f"), _short(row.paper), target_of(row)]
    return [row.experiment, row.agent, row.preset, row.metric, *numbers, row.verdict]


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


def _by_seed(results: Sequence[Result], metric: str) -> dict[int, float]:
    """The metric of every run that has it: a measurement is None where there was nothing to measure.

    Raises:
        ValueError: if no run has such a score or measurement; if some have, the others are left out and named.
    """
    values: dict[int, float] = {}
    lacking: dict[str, str] = {}
    for result in results:
        try:
            values[result.seed] = result.value(metric)
        except (ValueError, TypeError) as error:
            lacking[_called(result)] = str(error)
    if lacking and not values:
        raise ValueError(next(iter(lacking.values())))
    for name, why in lacking.items():
        tell_once(f"{name}, of {metric}: {why}")
    return {seed: value for seed, value in values.items() if not math.isnan(value)}


def _scalars(results: Sequence[Result]) -> list[str]:
    """Measurements that every run made, and that are a number in one at least."""
    names = [name for name in results[0].measurements if all(name in result.measurements for result in results)]
    return [name for name in names if any(isinstance(result.measurements[name], int | float) for result in results)]
