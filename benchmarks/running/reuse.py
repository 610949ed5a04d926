"""Weights that were trained before: what a score or a measurement adds needs no training of its own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from benchmarks.experiments.metric import HELD_OUT
from benchmarks.records.provenance import weights_hash
from benchmarks.records.result import Result
from benchmarks.records.settings import TRAINING

WEIGHTS = "weights.safetensors"
# What decides the weights of a run, beside its worlds; the rest of its settings say what is done with them.
OF_TRAINING = (
    *("environment", "n_observations", "agent", "sizes", "learning_rate", "warm_up", "max_gradient_norm"),
    *("n_updates", "batch", "walk_length", "seed"),
)


class Trained(NamedTuple):
    """The weights of a finished run, and the result that it wrote."""

    weights: dict[str, Tensor]
    result: Result

    @property
    def times(self) -> dict[str, Any]:
        """What its training took, which commit did it, and where: the provenance of the weights."""
        provenance = self.result.provenance
        times = {name: provenance[name] for name in ("train_wall_seconds", "train_cpu_seconds")}
        first = {"trained_by": provenance["commit"], "trained_on": provenance["device"]}
        return times | {name: provenance.get(name, here) for name, here in first.items()}


def trained_before(settings: Mapping[str, Any], runs: Path) -> Trained | None:
    """A finished run whose training was the same, of whatever experiment and preset; None if there is none.

    A folder with weights but without a result has not finished; one that cannot be read, or whose weights are not those
    of its result, is passed over. The code is no part of the comparison: after a change of how an agent starts or
    learns, begin a new folder of runs.
    """
    for path in sorted(runs.glob(f"*/*/*/{settings['seed']}-*/result.json")):
        try:
            result = Result.read(path)
            if training_of(result.settings) != training_of(settings):
                continue
            weights = load_file(path.with_name(WEIGHTS))
        except (KeyError, OSError, SafetensorError, ValueError):
            continue
        if weights_hash(weights) == result.provenance["weights_hash"]:
            return Trained(weights, result)
    return None


def training_of(settings: Mapping[str, Any]) -> str:
    """The settings of training alone, as text that can be compared."""
    worlds = settings["worlds"].get(TRAINING, settings["worlds"][HELD_OUT])
    rare = (settings.get(name) for name in ("learns", "agent_source", "after"))
    chosen = [worlds, training_arguments(settings), *(settings[name] for name in OF_TRAINING), *rare]
    return json.dumps(chosen, sort_keys=True)


def training_arguments(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of the worlds of training."""
    return {**settings["arguments"], **settings.get("trains_in", {})}
