"""Collect the results of an experiment that were made with its present settings."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from benchmarks.experiments.console import say
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.study import Study
from benchmarks.records.files import RESULT
from benchmarks.records.measured import with_measured
from benchmarks.records.provenance import digest
from benchmarks.records.result import RESULTS, Result
from benchmarks.records.settings import settings_of


class Recorded(Protocol):
    """A result, or what is kept of one."""

    @property
    def variant(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...


R = TypeVar("R", bound=Recorded)


def collect(experiment: Experiment | Study, preset: str, folder: Path) -> list[Result]:
    """The results in a folder of runs, or in the committed folder, ordered by variant and seed; one for each of them.

    Results of other settings (an earlier learning rate, another number of updates) are left out: they are about another
    experiment, though it had the same name.
    """
    key = experiment.name, preset, folder
    if _collected is None:
        return _collect(experiment, preset, folder)
    if key not in _collected or _collected[key][0] is not experiment:
        _collected[key] = experiment, _collect(experiment, preset, folder)
    return list(_collected[key][1])


_collected: dict[tuple[str, str, Path], tuple[Experiment | Study, list[Result]]] | None = None


@contextmanager
def collecting_once() -> Iterator[None]:
    """Collect the results of no experiment twice within this: for many tables of results that nobody is writing."""
    global _collected
    _collected = {}
    try:
        yield
    finally:
        _collected = None


def _collect(experiment: Experiment | Study, preset: str, folder: Path) -> list[Result]:
    found = read_all(experiment, preset, folder)
    for path, why in found.broken.items():
        tell_once(why if str(path) in why else f"{path}: {why}")
    results = found.results.values()
    return in_order(one_each([result for result in results if is_current(result, experiment, preset)]), experiment)


class Found(NamedTuple):
    """Results by path, and of the files that are none, why."""

    results: dict[Path, Result]
    broken: dict[Path, str]


def read_all(experiment: Experiment | Study, preset: str, folder: Path) -> Found:
    """Every result of an experiment, whatever its settings and variant; one that cannot be read stops no other."""
    found = Found({}, {})
    for path in paths_of(experiment, preset, folder):
        try:
            found.results[path] = with_measured(Result.read(path), path)
        except (ValueError, OSError) as error:
            found.broken[path] = str(error)
    return found


def paths_of(experiment: Experiment | Study, preset: str, folder: Path) -> list[Path]:
    """The result files of an experiment in a folder of runs or of results."""
    found = folder / experiment.name / preset
    return sorted({*found.glob(f"*/*/{RESULT}"), *found.glob("*/[0-9]*.json")})


@cache
def tell_once(left_out: str) -> None:
    """Say what is left out, though several tables are made without it."""
    say(f"Left out: {left_out}", sys.stderr)


def in_order(results: Sequence[R], experiment: Experiment | Study) -> list[R]:
    """By variant and seed; variants that the experiment does not have, others' agents, come last, by name."""
    variants = list(experiment.variants)

    def place(result: R) -> tuple[int, str, int]:
        known = result.variant in variants
        return variants.index(result.variant) if known else len(variants), result.variant, result.seed

    return sorted(results, key=place)


def one_each(results: Sequence[R]) -> list[R]:
    """One result of every variant and seed: a run that lies in two folders is no second run.

    Of runs whose agents differ in sizes that are None and left out, those that say more are of the present settings.
    """
    kept: dict[tuple[str, int], R] = {}
    for result in sorted(results, key=lambda result: -len(result.settings.get("sizes") or ())):
        kept.setdefault((result.variant, result.seed), result)
    return [result for result in results if kept[result.variant, result.seed] is result]


def collect_some(experiment: Experiment | Study, preset: str, folder: Path) -> list[Result]:
    """The same; a ValueError if there is none."""
    results = collect(experiment, preset, folder)
    if not results:
        # The committed results are no place for one's own, which then have to be named.
        runs = Path("runs") if folder == RESULTS else folder
        raise ValueError(
            f"There is no result of {experiment.name} {preset} with its present settings in {folder}: "
            f"make some with `python -m benchmarks run {experiment.name} --preset {preset} --runs {runs}`, "
            f"and look at them with --runs {runs}."
        )
    return results


class Gathered(NamedTuple):
    """Results from one's own runs and, of variants that have none there, the committed ones.

    Args:
        results: ordered by variant and seed.
        own, committed: the variants that come from each.
        left_out: a line for each thing that was found, or asked for, and is not among the results.
    """

    results: list[Result]
    own: list[str]
    committed: list[str]
    left_out: list[str]


def gather(experiment: Experiment | Study, preset: str, runs: Path | None) -> Gathered:
    """Results of every variant of an experiment, from a folder of runs first, if one is given.

    Beside runs of other updates, as at quick-300, stand the committed results of quick, and after them.

    Raises:
        ValueError: if there is none in that folder; without one, if none is committed.
    """
    own = collect_some(experiment, preset, runs) if runs is not None else []
    others = {name: one for name, one in experiment.variants.items() if name not in by_variant(own)}
    based_on = experiment.based_on(preset)
    committed = collect(replace(experiment, variants=others), based_on, RESULTS)
    results = [*own, *committed] if own else collect_some(experiment, preset, RESULTS)
    results = in_order(results, experiment) if based_on == preset else results
    lacking = [name for name in experiment.variants if name not in by_variant(results)]
    left_out = [f"{name}: there is no result of it; give the folder of its runs as --runs" for name in lacking]
    left_out += _not_taken(experiment, preset, runs, own) if runs is not None else []
    return Gathered(results, list(by_variant(own)), list(by_variant(committed)), left_out)


def _not_taken(experiment: Experiment | Study, preset: str, runs: Path, taken: Sequence[Result]) -> list[str]:
    """What lies in a folder of runs and is not among the results taken from there."""
    kept, lines = {(result.variant, result.seed) for result in taken}, []
    for path, result in read_all(experiment, preset, runs).results.items():
        if result.variant not in experiment.variants:
            lines.append(f"{path}: {result.variant} was not asked for; name it with --agents")
        elif (result.variant, result.seed) not in kept:
            lines.append(f"{path}: its settings are not the present ones")
    return lines


def results_hash(results: Sequence[Result]) -> str:
    """SHA-256 of results, in whatever order: what is made of them is as old as they are."""
    return digest(*sorted(result.content_hash().encode() for result in results))


def by_variant(results: Sequence[R]) -> dict[str, list[R]]:
    """Results grouped by variant, in their order."""
    grouped: dict[str, list[R]] = {}
    for result in results:
        grouped.setdefault(result.variant, []).append(result)
    return grouped


def is_current(result: Result, experiment: Experiment | Study, preset: str) -> bool:
    """Whether it is of a variant of the experiment, with its present settings."""
    if result.variant not in experiment.variants:
        return False
    now = settings_of(experiment, result.variant, preset, result.seed)
    return as_used(result.settings) == as_used(now.as_json())


def as_used(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Without sizes that are None: an agent that can have a part more is the same without it."""
    sizes = {name: size for name, size in (settings.get("sizes") or {}).items() if size is not None}
    return {**settings, "sizes": sizes}
