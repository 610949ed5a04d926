"""Tables of docs/board.md and the README: agents on tasks, accuracy by kind of memory, and what is missing."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.evaluation.statistics import Interval, over_seeds
from benchmarks.experiments.experiment import N_SEEDS_TO_DECIDE
from benchmarks.experiments.metric import HELD_OUT
from benchmarks.experiments.suites import SUITES
from benchmarks.records.result import RESULTS, Result
from benchmarks.reports.markdown import put_between, table
from benchmarks.reports.tables import checked_walks
from benchmarks.suite.standings import Entry, Standings, standings
from benchmarks.suite.tiers import STEPPED
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


def all_standings(folder: Path = RESULTS) -> list[Standings]:
    """Of every suite, for the page of the board and for the README."""
    return [standings(suite, folder) for suite in SUITES.values()]


def with_tables(text: str, found: Standings | None = None) -> str:
    """A page with its tables as they stand; a ValueError if their places are not marked, once each."""
    found = found or standings(SUITE, RESULTS)
    return put_between(put_between(text, "crossing", crossing_table(found)), "memories", memories_table(found))


def with_board(text: str, found: Sequence[Standings] | None = None) -> str:
    """A text with the lines as they stand; a ValueError if their place is not marked, once."""
    return put_between(text, "board", "\n".join(map(board_line, found or all_standings())))


def board_line(found: Standings) -> str:
    """How far the board of a suite is, as to its own agents: rows of others come as they come."""
    suite = found.suite
    wanted = [len(suite.budget(name).seeds) * len(task.experiment.variants) for name, task in suite.tasks.items()]
    entries = [entry for of_task in found.entries.values() for entry in of_task.values()]
    tiers = [tier for entry in entries if entry.agent in suite.variants for tier in entry.tiers]
    n_stepped = sum(tier in STEPPED for tier in tiers)
    ranked = [agent for agent in found.ranked if agent in suite.variants]
    everywhere = [a for a in suite.variants if all(a in task.experiment.variants for task in suite.tasks.values())]
    runs = f"{len(tiers)} of {sum(wanted)} runs ({len(suite.tasks)} tasks, {len(suite.variants)} agents)"
    have = "has" if len(ranked) == 1 else "have"
    return (
        f"- `{suite.name}`: {runs} are committed, {n_stepped} of them reproduced by `verify`.\n"
        f"  Of the {len(everywhere)} agents that support every task, {len(ranked)} {have} all runs "
        "reproduced and so a rank."
    )


def crossing_table(found: Standings) -> str:
    """Scores from 0 (floor) to 1 (ceiling), a row for each task; what has not been run is left empty."""
    agents = list(found.suite.variants)
    rows = [
        [name, task.family, task.difficulty, task.metric, *(_cell(found, name, agent) for agent in agents)]
        for name, task in found.suite.tasks.items()
    ]
    return table(("task", "family", "difficulty", "counts", *agents), rows, "llll" + "r" * len(agents))


def memories_table(found: Standings) -> str:
    """Accuracy on familiar maps by where an answer could have come from, over all steps but the first."""
    entries = found.entries[FAMILIAR]
    results = {agent: [Result.read(run.path) for run in entries[agent].results] for agent in entries}
    rows = [
        [
            agent + _runs(entries[agent]),
            *(f"{_accuracy(results[agent], kind):±.3f}" for kind in KINDS),
        ]
        for agent in found.suite.variants
        if agent in entries
    ]
    rows += _memories_of_the_walk([result for of_one in results.values() for result in of_one])
    return table(("agent", *KINDS), rows, "l" + "r" * len(KINDS))


def _memories_of_the_walk(results: Sequence[Result]) -> list[list[str]]:
    """What is known without any weights, on the same walks."""
    if not results:
        return []
    walks, k = checked_walks(results)[HELD_OUT], results[0].n_answers
    rows = []
    for name in MEMORIES_OF_THE_WALK:
        anatomy = error_anatomy(REFERENCES[name](walks), walks)
        accuracies = [_pooled(anatomy[part] for part in parts).accuracy(k) for parts in KINDS.values()]
        rows.append([f"*{name}*", *(f"{Interval(accuracy, math.nan, math.nan):±.3f}" for accuracy in accuracies)])
    return rows


def _accuracy(results: Sequence[Result], kind: str) -> Interval:
    pooled = ((_pooled(run.anatomy[part] for part in KINDS[kind]), run.n_answers) for run in results)
    return over_seeds([counts.accuracy(n_observations) for counts, n_observations in pooled]).within()


def _pooled(parts: Iterable[Counts]) -> Counts:
    """Counts of several kinds of step, which do not overlap, as of one."""
    return Counts(*(np.sum([field.sum() for field in fields], keepdims=True) for fields in zip(*parts, strict=True)))


def _cell(found: Standings, task: str, agent: str) -> str:
    entry = found.entries[task].get(agent)
    if entry is None:
        return "no method" if agent in found.suite.without_method(task) else ""
    return f"{entry.score:±.3f}{_runs(entry)}"


def _runs(entry: Entry) -> str:
    """How many they are, where that is too few to decide."""
    n_runs = len(entry.results)
    return "" if n_runs >= N_SEEDS_TO_DECIDE else f" ({n_runs} run{'s' * (n_runs > 1)})"
