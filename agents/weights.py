"""Weights of an agent: read them from a file, hash them, load them into the agent."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from . import make_agent
from .base import Agent


def load_weights(path: Path, expected_hash: str | None, otherwise: str) -> dict[str, Tensor]:
    """Named tensors from a safetensors file.

    Args:
        path: the file.
        expected_hash: as `weights_hash` gives it.
        otherwise: what the error says.

    Raises:
        ValueError: if the weights have another hash, or it is a pipe or a device, which may never end.
        OSError, SafetensorError: if there is no such file, or it cannot be read.
    """
    weights = read_weights(path)
    if weights_hash(weights) != expected_hash:
        raise ValueError(otherwise)
    return weights


def read_weights(path: Path) -> dict[str, Tensor]:
    """The same, whatever their hash."""
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is a pipe or a device: give a file.")
    return load_file(path)


def agent_with(
    weights: Mapping[str, Tensor], name: str, n_observations: int, n_actions: int, sizes: Mapping[str, Any]
) -> Agent[Any]:
    """The agent that has these weights, in eval mode; PyTorch's random state stays as it was."""
    with torch.random.fork_rng(devices=[]):
        agent = make_agent(name, n_observations, n_actions, **sizes)
    agent.load_state_dict(weights)
    return agent.eval()


def weights_hash(weights: Mapping[str, Any]) -> str:
    """SHA-256 of named tensors, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode() + weights[name].numpy(force=True).tobytes())
    return digest.hexdigest()
