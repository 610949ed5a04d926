"""What a rollout shows: a run, an agent or a saved policy, and the worlds it is put into."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from agents.base import Agent
from benchmarks.records.settings import RunSettings
from benchmarks.rollout.predictor import AgentPredictor, Predictor
from hippo_envs import make_family
from hippo_envs.worlds import WorldFamily

CPU = torch.device("cpu")


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


def watched_agent(
    settings: RunSettings, name: str, agent: Agent[Any], environment: str | None, arguments: Mapping[str, Any]
) -> Watched:
    """The agent in the worlds that are wanted, if these have as many symbols and actions as it knows."""
    if agent.told_places:
        raise ValueError(f"{name} is told at which node it is, which nobody tells it here: watch another variant.")
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
