"""A result: what one run measured, with all that is needed to measure it again, as one JSON file.

All of the file can be read by eye but the counts of `scores`, by world and bin, which would be most of it: they are
packed as `benchmarks.records.packed` says, which also shows how to read them without this package.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.names import check_name
from benchmarks.experiments.metric import Metric, UpdatesTo
from benchmarks.records.files import read_json, write_whole
from benchmarks.records.packed import pack, unpack
from benchmarks.records.provenance import digest
from benchmarks.records.schema import check_counts, check_record
from benchmarks.records.settings import TRAINING, RunSettings
from hippo_envs.scoring import Counts

RESULTS = Path(__file__).parents[1] / "results"
FORMAT = 3
UNPACKED = 2  # the format before it, in which counts by world were lists; it is read still


@dataclass(frozen=True)
class Result:
    """One (experiment, variant, preset, seed).

    Args:
        settings: everything that was chosen, as it is kept; equal settings should give equal scores on one machine.
        bins: last step of each bin of `scores`.
        scores: by kind of worlds and mask, whole numbers by world and bin.
        curve_bins, curves: by mask, in finer bins, pooled over held-out worlds.
        anatomy: by kind of step, pooled over held-out worlds and steps.
        measurements: named numbers and arrays (nested lists; NaN as null).
        learning: columns of equal length: `update`, `cpu_seconds`, and the accuracy on validation worlds by mask.
        provenance: versions, commit, device, times, and hashes of specification, evaluation walks and weights.
    """

    experiment: str
    preset: str
    variant: str
    seed: int
    settings: Mapping[str, Any]
    bins: tuple[int, ...]
    scores: Mapping[str, Mapping[str, Counts]]
    curve_bins: tuple[int, ...]
    curves: Mapping[str, Counts]
    anatomy: Mapping[str, Counts]
    measurements: Mapping[str, Any]
    provenance: Mapping[str, Any]
    learning: Mapping[str, list[float | None]] = field(default_factory=dict)

    @cached_property
    def run_settings(self) -> RunSettings:
        """The settings of a run of an `Experiment`, typed; a ValueError for those of a study, and of other versions."""
        return RunSettings.read(self.settings)

    @property
    def n_answers(self) -> int:
        return self.run_settings.n_answers

    @property
    def trained_steps(self) -> tuple[int, int]:
        """The steps that a metric without any is about: as many as the walks of training had."""
        return 1, min(self.run_settings.walk_length, self.bins[-1])

    @cached_property
    def scored_on(self) -> tuple[str, str]:
        """The worlds that it was scored in, and its walks there, each as text that can be compared."""
        worlds = {kind: hashed for kind, hashed in self.settings.get("worlds", {}).items() if kind != TRAINING}
        return json.dumps(worlds), json.dumps(self.provenance.get("evaluation_hash"))

    def counts(self, metric: Metric) -> Counts:
        """The counts that a metric is about; a ValueError if they were not kept."""
        if metric.worlds not in self.scores or metric.mask not in self.scores[metric.worlds]:
            kept = ", ".join(f"{mask}@{worlds}" for worlds, masks in self.scores.items() for mask in masks)
            raise ValueError(f"{self.variant} seed {self.seed} has no score {metric}: it has {kept}.")
        steps = metric.steps or self.trained_steps
        return steps_within(self.scores[metric.worlds][metric.mask], self.bins, *steps)

    def value(self, metric: str) -> float:
        """An accuracy, or a scalar measurement, by its name; "a - b" is a difference within this run.

        NaN for a measurement that had nothing to measure.
        """
        if " - " in metric:
            ours, null = metric.split(" - ")
            return self.value(ours) - self.value(null)
        if metric in self.measurements:
            measured = self.measurements[metric]
            return math.nan if measured is None else float(measured)
        speed = UpdatesTo.parse(metric)
        return self.accuracy(metric) if speed is None else self.updates_to(speed)

    def updates_to(self, wanted: UpdatesTo) -> float:
        """By the learning curve, whose points are a twentieth of training apart; the budget if it is never reached.

        So a difference to a run that did not get there is a lower bound.
        """
        if wanted.mask not in self.learning:
            kept = ", ".join(self.learning) or "nothing"
            raise ValueError(f"{self.variant} seed {self.seed} has no learning curve of {wanted.mask}: it has {kept}.")
        curve = zip(self.learning["update"], self.learning[wanted.mask], strict=True)
        reached = [update for update, at in curve if update is not None and at is not None and at >= wanted.accuracy]
        return float(reached[0] if reached else self.run_settings.n_updates)

    def accuracy(self, metric: str) -> float:
        """An accuracy by its counts alone, which `verify` makes again, whatever `measurements` hold under its name."""
        return self.counts(Metric.parse(metric)).accuracy(self.n_answers)

    def path_in(self, results: Path) -> Path:
        """Where a folder of results keeps it."""
        name = check_name(f"{self.seed}.json", "A result")
        return folder_within(results, self.experiment, self.preset, self.variant) / name

    def write(self, path: Path) -> None:
        """Write as JSON, whole or not at all."""
        write_whole(path, self.content())

    def content(self) -> bytes:
        """The file that `write` writes."""
        return self._as_json(FORMAT, pack)

    def content_hash(self) -> str:
        """SHA-256 of what it says, unpacked: another version of zlib writes other bytes for the same numbers."""
        return self._hash

    @cached_property
    def _hash(self) -> str:
        return digest(self._as_json(UNPACKED, np.ndarray.tolist))

    def _as_json(self, form: int, counts_by_world: Callable[[NDArray[np.int64]], Any]) -> bytes:
        record = {each.name: getattr(self, each.name) for each in fields(self)} | {"format": form}
        record["scores"] = {worlds: _as_written(masks, counts_by_world) for worlds, masks in self.scores.items()}
        record |= {name: _as_written(getattr(self, name), np.ndarray.tolist) for name in ("curves", "anatomy")}
        return (json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n").encode()

    @classmethod
    def read(cls, path: Path) -> "Result":
        """Read a result file; a ValueError that names it, and leaves it as it was, if it is not one or is cut short."""
        try:
            record = read_json(path)
            if not isinstance(record, dict) or record.pop("format", None) not in (UNPACKED, FORMAT):
                raise ValueError("another format")
            check_record(record, cls, RunSettings)
            return cls(**record | _counts_of(record))
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"{path} is not a result of this version of hippo-envs ({error}): move it away and run again."
            ) from error


def _counts_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of a file, unpacked and checked."""
    scores = {worlds: _to_counts(by_mask) for worlds, by_mask in record["scores"].items()}
    curves, anatomy = (_to_counts(record[name]) for name in ("curves", "anatomy"))
    for worlds, counts in scores.items():
        check_counts(counts, len(record["bins"]), f"scores of {worlds!r}")
    check_counts(curves, len(record["curve_bins"]), "curves")
    check_counts(anatomy, 1, "anatomy")
    return {"scores": scores, "curves": curves, "anatomy": anatomy}


def folder_within(folder: Path, experiment: str, preset: str, variant: str) -> Path:
    """Where runs or results of a variant are kept; a ValueError if a name would lead elsewhere."""
    kept = check_name(experiment, "An experiment"), check_name(preset, "A preset"), folder_of(variant)
    return folder.joinpath(*kept)


def folder_of(variant: str) -> str:
    """A variant as the name of a folder: not every system allows the colon of an agent of one's own.

    Raises:
        ValueError: if it is no such name.
    """
    return check_name(variant.replace(":", "."), "A variant")


def steps_within(counts: Counts, bins: tuple[int, ...], first_step: int, last_step: int) -> Counts:
    """The bins that make up steps `first_step` to `last_step`, both included, numbered from 1."""
    starts = [1, *(end + 1 for end in bins[:-1])]
    if first_step not in starts or last_step not in bins:
        raise ValueError(f"Steps {first_step}-{last_step} are not a union of bins, which end at steps {tuple(bins)}.")
    return counts.within(starts.index(first_step), list(bins).index(last_step) + 1)


def _as_written(by_name: Mapping[str, Counts], write: Callable[[NDArray[np.int64]], Any]) -> dict[str, dict[str, Any]]:
    """Counts for JSON; `known` is left out where it equals `total`, as for every agent that answers each step."""
    written = {}
    for name, counts in by_name.items():
        answers_all = np.array_equal(counts.known, counts.total)
        kept = {key: count for key, count in counts._asdict().items() if key != "known" or not answers_all}
        written[name] = {key: write(count) for key, count in kept.items()}
    return written


def _to_counts(by_name: Mapping[str, Mapping[str, Any]]) -> dict[str, Counts]:
    counts = {}
    for name, written in by_name.items():
        correct, total = unpack(written["correct"]), unpack(written["total"])
        counts[name] = Counts(correct, unpack(written["known"]) if "known" in written else total, total)
    return counts
