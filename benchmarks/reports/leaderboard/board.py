"""The content of the leaderboard as plain data: its JSON file is exactly this, and the page computes nothing more."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.evaluation.statistics import Interval
from benchmarks.experiments.metric import Metric, title_of
from benchmarks.records.result import RESULTS
from benchmarks.reports.ledger import Row, target_of
from benchmarks.suite.outcomes import Outcome
from benchmarks.suite.specification import FIXED_ROWS
from benchmarks.suite.standings import Entry, Standings

ROOT = Path(__file__).resolve().parents[3]


def board_of(standings: Standings, claims: Sequence[Row]) -> dict[str, Any]:
    """All of it: places, tasks with their entries, reference rows, claims."""
    suite = standings.suite
    wanted = sum(len(task.experiment.variants) * len(suite.budget(name).seeds) for name, task in suite.tasks.items())
    return {
        "suite": suite.name,
        "preset": suite.preset,
        "specification_hash": standings.published["specification_hash"],
        "runs": sum(_runs_of_ours(standings, name) for name in suite.tasks),
        "runs_wanted": wanted,
        "results_at": results_address(standings.folder),
        "left_out": list(standings.left_out),
        "agents": standings.agents,
        "families": {family: list(tasks) for family, tasks in suite.families.items()},
        "places": {
            group: [
                {
                    "agent": place.agent,
                    "rank": place.rank,
                    "given": place.given,
                    "several": place.several,
                    "tasks": place.n_tasks,
                    **_numbers("score", place.score),
                }
                for place in places
            ]
            for group, places in standings.places.items()
        },
        "tasks": {name: _task(standings, name) for name in suite.tasks},
        "claims": [_claim(row) for row in claims if row.target is not None],
    }


def results_address(folder: Path, pyproject: Path = ROOT / "pyproject.toml") -> str | None:
    """Where a folder of results is on the web; None for other than the committed one, and if no repository is named.

    Args:
        folder: the results.
        pyproject: names the repository as `Repository` under `[project.urls]`.
    """
    repository = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"].get("urls", {}).get("Repository")
    if repository is None or folder.resolve() != RESULTS.resolve():
        return None
    return f"{repository.rstrip('/')}/tree/HEAD/{RESULTS.relative_to(ROOT).as_posix()}"


def _runs_of_ours(standings: Standings, name: str) -> int:
    """Runs of a task that the suite itself asks for: those of its variants and seeds, and no one else's."""
    ours, seeds = standings.suite.tasks[name].experiment.variants, standings.suite.budget(name).seeds
    entries = [entry for agent, entry in standings.entries[name].items() if agent in ours]
    return sum(run.seed in seeds for entry in entries for run in entry.results)


def _task(standings: Standings, name: str) -> dict[str, Any]:
    task = standings.suite.tasks[name]
    fixed = standings.published["fixed_rows"]
    floor = standings.published["tasks"][name]["floor"]
    ceiling = fixed["ceiling"][name]
    metric = Metric.parse(task.metric)
    return {
        "family": task.family,
        "difficulty": task.difficulty,
        "experiment": task.experiment.name,
        "statement": task.experiment.statement,
        "source": task.experiment.source,
        "metric": task.metric,
        "counts": _counts_in_words(metric),
        "curve_of": title_of(standings.published["tasks"][name]["masks"][0]),
        "floor": floor,
        "ceiling": ceiling,
        "fixed": {
            row: {"accuracy": of[name], "score": _finite((of[name] - floor) / (ceiling - floor))}
            for row, of in ((row, fixed[row]) for row in ("ceiling", *reversed(FIXED_ROWS)))
        },
        "entries": [_entry(entry) for entry in _best_first(standings.entries[name])],
        "no_method": list(standings.suite.without_method(name)),
    }


def _claim(row: Row) -> dict[str, Any]:
    low, high = (_finite(bound) for bound in row.interval[1:])
    return row.as_json() | {"low": low, "high": high, "target": target_of(row)}


def _best_first(entries: Mapping[str, Entry]) -> list[Entry]:
    return sorted(entries.values(), key=lambda entry: -entry.accuracy.value)


def _entry(entry: Entry) -> dict[str, Any]:
    first = entry.results[0]
    return {
        "agent": entry.agent,
        "runs": len(entry.results),
        "tier": min((tier for tier in entry.tiers), key=list(type(entry.tiers[0])).index).value,
        **_numbers("accuracy", entry.accuracy.within()),
        **_numbers("score", entry.score),
        "cpu_seconds": _finite(sum(r.provenance["train_cpu_seconds"] for r in entry.results) / len(entry.results)),
        "updates": first.run_settings.n_updates,
        "cut_short": entry.cut_short,
        "given": entry.given,
        "learning": _learning(entry.results),
        "sizes": first.run_settings.sizes,
        "learning_rate": first.run_settings.learning_rate,
        "seeds": [_run(run, tier.value) for run, tier in zip(entry.results, entry.tiers, strict=True)],
    }


def _run(run: Outcome, tier: str) -> dict[str, Any]:
    shown = {"seed": run.seed, "accuracy": _finite(run.accuracy), "tier": tier, "folder": run.folder.as_posix()}
    return {**shown, "weights_hash": None, **run.provenance}


def _learning(results: Sequence[Outcome]) -> dict[str, list[float]]:
    """The curve of a task's agent: means over its runs, which are reported at the same updates."""
    curves = [result.learning for result in results if result.learning]
    mask = results[0].run_settings.masks[0]
    columns: dict[str, list[float]] = {"update": [], "cpu_seconds": [], "accuracy": []}
    for rows in zip(*(zip(c["update"], c["cpu_seconds"], c[mask], strict=True) for c in curves), strict=False):
        if all(value is not None for row in rows for value in row):
            means = (sum(float(row[i] or 0) for row in rows) / len(rows) for i in range(3))
            for name, value in zip(columns, means, strict=True):
                columns[name].append(round(value, 3))
    return columns


def _counts_in_words(metric: Metric) -> str:
    words = title_of(metric.mask)
    where = "" if metric.worlds == "held-out" else f", in worlds of {metric.worlds}"
    return f"{words}{where}" + (f", steps {metric.steps[0]}-{metric.steps[1]}" if metric.steps else "")


def _numbers(name: str, interval: Interval) -> dict[str, float | None]:
    low, high = (_finite(bound) for bound in (interval.low, interval.high))
    return {name: _finite(interval.value), f"{name}_low": low, f"{name}_high": high}


def _finite(value: float) -> float | None:
    """JSON has no NaN. Rounded it is where it is shown, and only there: rounded twice it may come out otherwise."""
    return value if math.isfinite(value) else None
