"""What a rollout shows: a run, an agent or a saved policy, and the worlds it is put into."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from agents import AGENTS
from agents.base import Agent
from agents.weights import load_weights
from benchmarks.records.files import CHECKPOINT, CURVES, RESULT, WEIGHTS
from benchmarks.records.result import Result
from benchmarks.records.run import Run, without_weights
from benchmarks.records.settings import RunSettings
from benchmarks.rollout.predictor import AgentPredictor, Predictor
from hippo_envs import make_family
from hippo_envs.worlds import WorldFamily

CPU = torch.device("cpu")
UNFINISHED = (CHECKPOINT, CURVES, WEIGHTS)


@dataclass(frozen=True, eq=False)
class Watched:
    """A predictor, and where it is watched.

    Args:
        name: of the predictor.
        origin: where it comes from, in a few words.
        predictor: who predicts.
        environment: the id of a stream.
        family: its worlds.
        masks: what is scored; the first is the headline.
        walk_length: steps of the walks that it learnt from.
    """

    name: str
    origin: str
    predictor: Predictor
    environment: str
    family: WorldFamily
    masks: tuple[str, ...]
    walk_length: int


def load_run(directory: Path) -> tuple[RunSettings, Agent[Any]]:
    """The settings of a finished run, and its trained agent in eval mode; a ValueError says what else the folder is."""
    if not directory.is_dir():
        raise ValueError(
            f"There is no run {str(directory)!r}, and no agent of that name: give the folder of a run, "
            f"runs/<experiment>/<preset>/<agent>/<seed>-..., or one of {', '.join(AGENTS)}."
        )
    result = _finished_in(directory)
    run = Run(result.run_settings, directory)
    agent = run.agent(CPU)
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


def watched_agent(
    settings: RunSettings, name: str, agent: Agent[Any], environment: str | None, arguments: Mapping[str, Any]
) -> Watched:
    """The agent in the worlds that are wanted, if these have as many symbols and actions as it knows."""
    learnt, known = settings.environment, settings.training_family
    where = environment or learnt
    family = stream_family(where, {**(settings.training_arguments if where == learnt else {}), **arguments})
    sizes, wanted = ((of.n_heard, of.n_actions) for of in (known, family))
    if sizes != wanted:
        raise ValueError(
            f"{name} was trained with {sizes[0]} symbols and {sizes[1]} actions in {learnt}, but {where} has "
            f"{wanted[0]} and {wanted[1]}: watch it in worlds with the same numbers."
        )
    return Watched(
        name,
        f"{settings.experiment}, seed {settings.seed}",
        AgentPredictor(agent, settings.seed),
        where,
        family,
        tuple(dict.fromkeys((settings.masks[0], settings.masks[-1]))),
        settings.walk_length,
    )


def stream_family(environment: str, arguments: Mapping[str, Any]) -> WorldFamily:
    """Its worlds; a ValueError if it has no such arguments."""
    try:
        return make_family(environment, **arguments)
    except TypeError as error:
        given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        raise ValueError(f"{environment} cannot be made with {given}: {str(error).removesuffix('.')}.") from error
