"""A result: what one run measured, with all that is needed to measure it again, as one JSON file."""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from hippo_envs import Walks
from hippo_envs.scoring import Counts

RESULTS = Path(__file__).parent / "results"
FORMAT = 1
DECIMALS = 4


@dataclass(frozen=True)
class Result:
    """One (experiment, variant, preset, seed).

    Args:
        settings: everything that was chosen; equal settings should give equal scores on one machine.
        bins: last step of each bin of `scores`.
        scores: for every mask, whole numbers by world and bin.
        curve_bins, curves: the same in finer bins, pooled over worlds.
        measurements: named float arrays (nested lists; NaN as null).
        provenance: versions, commit, device, times, and hashes of specification, evaluation walks and weights.
    """

    experiment: str
    preset: str
    variant: str
    seed: int
    settings: Mapping[str, Any]
    bins: tuple[int, ...]
    scores: Mapping[str, Counts]
    curve_bins: tuple[int, ...]
    curves: Mapping[str, Counts]
    measurements: Mapping[str, Any]
    provenance: Mapping[str, Any]

    @property
    def n_observations(self) -> int:
        return self.settings["n_observations"]

    def counts(self, metric: str, first_step: int, last_step: int) -> Counts:
        """The counts of a mask over steps `first_step` to `last_step`, which must be where bins begin and end."""
        return steps_within(self.scores[metric], self.bins, first_step, last_step)

    def write(self, path: Path) -> None:
        """Write whole or not at all: to a temporary name, then renamed."""
        record = asdict(self) | {"format": FORMAT}
        for name in ("scores", "curves"):
            record[name] = {mask: _as_lists(counts) for mask, counts in getattr(self, name).items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n")
        temporary.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Result":
        """Read a result file; a ValueError that names it if it is not one, or is cut short."""
        try:
            record = json.loads(path.read_text())
            if record.pop("format") != FORMAT:
                raise ValueError("another format")
            for name in ("scores", "curves"):
                record[name] = {mask: _as_counts(lists) for mask, lists in record[name].items()}
            return cls(**record)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(
                f"{path} is not a result of this version of hippo-envs ({error}): move it away and run again."
            ) from error


def read_results(folder: Path, experiment: str, preset: str) -> list[Result]:
    """Every result of an experiment in a folder of runs or in the committed folder, ordered by variant and seed."""
    found = folder / experiment / preset
    paths = sorted({*found.glob("*/*/result.json"), *found.glob("*/[0-9]*.json")})
    if not paths:
        raise ValueError(f"There is no result in {found}: make some with `python -m benchmarks run {experiment}`.")
    results = [Result.read(path) for path in paths]
    return sorted(results, key=lambda result: (result.variant, result.seed))


def steps_within(counts: Counts, bins: tuple[int, ...], first_step: int, last_step: int) -> Counts:
    """The bins that make up steps `first_step` to `last_step`, both included, numbered from 1."""
    starts = [1, *(end + 1 for end in bins[:-1])]
    if first_step not in starts or last_step not in bins:
        raise ValueError(f"Steps {first_step}-{last_step} are not a union of bins, which end at steps {tuple(bins)}.")
    return counts.within(starts.index(first_step), list(bins).index(last_step) + 1)


def rounded(values: np.ndarray) -> list[Any]:
    """An array as nested lists with four decimals and None for NaN, which JSON lacks."""
    as_objects = np.round(values.astype(np.float64), DECIMALS).astype(object)
    as_objects[np.isnan(values)] = None
    return as_objects.tolist()


def settings_hash(settings: Mapping[str, Any]) -> str:
    """Eight hexadecimal digits that change with any setting."""
    return _digest(json.dumps(settings, sort_keys=True).encode())[:8]


def walks_hash(walks: Walks) -> str:
    """SHA-256 of the walks themselves: two results with the same hash were scored on the same steps."""
    arrays = (walks.nodes, walks.observations, walks.actions)
    return _digest(*(np.ascontiguousarray(steps, dtype="<i8").tobytes() for steps in arrays))


def weights_hash(weights: Mapping[str, Any]) -> str:
    """SHA-256 of named tensors, in the order of their names."""
    return _digest(*(name.encode() + weights[name].numpy(force=True).tobytes() for name in sorted(weights)))


def versions() -> dict[str, str]:
    """Of Python and of every package that can change a number."""
    packages = ("gymnasium", "hippo-envs", "numpy", "torch")
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}


def commit() -> str | None:
    """The checked-out commit, with "-dirty" if tracked files differ from it; None outside a git checkout."""
    describe = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(describe, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def _as_lists(counts: Counts) -> dict[str, list[list[int]]]:
    return {name: values.tolist() for name, values in counts._asdict().items()}


def _as_counts(lists: Mapping[str, list[list[int]]]) -> Counts:
    return Counts(**{name: np.array(values, dtype=np.int64) for name, values in lists.items()})


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
