"""Hebbian memory in low-rank form (a clamped matrix, and the vectors written since), and the attractor that reads it.

A query attends to what was written, with weights that decay, so no matrix changes at every step. Names and symbols are
those of `tem.py`, equations those of the paper named there.

Most of TEM's time goes by in the loops of this file, whose steps are small. They are written for NumPy and PyTorch
alike: `x` is the module, `name_` the memory of a tensor as its array. See `_module_for`.
"""

from collections.abc import Sequence
from itertools import accumulate
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

LEAK = 0.01
FEW_QUERIES = 16  # up to which NumPy's products of a few rows with a matrix are the faster ones
Array = Any  # of NumPy or PyTorch


class Reach(NamedTuple):
    """Weights of memory for T queries: lambda^n for the clamped matrix, eta lambda^age for what was written since."""

    matrix: Float[Tensor, "T 1"]
    writes: Float[Tensor, "T M"]
    n_written: int

    def at(self, step: int) -> "Reach":
        """Of one step, with the writes before it only."""
        return Reach(
            self.matrix[step : step + 1], self.writes[step : step + 1, : self.n_written + step], self.n_written + step
        )


class Memory(NamedTuple):
    """A clamped matrix and M writes since; hierarchical ones come in F masked copies, one for each scale written to.

    Before its first clamp the matrix has no rows (R = 0): it would be read in vain. After it, R = P.
    """

    matrix: Float[Tensor, "B R P"]
    origins: Float[Tensor, "B F M P"]
    targets: Float[Tensor, "B F M P"]

    def first(self, start: Float[Tensor, "B Q P"], reach: Reach) -> Float[Tensor, "B Q P"]:
        """What the clamped matrix, weighted, makes of queries."""
        return reach.matrix * (start[..., : self.matrix.shape[1]] @ self.matrix)

    def write(self, origins: Float[Tensor, "B F P"], targets: Float[Tensor, "B F P"]) -> "Memory":
        return Memory(
            self.matrix,
            torch.cat([self.origins, origins[:, :, None]], dim=2),
            torch.cat([self.targets, targets[:, :, None]], dim=2),
        )


def rectify(grounded: Float[Tensor, "*B P"]) -> Float[Tensor, "*B P"]:
    """f_p."""
    return F.leaky_relu(grounded.clamp(-1, 1), LEAK)


def attract(
    start: Float[Tensor, "B Q P"],
    first: Float[Tensor, "B Q P"],
    memory: Memory,
    reach: Reach,
    kappa: float,
    iterations: Sequence[tuple[int, int]],
) -> Float[Tensor, "B Q P"]:
    """Iterate h <- f_p(kappa h + h M).

    Args:
        start: h_0.
        first: what the clamped matrix, weighted, makes of h_0.
        memory: M, the same for all queries but for its weights.
        reach: the weights, one row for each query.
        kappa: how much stays.
        iterations: for each, how many units and how many copies of the writes still take part, from the first.
    """
    n_copies, n_written = memory.origins.shape[1:3]
    return _Attractor.apply(
        start,
        first,
        memory.matrix,
        reach.matrix,
        memory.origins.flatten(1, 2),
        memory.targets.flatten(1, 2),
        reach.writes.repeat(1, n_copies),
        kappa,
        [(n_units, copies * n_written) for n_units, copies in iterations],
    )


class _Attractor(torch.autograd.Function):
    """The attractor with its gradient by hand, which sums over iterations once.

    `states` (B, I + 1, Q, P) are those before and after each of I iterations; `scores` (B, I, Q, N) how much of each
    write is read.
    """

    @staticmethod
    def forward(
        ctx: Any,
        start: Float[Tensor, "B Q P"],
        first: Float[Tensor, "B Q P"],
        matrix: Float[Tensor, "B R P"],
        matrix_weight: Float[Tensor, "Q 1"],
        origins: Float[Tensor, "B N P"],
        targets: Float[Tensor, "B N P"],
        weights: Float[Tensor, "Q N"],
        kappa: float,
        iterations: list[tuple[int, int]],
    ) -> Float[Tensor, "B Q P"]:
        n_walks, n_queries, n_units = start.shape
        x = _module_for(start, n_queries)
        states = start.new_empty(n_walks, len(iterations) + 1, n_queries, n_units)
        scores = start.new_zeros(n_walks, len(iterations), n_queries, origins.shape[1])
        states[:, 0] = start
        ctx.save_for_backward(matrix, matrix_weight, origins, targets, weights, states, scores)
        ctx.kappa, ctx.iterations = kappa, iterations
        first, matrix, matrix_weight, origins, targets, weights, states_, scores_ = _arrays(
            x, first, matrix, matrix_weight, origins, targets, weights, states, scores
        )
        n_rows, keys = matrix.shape[1], origins.swapaxes(1, 2)
        for i, (units, writes) in enumerate(iterations):
            state, after, score = states_[:, i], states_[:, i + 1], scores_[:, i, :, :writes]
            score[:] = state @ keys[..., :writes]
            score *= weights[:, :writes]
            new = score @ targets[:, :writes, :units]
            new += kappa * state[..., :units]
            if i == 0:
                new += first
            elif n_rows:
                new += (matrix_weight * state) @ matrix[..., :units]
            after[..., :units] = _rectify_in_place(x, new)
            after[..., units:] = state[..., units:]
        return states[:, -1].clone()

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, grad: Float[Tensor, "B Q P"]
    ) -> tuple[Tensor | None, ...]:
        states, scores = ctx.saved_tensors[-2:]
        n_queries, n_units = grad.shape[1:]
        x = _module_for(grad, n_queries)
        slopes = _slope(states[:, 1:])
        grads_new, grad_scores = torch.zeros_like(slopes), torch.zeros_like(scores)
        grad_, slopes, grads_new_, grad_scores_, matrix, matrix_weight, origins, targets, weights = _arrays(
            x, grad, slopes, grads_new, grad_scores, *ctx.saved_tensors[:-2]
        )
        n_rows, values, to_rows = matrix.shape[1], targets.swapaxes(1, 2), matrix.swapaxes(1, 2)
        for i, (units, writes) in reversed(list(enumerate(ctx.iterations))):
            grad_new, grad_score = grads_new_[:, i, :, :units], grad_scores_[:, i, :, :writes]
            grad_new[:] = grad_[..., :units] * slopes[:, i, :, :units]
            grad_score[:] = grad_new @ values[:, :units, :writes]
            grad_score *= weights[:, :writes]
            grad_state = grad_score @ origins[:, :writes]
            grad_state[..., :units] += ctx.kappa * grad_new
            if i > 0 and n_rows:
                grad_state += (matrix_weight * grad_new) @ to_rows[:, :units]
            if units < n_units:
                grad_state[..., units:] += grad_[..., units:]
            grad_ = grad_state
        grad_origins = product(grad_scores.flatten(1, 2).mT, states[:, :-1].flatten(1, 2))
        grad_targets = product(scores.flatten(1, 2).mT, grads_new.flatten(1, 2))
        return _tensor(grad_), grads_new[:, 0], None, None, grad_origins, grad_targets, None, None, None


class RetrieveAndWrite(torch.autograd.Function):
    """p_g of a whole segment: at each step the attractor, then a write, with the gradient by hand.

    What the matrix makes of the queries themselves is computed for all steps at once. A write reaches each scale from
    the scales it may be written from; so a state is read in copies, one for each scale that an iteration still updates:
    F of them for the first iteration, F - 1 for the second, ...
    """

    @staticmethod
    def forward(
        ctx: Any,
        queries: Float[Tensor, "B T P"],
        grounded: Float[Tensor, "B T P"],
        matrix: Float[Tensor, "B R P"],
        origins: Float[Tensor, "B M P"],
        targets: Float[Tensor, "B M P"],
        reach: Reach,
        kappa: float,
        n_updated: list[int],
        origin_mask: Float[Tensor, "F P"],
        target_mask: Float[Tensor, "F P"],
    ) -> Float[Tensor, "B T P"]:
        n_walks, n_steps, n_units = queries.shape
        n_before, n_rows, plan = origins.shape[1], matrix.shape[1], _plan(n_updated)
        n_read = plan[-1][1].stop
        states = queries.new_empty(len(origin_mask) + 1, n_walks, n_steps, n_units)
        states[0] = rectify(queries)
        copies = queries.new_empty(n_walks, n_steps, n_read, n_units)
        scores = queries.new_zeros(n_walks, n_steps, n_read, n_before + n_steps)
        origins, targets = (F.pad(written, (0, 0, 0, n_steps)) for written in (origins, targets))
        first = reach.matrix * (states[0, ..., :n_rows] @ matrix)
        ctx.save_for_backward(
            matrix, origins, targets, states, scores, copies, origin_mask, target_mask, reach.matrix, reach.writes
        )
        ctx.kappa, ctx.n_before, ctx.plan = kappa, n_before, plan
        x = _module_for(queries, n_queries=1)
        grounded, matrix, origins, targets, first, states_, scores, copies, origin_mask, target_mask = _arrays(
            x, grounded, matrix, origins, targets, first, states, scores, copies, origin_mask, target_mask
        )
        matrix_weight, writes = _arrays(x, reach.matrix, reach.writes)
        keys = origins.swapaxes(1, 2)
        for t in range(n_steps):
            n_written = n_before + t
            for i, (n_active, part) in enumerate(plan):
                n_copies = part.stop - part.start
                state, after, copy = states_[i, :, t], states_[i + 1, :, t], copies[:, t, part]
                x.multiply(state[:, None], origin_mask[:n_copies], out=copy)
                score = copy @ keys[..., :n_written]
                score *= writes[t, :n_written]
                scores[:, t, part, :n_written] = score
                new = score @ targets[:, :n_written, :n_active]
                new *= target_mask[:n_copies, :n_active]
                new = new.sum(1)
                new += kappa * state[:, :n_active]
                if i == 0:
                    new += first[:, t]
                elif n_rows:
                    new += ((matrix_weight[t] * state)[:, None] @ matrix[..., :n_active])[:, 0]
                after[:, :n_active] = _rectify_in_place(x, new)
                after[:, n_active:] = state[:, n_active:]
            x.add(grounded[:, t], states_[-1, :, t], out=origins[:, n_written])
            x.subtract(grounded[:, t], states_[-1, :, t], out=targets[:, n_written])
        return states[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, grad: Float[Tensor, "B T P"]
    ) -> tuple[Tensor | None, ...]:
        matrix, origins, targets, states, scores, copies, origin_mask, target_mask, matrix_weight, writes = (
            ctx.saved_tensors
        )
        n_steps, n_before, n_rows, plan = grad.shape[1], ctx.n_before, matrix.shape[1], ctx.plan
        grad_origins, grad_targets = torch.zeros_like(origins), torch.zeros_like(targets)
        grad_first, grad_rest, slopes = torch.empty_like(grad), torch.empty_like(grad), _slope(states)
        x = _module_for(grad, n_queries=1)
        to_rows, values = _arrays(x, matrix.mT, targets.mT)
        grad_, slopes_, keys, scores_, copies_, origin_mask, target_mask, weight, writes = _arrays(
            x, grad, slopes, origins, scores, copies, origin_mask, target_mask, matrix_weight, writes
        )
        grad_origins_, grad_targets_, grad_first_, grad_rest_ = _arrays(
            x, grad_origins, grad_targets, grad_first, grad_rest
        )
        grad_scores, grad_copies = _arrays(x, torch.zeros_like(scores[:, 0]), torch.zeros_like(copies[:, 0]))
        for t in reversed(range(n_steps)):
            n_written = n_before + t
            grad_after = grad_[:, t] + grad_origins_[:, n_written] - grad_targets_[:, n_written]
            for i, (n_active, part) in reversed(list(enumerate(plan))):
                n_copies = part.stop - part.start
                grad_new = grad_after[:, :n_active] * slopes_[i + 1, :, t, :n_active]
                grad_copy = grad_copies[:, part, :n_active]
                x.multiply(grad_new[:, None], target_mask[:n_copies, :n_active], out=grad_copy)
                grad_score = grad_copy @ values[:, :n_active, :n_written]
                grad_score *= writes[t, :n_written]
                grad_scores[:, part, :n_written] = grad_score
                grad_state = grad_score @ keys[:, :n_written]
                grad_state *= origin_mask[:n_copies]
                grad_state = grad_state.sum(1)
                grad_state[:, :n_active] += ctx.kappa * grad_new
                grad_state[:, n_active:] += grad_after[:, n_active:]
                if i == 0:
                    grad_first_[:, t] = grad_new
                elif n_rows:
                    grad_state += ((weight[t] * grad_new)[:, None] @ to_rows[:, :n_active])[:, 0]
                grad_after = grad_state
            grad_rest_[:, t] = grad_after
            grad_origins_[:, :n_written] += grad_scores[..., :n_written].swapaxes(1, 2) @ copies_[:, t]
            grad_targets_[:, :n_written] += scores_[:, t, :, :n_written].swapaxes(1, 2) @ grad_copies
        grad_rest[..., :n_rows] += matrix_weight * (grad_first @ matrix.mT)
        grad_queries = grad_rest * slopes[0]
        grad_grounded = grad_origins[:, n_before:] + grad_targets[:, n_before:]
        return (
            *(grad_queries, grad_grounded, None, grad_origins[:, :n_before], grad_targets[:, :n_before]),
            *(None, None, None, None, None),
        )


def _plan(n_updated: list[int]) -> list[tuple[int, slice]]:
    """For each iteration: how many units it updates, and where the copies of its state stand."""
    n_copies = range(len(n_updated), 0, -1)
    ends = list(accumulate(n_copies))
    return [(n, slice(end - copies, end)) for n, copies, end in zip(n_updated, n_copies, ends, strict=True)]


def product(rows: Float[Tensor, "B Q M"], matrix: Float[Tensor, "B M N"]) -> Float[Tensor, "B Q N"]:
    """The product, walk by walk, without a gradient; of small ones, as asked for here, NumPy's is the faster."""
    if rows.device.type == "cpu":
        return torch.from_numpy(np.matmul(rows.numpy(), matrix.numpy()))
    return rows @ matrix


def _module_for(like: Tensor, n_queries: int) -> ModuleType:
    """NumPy on a CPU, for a few queries a walk; else PyTorch.

    There NumPy's calls cost a third of torch's, and its products of a row and a matrix, which are most of TEM's time, a
    half to a third.
    """
    return np if like.device.type == "cpu" and n_queries <= FEW_QUERIES else torch


def _arrays(module: ModuleType, *tensors: Tensor) -> list[Array]:
    """The same memory as arrays of the module."""
    return [tensor.detach().numpy() for tensor in tensors] if module is np else list(tensors)


def _tensor(array: Array) -> Tensor:
    return torch.from_numpy(array) if isinstance(array, np.ndarray) else array


def _rectify_in_place(module: ModuleType, array: Array) -> Array:
    """f_p."""
    if module is np:
        np.clip(array, -1, 1, out=array)
        return np.maximum(array, LEAK * array, out=array)
    return F.leaky_relu_(array.clamp_(-1, 1), LEAK)


def _slope(rectified: Float[Tensor, "*B P"]) -> Float[Tensor, "*B P"]:
    """The derivative of f_p, from what it returned."""
    slope = torch.ops.aten.leaky_relu_backward(torch.ones_like(rectified), rectified, LEAK, True)
    return torch.ops.aten.hardtanh_backward(slope, rectified, -LEAK, 1)
