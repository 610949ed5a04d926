"""PyTorch agents, found by name in one table; importing this package does not import torch."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from agents.base import Agent


class Entry(NamedTuple):
    """Where an agent lives, and the dataclass of its sizes."""

    module: str
    agent: str
    config: str


AGENTS = {
    "tem-t": Entry("agents.tem_t", "TEMt", "TEMtConfig"),
    "lstm": Entry("agents.lstm", "LSTM", "LSTMConfig"),
}


def find_config(name: str, **sizes: Any) -> Any:
    """The config of an agent: its sizes, those not given at their defaults.

    Raises:
        ValueError: if there is no agent of that name.
    """
    if name not in AGENTS:
        raise ValueError(f"There is no agent {name!r}: use one of {', '.join(AGENTS)}.")
    return getattr(import_module(AGENTS[name].module), AGENTS[name].config)(**sizes)


def make_agent(name: str, n_observations: int, n_actions: int, **sizes: Any) -> "Agent[Any]":
    """Build an agent; its initial weights come from torch's current random state.

    Args:
        name: a row of `AGENTS`.
        n_observations, n_actions: how many symbols and actions its walks have.
        sizes: fields of the agent's config.

    Raises:
        ValueError: if there is no agent of that name.
    """
    config = find_config(name, **sizes)
    return getattr(import_module(AGENTS[name].module), AGENTS[name].agent)(n_observations, n_actions, config)
