"""PyTorch agents, found by name in one table; importing this package does not import torch.

In a checkout it is `agents`, in the wheel `hippo_agents`: so that it can be both, imports within it are relative.
"""

from dataclasses import fields, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .configs import AGENTS, OF_ONE_TASK, Entry
from .imported import NoSizes, default_config, import_agent, is_imported

if TYPE_CHECKING:
    from .base import Agent

__all__ = [
    "AGENTS",
    "OF_ONE_TASK",
    "find_agent",
    "find_config",
    "load_trained",
    "make_agent",
    "max_gradient_norm",
]


def find_agent(name: str) -> "type[Agent[Any]]":
    """The class of an agent; a ValueError says which there are. A name package.module:Class is imported."""
    if is_imported(name):
        return import_agent(name)
    entry = _find(name)
    return getattr(import_module(entry.module, __name__), entry.agent)


def find_config(name: str, **sizes: Any) -> Any:
    """The config of an agent: its sizes, those not given at their defaults; a ValueError says which there are.

    A list, which is what JSON makes of a tuple, becomes the tuple again.
    """
    as_written = {key: tuple(value) if isinstance(value, list) else value for key, value in sizes.items()}
    default = default_config(import_agent(name)) if is_imported(name) else _find(name).config()
    known = [field.name for field in fields(default)]
    for key in as_written:
        if key not in known:
            has = f"use some of {', '.join(known)}" if known else "it has none"
            raise ValueError(f"{name} has no size {key!r}: {has}.")
    return replace(default, **as_written)


def max_gradient_norm(name: str) -> float:
    """To which the gradients of an agent are clipped; torch is not imported for those of ours."""
    return find_agent(name).max_gradient_norm if is_imported(name) else _find(name).config.MAX_GRADIENT_NORM


def make_agent(name: str, n_observations: int, n_actions: int, **sizes: Any) -> "Agent[Any]":
    """Build an agent; its initial weights come from torch's current random state.

    Args:
        name: a row of `AGENTS` or of `OF_ONE_TASK`, or package.module:Class.
        n_observations, n_actions: how many symbols and actions its walks have.
        sizes: fields of the agent's config.

    Raises:
        ValueError: if there is no agent of that name, or if it has no such size.
    """
    config = find_config(name, **sizes)
    configured = () if isinstance(config, NoSizes) else (config,)
    return find_agent(name)(n_observations, n_actions, *configured)


def load_trained(name: str) -> "Agent[Any]":
    """A trained agent that comes with this package, as it was scored, in eval mode.

    Raises:
        ValueError: if there is none of that name; it says which there are.
    """
    from .trained import load_trained as load

    return load(name)


def _find(name: str) -> Entry:
    every = AGENTS | OF_ONE_TASK
    if name not in every:
        raise ValueError(f"There is no agent {name!r}: use one of {', '.join(every)}.")
    return every[name]
