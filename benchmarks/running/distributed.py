"""Started by torchrun: processes that train one agent together, each on its rows of every batch."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed

from agents.base import Agent, Batch
from agents.data_parallel import in_all, n_processes, rank
from benchmarks.running.guard import end_with

# While the first process scores a run, the others wait to train the next.
LONGEST_WAIT = timedelta(days=2)


@contextmanager
def together(device: str) -> Iterator[str]:
    """Join the other processes of torchrun, if it has started this one; gives the device that this one is to use."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device
        return
    if hasattr(os, "pidfd_open"):
        end_with(os.pidfd_open(os.getppid()))  # torchrun that was killed would leave this one waiting for the others
    on_gpu = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
    if on_gpu:
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=LONGEST_WAIT)
    try:
        yield device
    finally:
        distributed.destroy_process_group()


def share_of(batch: Batch) -> Batch:
    """The rows of a batch that this process learns from; all of them if it is alone.

    Raises:
        ValueError: if the batch cannot be divided evenly.
    """
    n, n_rows = n_processes(), len(batch.observations)
    if n_rows % n:
        raise ValueError(f"{n_rows} walks cannot be divided among {n} processes: start fewer or more.")
    return Batch(*(steps[_own_rows(n_rows)] for steps in batch))


@contextmanager
def shared_initial_states(agent: Agent[Any]) -> Iterator[None]:
    """An agent in training draws initial states of the whole batch and keeps its rows: all draw the same numbers."""
    if n_processes() == 1:
        yield
        return
    whole = agent.initial_state

    def initial_state(batch: int, generator: torch.Generator | None = None) -> Any:
        if not agent.training:
            return whole(batch, generator)
        n_rows = batch * n_processes()
        state = whole(n_rows, generator)
        if any(tensor.shape[:1] != (n_rows,) for tensor in state):
            raise ValueError(
                f"A state of {type(agent).__name__} has a tensor without a row for each walk: give it one, or train in "
                "one process."
            )
        rows = tuple(tensor[_own_rows(n_rows)] for tensor in state)
        return type(state)(*rows) if hasattr(state, "_fields") else rows

    agent.initial_state = initial_state
    try:
        yield
    finally:
        del agent.initial_state


def any_asks(asked: bool) -> bool:
    """Whether any process does."""
    return asked if n_processes() == 1 else bool(in_all(_counted(asked)))


def check_equal_weights(agent: Agent[Any]) -> None:
    """After an update; a ValueError if the weights of the processes differ."""
    if n_processes() == 1:
        return
    total = torch.stack([weights.detach().double().sum() for weights in agent.parameters()])
    of_first = total.clone()
    distributed.broadcast(of_first, 0)
    if any_asks(not torch.equal(total, of_first)):
        name = type(agent).__name__
        raise ValueError(f"{name}.update does not share gradients: use agents.base.step in it, or one process.")


def _own_rows(n_rows: int) -> slice:
    n_each = n_rows // n_processes()
    return slice(rank() * n_each, (rank() + 1) * n_each)


def _counted(asked: bool) -> Tensor:
    on_gpu = distributed.get_backend() == "nccl"
    return torch.tensor(int(asked), device="cuda" if on_gpu else "cpu")
