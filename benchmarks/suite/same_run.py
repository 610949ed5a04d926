"""Detect a run that was submitted under two seeds: by equal or nearly equal weights, or by its learning curve.

Equal predictions may be of two runs: both may know all there is.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from agents.weights import read_weights
from benchmarks.records.result import Result
from benchmarks.suite.tiers import noted_weights

# Of the root mean square of a tensor. Entries of two seeds of our agents are as near in 1 of 100 before any training.
NEAR = 1e-2
# Accuracies are kept to four digits. Of 1,400 pairs of seeds that are committed, curves with three values or more
# differ by .005 somewhere at least; those that only jump from none to all are equal in ten pairs.
ROUNDING, FEWEST_VALUES = 1e-3, 3


class _Run(NamedTuple):
    result: Result
    weights: Path | None


class SeenRuns:
    """Runs that are checked together, and those in a folder of results.

    Args:
        results: the folder, whose notes name weights, and whose results have learning curves; None if there is none.
    """

    def __init__(self, results: Path | None) -> None:
        self._results = results
        self._noted = {} if results is None else noted_weights(results)
        self._runs: list[_Run] = []

    def add(self, result: Result, weights: Path) -> None:
        """Take in a run; a ValueError if it is one of another seed."""
        run = _Run(result, weights if weights.exists() else None)
        key = (result.experiment, result.variant, str(result.provenance.get("weights_hash")))
        noted = self._noted.get(key, result.seed)
        if noted != result.seed:
            raise ValueError(_same("its weights are those", noted))
        for other in (*self._runs, *self._recorded(result)):
            if _are_seeds_of_one(other.result, result):
                _check_differ(other, run)
        self._runs.append(run)

    def _recorded(self, result: Result) -> Iterator[_Run]:
        if self._results is None:
            return
        for path in sorted(result.path_in(self._results).parent.glob("*.json")):
            try:
                yield _Run(Result.read(path), None)
            except ValueError:
                continue  # it has no place on a board either


def _are_seeds_of_one(first: Result, second: Result) -> bool:
    same = first.experiment == second.experiment and first.variant == second.variant
    return same and first.seed != second.seed


def _check_differ(other: _Run, run: _Run) -> None:
    hashes = [one.result.provenance.get("weights_hash") for one in (other, run)]
    if hashes[0] is not None and hashes[0] == hashes[1]:
        raise ValueError(_same("its weights are those", other.result.seed))
    if other.weights is not None and run.weights is not None and nearly_equal(other.weights, run.weights):
        raise ValueError(_same("its weights are nearly those", other.result.seed))
    if curves_agree(other.result, run.result):
        raise ValueError(_same("its learning curve is that", other.result.seed))


def _same(what: str, seed: int) -> str:
    return f"{what} of seed {seed}: it is the same run under another seed"


def nearly_equal(first: Path, second: Path) -> bool:
    """Whether most weights are alike, of the tensors that are not equal throughout, as fixed ones are of every seed."""
    ours, theirs = read_weights(first), read_weights(second)
    if {name: tensor.shape for name, tensor in ours.items()} != {name: each.shape for name, each in theirs.items()}:
        return False
    n_near = n_compared = 0
    for name, tensor in ours.items():
        if not torch.equal(tensor, theirs[name]):
            values, difference = tensor.double(), tensor.double() - theirs[name].double()
            n_near += int((difference.abs() <= NEAR * values.square().mean().sqrt()).sum())
            n_compared += tensor.numel()
    return n_near > n_compared / 2 or n_compared == 0


def curves_agree(first: Result, second: Result) -> bool:
    """Whether learning curves are equal but for rounding, and say something: more than from none to all."""
    masks = [name for name in first.learning if name not in ("update", "cpu_seconds")]
    if first.learning.keys() != second.learning.keys() or not masks:
        return False
    ours, theirs = (_accuracies(result, masks) for result in (first, second))
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=0, atol=ROUNDING, equal_nan=True):
        return False
    return max(len(np.unique(column[~np.isnan(column)].round(3))) for column in ours) >= FEWEST_VALUES


def _accuracies(result: Result, masks: list[str]) -> np.ndarray:
    """By mask and point; NaN where nothing was counted."""
    return np.array([[np.nan if value is None else value for value in result.learning[mask]] for mask in masks], float)
