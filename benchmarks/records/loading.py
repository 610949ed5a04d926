"""Load the trained agent of a finished run."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from agents.base import Agent
from agents.weights import load_weights
from benchmarks.records.files import CHECKPOINT, CURVES, RESULT, WEIGHTS
from benchmarks.records.result import Result
from benchmarks.records.run import Run, without_weights
from benchmarks.records.settings import RunSettings

UNFINISHED = (CHECKPOINT, CURVES, WEIGHTS)


def load_run(directory: Path) -> tuple[RunSettings, Agent[Any]]:
    """The settings of a finished run, and its trained agent on the CPU, in eval mode.

    Args:
        directory: runs/<experiment>/<preset>/<agent>/<seed>-...

    Raises:
        ValueError: if it is no such folder, the run has not finished, or its weights are gone; it says what to do.
    """
    if not directory.is_dir():
        raise ValueError(
            f"There is no run {str(directory)!r}: give its folder, runs/<experiment>/<preset>/<agent>/<seed>-..."
        )
    result = _finished_in(directory)
    run = Run(result.run_settings, directory)
    agent = run.agent(torch.device("cpu"))
    try:
        agent.load_state_dict(load_weights(run.weights, result.provenance["weights_hash"], "they are of another run"))
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        otherwise = without_weights(directory, result.settings)
        raise ValueError(f"The weights in {run.weights} cannot be used ({reason}): {otherwise}") from error
    return run.settings, agent.eval()


def _finished_in(directory: Path) -> Result:
    """The result of a run on walks in a folder; a ValueError says what else is in it."""
    path = directory / RESULT
    if not path.exists():
        if any((directory / file).exists() for file in UNFINISHED):
            raise ValueError(f"The run in {directory} has not finished: `run` it again, which resumes it.")
        inside = sorted(directory.glob(f"**/{RESULT}"))
        hint = f"it has runs in it, such as {inside[0].parent}." if inside else f"it has no {RESULT}."
        raise ValueError(f"{directory} is not the folder of a run: {hint}")
    result = Result.read(path)
    if "environment" not in result.settings:
        policies = [str(file) for file in sorted(directory.glob("*.zip"))]
        hint = f"watch its policy, {policies[0]}." if policies else "there is nothing to watch."
        raise ValueError(f"{directory} belongs to {result.experiment}, a study without walks: {hint}")
    return result
