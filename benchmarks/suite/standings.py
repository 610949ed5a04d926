"""Standings of a suite: from results to scores, intervals and ranks.

A run's score on a task is its accuracy on what counts, from 0 (the floor) to 1 (the ceiling). What has not been run
stays missing: it is never 0, and an agent without it has no place where it would be needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from agents import AGENTS, find_config
from agents.imported import is_imported
from benchmarks.evaluation.statistics import (
    Interval,
    interquartile_mean,
    over_seeds,
    over_worlds,
    suite_score,
    sure_ranks,
)
from benchmarks.experiments.experiment import N_SEEDS_TO_DECIDE
from benchmarks.experiments.suite import Suite
from benchmarks.records.collect import as_used, by_variant, in_order, one_each
from benchmarks.suite.outcomes import Outcome, outcomes
from benchmarks.suite.specification import published
from benchmarks.suite.tiers import NOTES, STEPPED, Tier, notes_in, tier_of
from hippo_envs.arrays import Floats

N_REPLICATES = 2_000
OVERALL = "overall"


@dataclass(frozen=True)
class Entry:
    """An agent on a task: its runs, by seed, and what they come to.

    Args:
        n_updates: of which its runs may have had fewer.
        accuracy: on what counts; over seeds, or over worlds for a single run.
        score: the same from floor to ceiling.
    """

    agent: str
    task: str
    results: tuple[Outcome, ...]
    tiers: tuple[Tier, ...]
    n_updates: int
    accuracy: Interval
    score: Interval
    scores: tuple[float, ...]

    @property
    def complete(self) -> bool:
        """Enough runs to be ranked, whole, and all of them reproduced: in a sandbox, unless the code is ours."""
        ours = not any(is_imported(run.run_settings.agent) for run in self.results)
        will_do = STEPPED if ours else (Tier.REPRODUCED,)
        enough = len(self.results) >= N_SEEDS_TO_DECIDE and self.cut_short is None
        return enough and all(tier in will_do for tier in self.tiers)

    @property
    def cut_short(self) -> str | None:
        """How much less its runs were trained than the task allows, in words; None if they were not."""
        least = min(run.run_settings.n_updates for run in self.results)
        return f"trained for {least:,} of {self.n_updates:,}" if least < self.n_updates else None

    @property
    def given(self) -> str | None:
        """What the agent is given here and others have to learn; None if nothing, or if it is none of ours."""
        of_first = self.results[0].run_settings
        if of_first.agent not in AGENTS:
            return None
        try:
            return find_config(of_first.agent, **of_first.sizes).given
        except (TypeError, ValueError):  # of sizes that somebody wrote by hand, in a result that nobody has checked
            return None


@dataclass(frozen=True)
class Place:
    """An agent in a family of tasks, or overall; `rank` is None where a task is missing, or lacks runs.

    Args:
        given: what it is given on some of the tasks and others have to learn; such agents are ranked apart.
        several: in what its runs are of several agents under one name, which has no rank anywhere; None if of one.
    """

    agent: str
    score: Interval
    n_tasks: int
    rank: int | None
    given: str | None
    several: str | None = None


@dataclass(frozen=True)
class Standings:
    """Everything that the page of a suite shows.

    Args:
        entries: by task and agent; there is none where nothing was run.
        published: the specification and fixed rows of the suite.
        folder: of the results.
        left_out: a line for each result that is not shown, which says why.
    """

    suite: Suite
    entries: Mapping[str, Mapping[str, Entry]]
    published: Mapping[str, Any]
    folder: Path
    left_out: Sequence[str]

    @cached_property
    def places(self) -> Mapping[str, Sequence[Place]]:
        """By family, and `OVERALL`, in order of rank and score."""
        groups = {OVERALL: list(self.suite.tasks)} | {name: list(of) for name, of in self.suite.families.items()}
        return {group: _places(tasks, self.entries, self.published) for group, tasks in groups.items()}

    @property
    def ranked(self) -> list[str]:
        """Agents with a rank overall; to know which they are, nothing has to be resampled."""
        return _ranked(list(self.suite.tasks), self.entries, _several_of(self.entries))

    @property
    def agents(self) -> list[str]:
        """Agents with any result, the best first."""
        return [place.agent for place in self.places[OVERALL]]


def standings(suite: Suite, folder: Path) -> Standings:
    """Read the results of a suite in a folder, of its present specification only."""
    known = published(suite)
    entries: dict[str, dict[str, Entry]] = {}
    left_out: list[str] = _without_notes(folder)
    for name, task in suite.tasks.items():
        whole, unfit = outcomes(suite, name, folder, known)
        left_out += unfit
        # Only now: of two copies of a run, the one that lacks something must not stand for both.
        results = by_variant(in_order(one_each(whole), task.experiment))
        entries[name] = {agent: _entry(agent, name, runs, known, folder) for agent, runs in results.items()}
    return Standings(suite, entries, known, folder, left_out)


def _entry(agent: str, name: str, runs: Sequence[Outcome], known: Mapping[str, Any], folder: Path) -> Entry:
    floor, ceiling = known["tasks"][name]["floor"], known["fixed_rows"]["ceiling"][name]
    accuracies = [run.accuracy for run in runs]
    accuracy = over_seeds(accuracies) if len(runs) > 1 else over_worlds(runs[0].by_world, runs[0].n_answers)
    score = Interval(*((value - floor) / (ceiling - floor) for value in accuracy))
    scores = tuple((value - floor) / (ceiling - floor) for value in accuracies)
    tiers = tuple(_tier_of(run, folder, known["specification_hash"]) for run in runs)
    return Entry(agent, name, tuple(runs), tiers, known["tasks"][name]["n_updates"], accuracy, score, scores)


def _without_notes(folder: Path) -> list[str]:
    """A line that says so if the notes of a folder cannot be read: its results are shown as nobody had checked them."""
    try:
        notes_in(folder)
    except (ValueError, OSError) as error:
        return [f"{NOTES}, so that no result counts as checked: {error}"]
    return []


def _tier_of(run: Outcome, folder: Path, specification_hash: str) -> Tier:
    try:
        return tier_of(run, folder, specification_hash)
    except (ValueError, OSError):
        return Tier.SELF_REPORTED


def _places(tasks: Sequence[str], entries: Mapping[str, Mapping[str, Entry]], known: Mapping[str, Any]) -> list[Place]:
    """Every agent with a result in these tasks; ranked are those that have enough runs of all of them."""
    several = _several_of(entries)
    given = {agent: _given(tasks, entries, agent) for agent in several}
    ranked = _ranked(tasks, entries, several)
    apart = [[a for a in ranked if given[a] is None], [a for a in ranked if given[a] is not None]]
    ranks = {agent: rank for group in apart for agent, rank in _ranks(tasks, entries, known, group).items()}
    places = []
    for agent in (agent for agent in several if any(agent in entries[task] for task in tasks)):
        runs = [entries[task][agent] for task in tasks if agent in entries[task]]
        places.append(Place(agent, _summed_up(runs), len(runs), ranks.get(agent), given[agent], several[agent]))
    return sorted(places, key=_order)


def _order(place: Place) -> tuple[bool, bool, int, int, float]:
    """Ranked ones first, of these the ones that are given nothing."""
    return place.rank is None, place.given is not None, place.rank or 0, -place.n_tasks, -place.score.value


def _ranks(
    tasks: Sequence[str], entries: Mapping[str, Mapping[str, Entry]], known: Mapping[str, Any], agents: Sequence[str]
) -> dict[str, int]:
    """Of agents that are complete, among themselves."""
    if not agents:
        return {}
    of_agents = {task: [entries[task][a] for a in agents] for task in tasks}
    n_runs = min(len(entry.results) for of_task in of_agents.values() for entry in of_task)
    return dict(zip(agents, sure_ranks(_replicates(tasks, of_agents, known), n_runs), strict=True))


def _given(tasks: Sequence[str], entries: Mapping[str, Mapping[str, Entry]], agent: str) -> str | None:
    return next((what for task in tasks if agent in entries[task] and (what := entries[task][agent].given)), None)


def _ranked(
    tasks: Sequence[str], entries: Mapping[str, Mapping[str, Entry]], several: Mapping[str, str | None]
) -> list[str]:
    one = [agent for agent, why in several.items() if why is None]
    return [a for a in one if all(a in entries[task] and entries[task][a].complete for task in tasks)]


def _several_of(entries: Mapping[str, Mapping[str, Entry]]) -> dict[str, str | None]:
    """For every agent with a result, `Place.several`."""
    agents = dict.fromkeys(agent for of_task in entries.values() for agent in of_task)
    return {a: _several([of_task[a] for of_task in entries.values() if a in of_task]) for a in agents}


def _several(entries: Sequence[Entry]) -> str | None:
    """In what the runs of a row are not of one agent: on a task all is equal but the seed, on all tasks its code."""
    for entry in entries:
        first, *others = (as_used(run.settings) for run in entry.results)
        for name in sorted(set(first).union(*others) - {"seed"}):
            if any(settings.get(name) != first.get(name) for settings in others):
                return f"its {name} is not the same for every seed of {entry.task}"
    for name in ("agent", "agent_source"):
        if len({run.settings.get(name) for entry in entries for run in entry.results}) > 1:
            return f"its {name} is not the same on every task"
    return None


def _summed_up(runs: Sequence[Entry]) -> Interval:
    """One task's interval is that of its seeds; several are summed up by the interquartile mean over all their runs."""
    if len(runs) == 1:
        return runs[0].score
    return suite_score([entry.scores for entry in runs], np.random.default_rng(0), n_resamples=N_REPLICATES)


def _replicates(tasks: Sequence[str], entries: Mapping[str, Sequence[Entry]], known: Mapping[str, Any]) -> Floats:
    """Scores (agents, replicates), summed up as shown, of seeds and worlds drawn anew: the same ones for each agent."""
    rng = np.random.default_rng(0)
    parts = []
    for name in tasks:
        of_agents = entries[name]
        counts = [[run.by_world for run in entry.results] for entry in of_agents]
        n_seeds = min(len(runs) for runs in counts)
        correct = np.array([[run.correct.sum(axis=1) for run in runs[:n_seeds]] for runs in counts], dtype=np.float64)
        total = counts[0][0].total.sum(axis=1).astype(np.float64)
        times_drawn = rng.multinomial(len(total), np.full(len(total), 1 / len(total)), size=N_REPLICATES).T
        accuracy = correct @ times_drawn / (total @ times_drawn)
        seeds = rng.integers(n_seeds, size=(n_seeds, N_REPLICATES))
        drawn = np.take_along_axis(accuracy, np.broadcast_to(seeds, accuracy.shape), axis=1)
        floor, ceiling = known["tasks"][name]["floor"], known["fixed_rows"]["ceiling"][name]
        parts.append((drawn - floor) / (ceiling - floor))
    if len(parts) == 1:
        return parts[0].mean(axis=1)  # what `_summed_up` shows
    return interquartile_mean(np.concatenate(parts, axis=1), axis=1)
