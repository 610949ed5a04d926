"""Check a result whose weights are gone: train it again from its settings and seed, and compare."""

import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from rich.console import Console

from agents.imported import is_imported
from benchmarks.experiments.experiment import Experiment
from benchmarks.records.collect import as_used
from benchmarks.records.result import Result
from benchmarks.records.settings import settings_of
from benchmarks.running.run import run
from benchmarks.suite.specification import departure, published
from benchmarks.suite.verification import MAY_DIFFER, Checked, task_of, verify


class Retrained(NamedTuple):
    """What a row says, what came of training it anew, and by how much two seeds of it differ in 1 pair of 20.

    Args:
        spread: NaN if no other seed lies beside it.
        checked: the new run, as `verify` found it.
    """

    said: float
    again: float
    spread: float
    n_seeds: int
    checked: Checked

    @property
    def holds(self) -> bool:
        """On another processor rounding makes another run of it, as another seed would: there it is one more seed."""
        difference = abs(self.again - self.said)
        return self.checked.refused is None and (difference <= MAY_DIFFER or difference <= self.spread)

    def __str__(self) -> str:
        difference = self.again - self.said
        if abs(difference) <= MAY_DIFFER:
            means = "which is within rounding"
        elif math.isnan(self.spread):
            means = "and the spread over seeds is unknown, as there is no other seed beside it"
        else:
            side = "within" if abs(difference) <= self.spread else "beyond"
            means = f"{side} the 95 % spread between two of its {self.n_seeds} seeds, {self.spread:.4f}"
        verdict = f"refused, {self.checked.refused}" if self.checked.refused else self.checked.tier.value
        return (
            f"trained again its accuracy is {self.again:.4f}, and its file says {self.said:.4f}: "
            f"a difference of {difference:+.4f}, {means}; {verdict}"
        )


def retrain(path: Path, n_fresh: int | None, console: Console) -> Retrained:
    """Train the run of a result file again on this CPU, verify the new run, and compare what counts.

    Args:
        path: of a result of a suite; other seeds of it are found beside it.
        n_fresh: fresh worlds for the new run, as `verify` has them.
        console: for the progress of training, which takes two CPU minutes, and TEM twenty-five.

    Raises:
        ValueError: if it is no row of a suite, if this version would train it with other settings, or if its agent is
            not ours: training runs its code in this process, which nothing that is verified may do.
    """
    result = Result.read(path)
    if is_imported(result.variant):
        raise ValueError(f"{result.variant} is not an agent of ours: train it with `run` if you trust its code")
    suite, task = task_of(result)
    departs = departure(result, suite, task, published(suite))
    if departs is not None:
        raise ValueError(departs)
    experiment = _as_it_was(suite.tasks[task].experiment, result)
    with tempfile.TemporaryDirectory() as name:
        run(experiment, result.variant, result.preset, result.seed, torch.device("cpu"), Path(name), console)
        (checked,) = verify([Path(name)], n_fresh)
    assert checked.result is not None
    metric = suite.tasks[task].metric
    seeds = [other.accuracy(metric) for other in _seeds_of(result, path)]
    return Retrained(result.accuracy(metric), checked.result.accuracy(metric), _spread(seeds), len(seeds), checked)


def _as_it_was(experiment: Experiment, result: Result) -> Experiment:
    """The experiment with the variant of the result, which may have spent less than it was allowed."""
    variant = replace(experiment.variant(result.variant), n_updates={result.preset: result.run_settings.n_updates})
    extended = replace(experiment, variants={**experiment.variants, result.variant: variant})
    now = as_used(settings_of(extended, result.variant, result.preset, result.seed).as_json())
    then = as_used(result.settings)
    for name in sorted({*now, *then}):
        if now.get(name) != then.get(name):
            raise ValueError(f"this version trains it with {name} {now.get(name)}, not with {then.get(name)}")
    return extended


def _seeds_of(result: Result, path: Path) -> list[Result]:
    """The rows beside it that differ from it in nothing but the seed, and itself."""

    def but_seed(one: Result) -> dict[str, Any]:
        return {**as_used(one.settings), "seed": None}

    beside = (Result.read(file) for file in sorted(path.parent.glob("[0-9].json")))
    return [one for one in beside if but_seed(one) == but_seed(result)]


def _spread(values: list[float]) -> float:
    """What the difference of two more draws exceeds in 1 of 20, by a t interval; NaN for a single value."""
    if len(values) < 2:
        return math.nan
    from scipy import stats  # late, for it takes a second

    return float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) * math.sqrt(2))
