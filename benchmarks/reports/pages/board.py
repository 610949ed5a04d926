"""The tables of docs/board.md: every agent on every task of a suite, and which memory its right answers come from."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.evaluation.statistics import Interval, over_seeds
from benchmarks.experiments.experiment import N_SEEDS_TO_DECIDE
from benchmarks.experiments.metric import HELD_OUT
from benchmarks.experiments.suite import Suite
from benchmarks.experiments.suites import SUITES
from benchmarks.records.result import RESULTS, Result
from benchmarks.reports.markdown import between
from benchmarks.reports.tables import checked_walks
from benchmarks.suite.standings import Entry, Standings, standings
from hippo_envs.anatomy import error_anatomy
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import Counts

SUITE = SUITES["hippo-1"]
FAMILIAR = "reference-memory"  # the task on familiar maps, of which each kind of memory knows another part
KINDS = {
    "in window": ("in window of 64",),
    "out of window, in trial": ("out of window, in trial",),
    "never in trial": ("never in trial",),
    "LTRM as published": ("out of window, in trial", "never in trial"),
}
MEMORIES_OF_THE_WALK = ("node-agent", "edge-agent", "chance")


def with_tables(text: str, folder: Path = RESULTS) -> str:
    """A page with its tables as they stand; a ValueError if their places are not marked, once each."""
    found = standings(SUITE, folder)
    return between(between(text, "crossing", crossing_table(found)), "memories", memories_table(found))


def crossing_table(found: Standings) -> str:
    """Scores from 0 (floor) to 1 (ceiling), a row for each task; what has not been run is left empty."""
    agents = list(found.suite.variants)
    rows = [
        [name, task.metric, _updates(found.suite, name), *(_score(found.entries[name].get(agent)) for agent in agents)]
        for name, task in found.suite.tasks.items()
    ]
    return _table(["task", "counts", "updates", *agents], rows, n_left=3)


def memories_table(found: Standings) -> str:
    """Accuracy on familiar maps by where an answer could have come from, over all steps but the first."""
    entries = found.entries[FAMILIAR]
    rows = [
        [
            agent + _runs(entries[agent]),
            f"{_updates_of(found.suite, FAMILIAR, agent):,}",
            *(_shown(over_seeds([_accuracy(run, kind) for run in entries[agent].results])) for kind in KINDS),
        ]
        for agent in found.suite.variants
        if agent in entries
    ]
    return _table(["agent", "updates", *KINDS], rows + _memories_of_the_walk(entries.values()))


def _memories_of_the_walk(entries: Iterable[Entry]) -> list[list[str]]:
    """What is known without any weights, on the same walks."""
    results = [run for entry in entries for run in entry.results]
    if not results:
        return []
    walks, k = checked_walks(results)[HELD_OUT], results[0].n_observations
    rows = []
    for name in MEMORIES_OF_THE_WALK:
        anatomy = error_anatomy(REFERENCES[name](walks), walks)
        accuracies = [_pooled(anatomy[part] for part in parts).accuracy(k) for parts in KINDS.values()]
        rows.append([f"*{name}*", "", *(_shown(Interval(accuracy, math.nan, math.nan)) for accuracy in accuracies)])
    return rows


def _updates(suite: Suite, name: str) -> str:
    """The updates that agents are trained for, and by name those that have another number."""
    usual = suite.budget(name).n_updates
    of_each = {agent: _updates_of(suite, name, agent) for agent in suite.task(name).experiment.variants}
    others = [f"{agent} {n_updates:,}" for agent, n_updates in of_each.items() if n_updates != usual]
    return f"{usual:,}" + ("; " + ", ".join(others) if others else "")


def _updates_of(suite: Suite, name: str, agent: str) -> int:
    experiment = suite.task(name).experiment
    return experiment.variant(agent).n_updates.get(suite.preset, suite.budget(name).n_updates)


def _accuracy(run: Result, kind: str) -> float:
    return _pooled(run.anatomy[part] for part in KINDS[kind]).accuracy(run.n_observations)


def _pooled(parts: Iterable[Counts]) -> Counts:
    """Counts of several kinds of step, which do not overlap, as of one."""
    return Counts(*(np.sum([field.sum() for field in fields], keepdims=True) for fields in zip(*parts, strict=True)))


def _score(entry: Entry | None) -> str:
    if entry is None:
        return ""
    return _shown(entry.score) + _runs(entry)


def _runs(entry: Entry) -> str:
    """How many they are, where that is too few to decide."""
    n_runs = len(entry.results)
    return "" if n_runs >= N_SEEDS_TO_DECIDE else f" ({n_runs} run{'s' * (n_runs > 1)})"


def _shown(interval: Interval) -> str:
    """The value, and half the width of its interval.

    >>> _shown(Interval(0.5, 0.4, 0.6)), _shown(Interval(0.5, math.nan, math.nan))
    ('.500 ± .100', '.500')
    """
    halves = "" if math.isnan(interval.high) else f" ± {interval.high - interval.value:.3f}"
    return f"{interval.value:.3f}{halves}".replace("0.", ".")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], n_left: int = 1) -> str:
    ruler = "|---" * n_left + "|--:" * (len(head) - n_left) + "|"
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], ruler, *lines[1:]])
