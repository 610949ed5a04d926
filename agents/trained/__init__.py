"""Trained agents that come with the repository: for each, one file with its weights and settings, and a card.

>>> from agents import load_trained
>>> agent = load_trained("tem-t-square")
>>> agent.training
False
"""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from ..base import Agent
from ..names import check_name
from ..weights import agent_with, load_weights

TRAINED = Path(__file__).parent
WEIGHTS, CARD = "weights.safetensors", "README.md"


def trained_agents(folder: Path = TRAINED) -> list[str]:
    """The names that `load_trained` knows."""
    return sorted(path.parent.name for path in folder.glob(f"*/{WEIGHTS}"))


def load_trained(name: str, folder: Path = TRAINED) -> Agent[Any]:
    """An agent as it was scored, in eval mode.

    Raises:
        ValueError: if there is none of that name, or its weights are not those that its file says.
    """
    if name not in trained_agents(folder):
        raise ValueError(f"There is no trained agent {name!r}: use one of {', '.join(trained_agents(folder))}.")
    path, told = folder / name / WEIGHTS, describe_trained(name, folder)
    otherwise = f"The weights in {path} are not those whose hash it holds: take the file anew."
    weights = load_weights(path, told["weights_hash"], otherwise)
    return agent_with(weights, told["agent"], told["n_observations"], told["n_actions"], told["sizes"])


def describe_trained(name: str, folder: Path = TRAINED) -> dict[str, Any]:
    """What a trained agent is, where it learnt, and what it scored; a ValueError if its file does not say."""
    path = folder / check_name(name, "An agent") / WEIGHTS
    try:
        with safe_open(path, framework="pt") as file:
            return json.loads(file.metadata()["hippo_envs"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} holds no agent of hippo-envs ({error}).") from error
