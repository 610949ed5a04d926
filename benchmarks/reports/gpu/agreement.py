"""Does an agent learn on a device what it learns on the CPU? One update of each, from the same weights and walks.

A device sums in another order than the CPU, and so ends with other last digits. How many of them an agent makes of one
is its own: so each is also compared with itself on the CPU, with every weight rounded to a neighbouring number.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from agents import AGENTS, make_agent
from agents.base import Agent, Batch
from benchmarks.running.schedule import Schedule
from benchmarks.running.training import training_batches
from hippo_envs import make_family

N_WALKS, N_STEPS = 4, 40
ASKED: Mapping[str, tuple[str, Mapping[str, Any]]] = {  # every agent, and those that compute in another way
    **{name: (name, {}) for name in AGENTS},
    "tem-t-relu": ("tem-t", {"activation": "relu", "n_modules": 8}),
    "mapformer-em": ("mapformer", {"memory": "episodic"}),
    "nmda-learned": ("nmda", {"position": "learned", "n_place": 32}),
    "transformer-rope": ("transformer", {"position": "rope"}),
}
MOST_MADE = 100  # times what one rounding of the weights makes: a sum has many
ROUNDING = 1e-5  # where that makes nothing


class Differences(NamedTuple):
    """Between two updates, in parts of what the CPU has."""

    losses: float
    learnt: float  # the gradient, or what a rule of its own changed
    logits: float  # after the update


class Agreement(NamedTuple):
    """An agent on a device, and with rounded weights, beside the same one on the CPU."""

    device: Differences
    rounded: Differences

    @property
    def holds(self) -> bool:
        """Whether the device differs by rounding alone; what is no number does not hold."""
        pairs = zip(self.device, self.rounded, strict=True)
        return all(difference <= MOST_MADE * of_rounding + ROUNDING for difference, of_rounding in pairs)


class _Outcome(NamedTuple):
    losses: Tensor
    learnt: Tensor
    logits: Tensor


def agreement_of(name: str, device: torch.device) -> Agreement:
    """Of a row of `ASKED`, after one update on a few walks in squares."""
    cpu = torch.device("cpu")
    expected = _updated(name, cpu)
    return Agreement(
        _differences(_updated(name, device), expected), _differences(_updated(name, cpu, is_rounded=True), expected)
    )


def _differences(found: _Outcome, expected: _Outcome) -> Differences:
    pairs = zip(found, expected, strict=True)
    return Differences(*((ours - theirs).norm().item() / max(theirs.norm().item(), 1e-12) for ours, theirs in pairs))


def _updated(name: str, device: torch.device, is_rounded: bool = False) -> _Outcome:
    """Losses, what was learnt and what is predicted afterwards."""
    family = make_family("hippo/Rectangle-v0", width=5, n_observations=10, stay=True)
    agent_name, sizes = ASKED[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        agent = make_agent(agent_name, family.n_observations, family.n_actions, **sizes)
    if is_rounded:
        _round(agent)
    agent.to(device)
    before = [weights.detach().clone() for weights in agent.parameters()]
    (batch,) = training_batches(family, Schedule(1, N_WALKS, N_STEPS, learning_rate=1e-3), 0, device)
    optimiser = torch.optim.SGD(agent.parameters(), lr=1e-3)
    losses = agent.update(batch, optimiser, progress=0.5, generator=torch.Generator().manual_seed(0))
    learnt = (
        weights - old if weights.grad is None else weights.grad
        for weights, old in zip(agent.parameters(), before, strict=True)
    )
    return _Outcome(_together(losses.values()), _together(learnt), _together([_logits(agent, batch)]))


@torch.no_grad()
def _round(agent: Agent[Any]) -> None:
    """Move every weight to the next number, up or down by turns."""
    for weights in agent.parameters():
        flat = weights.view(-1)
        towards = torch.full_like(flat, torch.inf)
        towards[::2] = -torch.inf
        flat.copy_(torch.nextafter(flat, towards))


@torch.no_grad()
def _logits(agent: Agent[Any], batch: Batch) -> Tensor:
    agent.eval()
    return agent(batch.heard, batch.actions, agent.initial_state(N_WALKS)).logits


def _together(parts: Iterable[Tensor]) -> Tensor:
    return torch.cat([part.detach().double().cpu().flatten() for part in parts])
