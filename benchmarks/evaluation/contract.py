"""Check the contract of an agent of your own before it is trained."""

from typing import Any

import torch
from torch import Tensor

from agents.base import Agent
from benchmarks.evaluation.answers import STEPPING_TOLERANCE, check_stepping, listening
from benchmarks.experiments.world_seeds import VALIDATION_SEEDS
from hippo_envs import Walks, WorldFamily, sample_walks

N_WALKS, N_STEPS = 4, 32


def check_agent(agent: Agent[Any], family: WorldFamily, device: torch.device) -> None:
    """Hold an untrained agent to the contract of `agents.base`.

    Raises:
        ValueError: if it has nothing to learn with, if its logits have another shape or are no numbers, or if `forward`
            differs from stepping, or if what it says of a walk depends on the other walks of the batch.
        RuntimeError: from a ValueError of the agent's own, so that it is shown with its traceback.
    """
    name = type(agent).__name__
    _check_learns(agent)
    walks = sample_walks(family, VALIDATION_SEEDS[:N_WALKS], N_STEPS)
    try:
        stepped, whole = _logits(agent, walks, device)
    except ValueError as error:
        raise RuntimeError(f"{name} cannot step through a walk.") from error
    shapes = {"predict": (N_WALKS, family.n_heard), "forward": (N_WALKS, N_STEPS, family.n_heard)}
    for (method, shape), logits in zip(shapes.items(), (stepped, whole), strict=True):
        if logits.shape != shape:
            raise ValueError(f"{name}.{method} must give logits of shape {shape}, not {tuple(logits.shape)}.")
        if logits.isnan().any():
            raise ValueError(
                f"{name}.{method} gives NaN logits before any training: keep them finite, at the "
                "first step too, when its memory is empty."
            )
    check_stepping(agent, walks, device)
    _check_company(agent, walks, device)


def _check_learns(agent: Agent[Any]) -> None:
    """By the gradient of a loss, or by a rule of its own."""
    name, has_own_rule = type(agent).__name__, type(agent).update is not Agent.update
    if not any(weights.requires_grad or has_own_rule for weights in agent.parameters()):
        raise ValueError(
            f"{name} has no weights to train: make what it learns an nn.Parameter or a module; what a rule of its own "
            "changes, in an `update` of its own, an nn.Parameter with requires_grad=False."
        )


def _check_company(agent: Agent[Any], walks: Walks, device: torch.device) -> None:
    """Step a walk in the company of others, then in that of copies of itself, from the same states."""
    observations, actions = (torch.from_numpy(steps).to(device) for steps in (walks.heard, walks.actions))
    with listening(agent):
        start = agent.initial_state(N_WALKS, torch.Generator().manual_seed(0))
        others, copies = (
            Agent.forward(agent, seen, done, start).logits[0]
            for seen, done in (
                (observations, actions),
                (observations[:1].repeat(N_WALKS, 1), actions[:1].repeat(N_WALKS, 1)),
            )
        )
    difference = (others - copies).abs().max().item()
    if not difference <= STEPPING_TOLERANCE * max(1.0, others.abs().max().item()):
        raise ValueError(
            f"{type(agent).__name__} reads the other walks of its batch: they change its logits by up to "
            f"{difference:.2g}. Its predictions for a walk must follow from that walk alone."
        )


def _logits(agent: Agent[Any], walks: Walks, device: torch.device) -> tuple[Tensor, Tensor]:
    """Of the first step, then observed; and of whole walks."""
    observations, actions = (torch.from_numpy(steps).to(device) for steps in (walks.heard, walks.actions))
    with listening(agent):
        state = agent.initial_state(N_WALKS, torch.Generator().manual_seed(0))
        first = agent.predict(state)
        agent.observe(state, observations[:, 0], actions[:, 0])
        return first, agent(observations, actions, state).logits
