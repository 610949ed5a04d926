"""Does an agent learn on a device what it learns on the CPU? One update of each, from the same weights and walks.

Both are compared with the CPU in double precision: an agent whose gradient is the difference of large numbers loses
digits in single precision wherever it runs, and a device may lose a few more than the CPU, as it sums in another order.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor

from agents import AGENTS, make_agent
from agents.base import Agent, Batch
from benchmarks.running.schedule import Schedule
from benchmarks.running.training import training_batches
from hippo_envs import WorldFamily, make_family

N_WALKS, N_STEPS = 4, 40
ASKED: Mapping[str, tuple[str, Mapping[str, Any]]] = {  # every agent, and those that compute in another way
    **{name: (name, {}) for name in AGENTS},
    "tem-t-relu": ("tem-t", {"activation": "relu", "n_modules": 8}),
    "mapformer-em": ("mapformer", {"memory": "episodic"}),
    "nmda-learned": ("nmda", {"position": "learned", "n_place": 32}),
    "transformer-rope": ("transformer", {"position": "rope"}),
}
MOST_LOST = 10  # times the error of the CPU
ROUNDING = 1e-5  # of any sum in single precision, with some room


class Errors(NamedTuple):
    """Of an update in single precision: differences from double precision, each relative to what they differ from."""

    losses: float
    learnt: float  # the gradient, or what a rule of its own changed
    logits: float  # after the update


class Agreement(NamedTuple):
    """Errors of an agent on a device, and of the same one on the CPU."""

    device: Errors
    cpu: Errors

    @property
    def holds(self) -> bool:
        """Whether the device is about as right as the CPU; what is no number is not."""
        pairs = zip(self.device, self.cpu, strict=True)
        return all(error <= MOST_LOST * of_cpu + ROUNDING for error, of_cpu in pairs)


class _Outcome(NamedTuple):
    losses: Tensor
    learnt: Tensor
    logits: Tensor


def agreement_of(name: str, device: torch.device) -> Agreement:
    """Of a row of `ASKED`, after one update on a few walks in squares."""
    cpu = torch.device("cpu")
    exact = _updated(name, cpu, torch.float64)
    of_device, of_cpu = (_errors(_updated(name, place, torch.float32), exact) for place in (device, cpu))
    return Agreement(of_device, of_cpu)


def _errors(found: _Outcome, exact: _Outcome) -> Errors:
    pairs = zip(found, exact, strict=True)
    return Errors(*((ours - theirs).norm().item() / max(theirs.norm().item(), 1e-12) for ours, theirs in pairs))


def _updated(name: str, device: torch.device, precision: torch.dtype) -> _Outcome:
    """Losses, what was learnt and what is predicted afterwards."""
    family = make_family("hippo/Rectangle-v0", width=5, n_observations=10, stay=True)
    agent = _made(name, family).to(device, precision)
    before = [weights.detach().clone() for weights in agent.parameters()]
    (batch,) = training_batches(family, Schedule(1, N_WALKS, N_STEPS, learning_rate=1e-3), 0, device)
    optimiser = torch.optim.SGD(agent.parameters(), lr=1e-3)
    with _default(precision):
        losses = agent.update(batch, optimiser, progress=0.5, generator=torch.Generator().manual_seed(0))
        logits = _logits(agent, batch)
    learnt = (
        weights - old if weights.grad is None else weights.grad
        for weights, old in zip(agent.parameters(), before, strict=True)
    )
    return _Outcome(_together(losses.values()), _together(learnt), _together([logits]))


def _made(name: str, family: WorldFamily) -> Agent[Any]:
    """With the same weights each time."""
    agent, sizes = ASKED[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return make_agent(agent, family.n_observations, family.n_actions, **sizes)


@torch.no_grad()
def _logits(agent: Agent[Any], batch: Batch) -> Tensor:
    agent.eval()
    return agent(batch.heard, batch.actions, agent.initial_state(N_WALKS)).logits


def _together(parts: Iterable[Tensor]) -> Tensor:
    return torch.cat([part.detach().double().cpu().flatten() for part in parts])


@contextmanager
def _default(precision: torch.dtype) -> Iterator[None]:
    """Of tensors that agents make as they go, such as an empty memory."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(precision)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
