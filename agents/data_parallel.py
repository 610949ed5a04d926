"""Data-parallel training: several processes train one agent, each on its share of every batch.

The losses of an agent are means over the known steps of its walks. So the gradient of the whole batch is the mean over
processes of theirs, weighted by how many steps are known to each, and it is put together before it is clipped.
"""

import torch
from torch import Tensor, distributed, nn


def n_processes() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if _is_shared() else 1


def rank() -> int:
    """Which of them this is, from 0; only the first writes anything."""
    return distributed.get_rank() if _is_shared() else 0


def wait() -> None:
    """For all others to come here."""
    if _is_shared():
        distributed.barrier()


def in_all(count: Tensor) -> Tensor:
    """The sum over processes."""
    if _is_shared():
        count = count.clone()
        distributed.all_reduce(count)
    return count


def average_gradients(agent: nn.Module, n_known: Tensor) -> None:
    """Give every process the gradient of the whole batch, from the gradients of their shares and their known steps."""
    if not _is_shared():
        return
    weights = list(agent.parameters())
    share = n_known.to(weights[0]) / in_all(n_known)
    have = in_all(torch.tensor([int(of.grad is not None) for of in weights], device=n_known.device))
    for of, n_have in zip(weights, have.tolist(), strict=True):
        if not n_have:
            continue  # an optimiser passes it over, as it does in one process
        if of.grad is None or not n_known:  # a mean over no step is no number
            of.grad = torch.zeros_like(of)
        distributed.all_reduce(of.grad.mul_(share))


def _is_shared() -> bool:
    return distributed.is_available() and distributed.is_initialized()
