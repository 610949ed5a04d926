"""Reuse trained weights: a run that differs from a finished one only in scoring is not trained again."""

from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from torch import Tensor

from agents.weights import load_weights
from benchmarks.records.files import RESULT, WEIGHTS
from benchmarks.records.result import Result
from benchmarks.records.settings import RunSettings


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


def trained_before(settings: RunSettings, runs: Path) -> Trained | None:
    """A finished run whose training was the same, of whatever experiment and preset; None if there is none.

    A folder with weights but without a result has not finished; one that cannot be read, or whose weights are not those
    of its result, is passed over. The code is no part of the comparison: after a change of how an agent starts or
    learns, begin a new folder of runs.
    """
    for path in sorted(runs.glob(f"*/*/*/{settings.seed}-*/{RESULT}")):
        try:
            result = Result.read(path)
            if result.run_settings.training == settings.training:
                told = result.provenance["weights_hash"]
                return Trained(load_weights(path.with_name(WEIGHTS), told, "they are of another run"), result)
        except (KeyError, OSError, SafetensorError, ValueError):
            continue
    return None
