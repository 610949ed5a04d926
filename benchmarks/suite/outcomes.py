"""The part of a result that standings need, small enough to read and hold thousands of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import Metric
from benchmarks.experiments.suite import Suite
from benchmarks.records.collect import is_current, paths_of
from benchmarks.records.index import kept_of
from benchmarks.records.packed import pack, unpack
from benchmarks.records.result import Result, folder_within
from benchmarks.records.settings import RunSettings, missing_fields
from benchmarks.suite.specification import departure
from hippo_envs.scoring import Counts

SHOWN = ("train_cpu_seconds", "n_parameters", "device", "versions", "predictions_hash", "evaluation_hash")
KEPT = ("commit", "device", "n_parameters", "train_cpu_seconds", "weights_hash", "predictions_hash", "versions")


@dataclass(frozen=True)
class Outcome:
    """A run of a task, as it stands on a board; `Result.read(path)` has the rest.

    Args:
        settings: without the seed; runs of several seeds share them.
        provenance: what the page shows of it.
        learning: columns `update`, `cpu_seconds` and the first of the masks, or none.
        by_world: the counts (B, 1) of what the task's metric is about.
        result_hash: `Result.content_hash`.
    """

    path: Path
    experiment: str
    preset: str
    variant: str
    seed: int
    settings: Mapping[str, Any]
    provenance: Mapping[str, Any]
    learning: Mapping[str, Sequence[float | None]]
    by_world: Counts
    result_hash: str

    @property
    def run_settings(self) -> RunSettings:
        """The settings, typed, with 0 for the seed."""
        return _typed(json.dumps(self.settings))

    @property
    def n_answers(self) -> int:
        return self.run_settings.n_answers

    @property
    def accuracy(self) -> float:
        """On what the task's metric is about."""
        return self.by_world.accuracy(self.n_answers)

    @property
    def folder(self) -> Path:
        """Where it is in a folder of results."""
        return folder_within(Path(), self.experiment, self.preset, self.variant)

    def content_hash(self) -> str:
        return self.result_hash


def outcomes(suite: Suite, name: str, folder: Path, known: Mapping[str, Any]) -> tuple[list[Outcome], list[str]]:
    """The runs of a task in a folder of results, and a line for each file that is not shown, which says why."""
    paths = paths_of(suite.tasks[name].experiment, suite.preset, folder)
    made_for = f"{suite.name} {known['specification_hash']}"
    found: list[Outcome] = []
    left_out: list[str] = []
    for path, kept in zip(paths, _kept(paths, suite, name, folder, known, made_for), strict=True):
        if "unfit" in kept:
            left_out.append(f"{path.relative_to(folder).as_posix()}: {kept['unfit']}")
        else:
            by_world, settings = Counts(*map(_small, kept.pop("counts"))), _shared(kept.pop("settings"))
            found.append(Outcome(path=path, by_world=by_world, settings=settings, **kept))
    return found, left_out


def _kept(
    paths: Sequence[Path], suite: Suite, name: str, folder: Path, known: Mapping[str, Any], made_for: str
) -> Iterator[dict[str, Any]]:
    return kept_of(paths, lambda path: _reduced(path, suite, name, known), folder, made_for)


def _reduced(path: Path, suite: Suite, name: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """An `Outcome` as plain data; of what is not shown, `unfit` says why."""
    try:
        result = Result.read(path)
    except (ValueError, OSError) as error:
        return {"unfit": str(error).removeprefix(f"{path} ")}
    if why := _unfit(result, suite, name, known):
        return {"unfit": why}
    task = suite.tasks[name]
    counts = result.counts(Metric.parse(task.metric))
    columns = ("update", "cpu_seconds", result.run_settings.masks[0]) if result.learning else ()
    return {
        **{field: getattr(result, field) for field in ("experiment", "preset", "variant", "seed")},
        "settings": json.dumps({name: value for name, value in result.settings.items() if name != "seed"}),
        "provenance": {field: result.provenance[field] for field in KEPT if field in result.provenance},
        "learning": {column: result.learning[column] for column in columns},
        "counts": [pack(count.sum(axis=1, keepdims=True)) for count in counts],
        "result_hash": result.content_hash(),
    }


def missing_from(result: Result) -> list[str]:
    """What a result does not say that its row is made of."""
    said = [f"provenance.{name}" for name in SHOWN if result.provenance.get(name) is None]
    return [f"settings.{name}" for name in missing_fields(result.settings)] + said


def _unfit(result: Result, suite: Suite, name: str, known: Mapping[str, Any]) -> str | None:
    """Why a result is not shown; None if it is. Ours are to have their present settings, others' to keep the budget."""
    experiment: Experiment = suite.tasks[name].experiment
    if lacks := missing_from(result):
        return f"it lacks {', '.join(lacks)}"
    if result.variant in experiment.variants and not is_current(result, experiment, suite.preset):
        return f"its settings are not those of {result.variant} in this version; run it again"
    if departs := departure(result, suite, name, known):
        return departs
    try:
        result.counts(Metric.parse(suite.tasks[name].metric))
    except ValueError as error:
        return str(error)
    return None


def _small(packed: Mapping[str, Any]) -> NDArray[Any]:
    """In two bytes each, where they fit; NumPy sums them in eight."""
    counts = unpack(packed)
    return counts.astype(np.int16) if counts.max(initial=0) < 2**15 else counts


@lru_cache(maxsize=10_000)
def _shared(settings: str) -> Mapping[str, Any]:
    return json.loads(settings)


@lru_cache(maxsize=10_000)
def _typed(settings: str) -> RunSettings:
    return RunSettings.read({**json.loads(settings), "seed": 0})
