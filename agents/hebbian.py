"""Hebbian memory in low-rank form: a clamped matrix, and the vectors written since; and the attractor that reads it.

A query attends to what was written, with weights that decay, so no matrix changes at every step. Names and symbols are
those of `tem.py`, equations those of the paper named there.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

LEAK = 0.01


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
    """The attractor with its gradient by hand, which sums over iterations once."""

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
        state, states, scores, n_rows = start, [start], [], matrix.shape[1]
        for units, writes in iterations:
            score = product(state, origins[:, :writes].mT).mul_(weights[:, :writes])
            new = kappa * state[..., :units]
            new += product(score, targets[:, :writes, :units])
            if state is start:
                new += first
            else:
                new += product(matrix_weight * state[..., :n_rows], matrix[..., :units])
            new = F.leaky_relu_(new.clamp_(-1, 1), LEAK)
            state = torch.cat([new, state[..., units:]], dim=-1) if units < state.shape[-1] else new
            states.append(state)
            scores.append(score)
        ctx.save_for_backward(matrix, matrix_weight, origins, targets, weights, *states, *scores)
        ctx.kappa, ctx.iterations = kappa, iterations
        return state

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, grad: Float[Tensor, "B Q P"]
    ) -> tuple[Tensor | None, ...]:
        matrix, matrix_weight, origins, targets, weights, *saved = ctx.saved_tensors
        iterations, n_units, n_writes, n_rows = ctx.iterations, *origins.shape[:0:-1], matrix.shape[1]
        states, scores = saved[: len(iterations) + 1], saved[len(iterations) + 1 :]
        scored, grads_new, grad_new = [], [], grad
        for i, (units, writes) in reversed(list(enumerate(iterations))):
            grad_new = _rectify_back(grad[..., :units], states[i + 1][..., :units])
            grad_score = product(grad_new, targets[:, :writes, :units].mT).mul_(weights[:, :writes])
            grad_state = product(grad_score, origins[:, :writes])
            if i > 0:
                grad_state[..., :n_rows] += product(matrix_weight * grad_new, matrix[..., :units].mT)
            grad_state[..., :units].add_(grad_new, alpha=ctx.kappa)
            if units < n_units:
                grad_state[..., units:] += grad[..., units:]
            scored.append(grad_score)
            grads_new.append(grad_new)
            grad = grad_state
        grad_origins = product(_side_by_side(scored, n_writes).mT, torch.cat(states[-2::-1], dim=1))
        grad_targets = product(_side_by_side(scores[::-1], n_writes).mT, _side_by_side(grads_new, n_units))
        return grad, grad_new, None, None, grad_origins, grad_targets, None, None, None


def product(rows: Float[Tensor, "B Q M"], matrix: Float[Tensor, "B M N"]) -> Float[Tensor, "B Q N"]:
    """The product, walk by walk, without a gradient.

    Few rows for each walk are what stepping asks for, and most of TEM's time; on a CPU, NumPy's BLAS does it in a half
    to a third of torch's.
    """
    if rows.device.type == "cpu":
        return torch.from_numpy(np.matmul(rows.detach().numpy(), matrix.detach().numpy()))
    return rows @ matrix


def _side_by_side(parts: Sequence[Float[Tensor, "B Q _"]], width: int) -> Float[Tensor, "B QI W"]:
    """The queries of all iterations in a row, padded to one width."""
    padded = [part if part.shape[-1] == width else F.pad(part, (0, width - part.shape[-1])) for part in parts]
    return torch.cat(padded, dim=1)


def _rectify_back(grad: Float[Tensor, "*B P"], rectified: Float[Tensor, "*B P"]) -> Float[Tensor, "*B P"]:
    """The gradient through f_p, from what it returned."""
    grad = torch.ops.aten.leaky_relu_backward(grad, rectified, LEAK, True)
    return torch.ops.aten.hardtanh_backward(grad, rectified, -LEAK, 1)


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
        n_scales, n_before, n_rows = len(origin_mask), origins.shape[1], matrix.shape[1]
        plan, (matrix_weight, writes, _) = _plan(n_updated), reach
        states = queries.new_empty(n_scales + 1, n_walks, n_steps, n_units)
        states[0] = rectify(queries)
        copies = queries.new_empty(n_walks, n_steps, plan[-1][1].stop, n_units)
        scores = queries.new_zeros(n_walks, n_steps, plan[-1][1].stop, n_before + n_steps)
        origins, targets = (F.pad(written, (0, 0, 0, n_steps)) for written in (origins, targets))
        first = matrix_weight * product(states[0, ..., :n_rows], matrix)
        for t in range(n_steps):
            n_written = n_before + t
            keys, values, weights = origins[:, :n_written].mT, targets[:, :n_written], writes[t, :n_written]
            for i, (n_active, part) in enumerate(plan):
                n_copies = part.stop - part.start
                state, after = states[i, :, t], states[i + 1, :, t]
                torch.mul(state[:, None], origin_mask[:n_copies], out=copies[:, t, part])
                score = product(copies[:, t, part], keys).mul_(weights)
                scores[:, t, part, :n_written] = score
                new = product(score, values[..., :n_active]).mul_(target_mask[:n_copies, :n_active]).sum(dim=1)
                new.add_(state[:, :n_active], alpha=kappa)
                if i == 0:
                    new += first[:, t]
                else:
                    new += product((matrix_weight[t] * state)[:, None, :n_rows], matrix[..., :n_active])[:, 0]
                after[:, :n_active] = F.leaky_relu_(new.clamp_(-1, 1), LEAK)
                after[:, n_active:] = state[:, n_active:]
            torch.add(grounded[:, t], states[-1, :, t], out=origins[:, n_written])
            torch.sub(grounded[:, t], states[-1, :, t], out=targets[:, n_written])
        ctx.save_for_backward(
            matrix, origins, targets, states, scores, copies, origin_mask, target_mask, matrix_weight, writes
        )
        ctx.kappa, ctx.n_before, ctx.plan = kappa, n_before, plan
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
        grad_first, grad_rest = torch.empty_like(grad), torch.empty_like(grad)
        grad_scores, grad_copies = torch.zeros_like(scores[:, 0]), torch.zeros_like(copies[:, 0])
        for t in reversed(range(n_steps)):
            n_written = n_before + t
            keys, values, weights = origins[:, :n_written], targets[:, :n_written].mT, writes[t, :n_written]
            grad_after = grad[:, t] + grad_origins[:, n_written] - grad_targets[:, n_written]
            for i, (n_active, part) in reversed(list(enumerate(plan))):
                n_copies = part.stop - part.start
                grad_new = _rectify_back(grad_after[:, :n_active], states[i + 1, :, t, :n_active])
                grad_copy = grad_copies[:, part, :n_active]
                torch.mul(grad_new[:, None], target_mask[:n_copies, :n_active], out=grad_copy)
                grad_score = product(grad_copy, values[:, :n_active]).mul_(weights)
                grad_scores[:, part, :n_written] = grad_score
                grad_state = product(grad_score, keys).mul_(origin_mask[:n_copies]).sum(dim=1)
                grad_state[:, :n_active].add_(grad_new, alpha=ctx.kappa)
                grad_state[:, n_active:] += grad_after[:, n_active:]
                if i == 0:
                    grad_first[:, t] = grad_new
                else:
                    passed = product((matrix_weight[t] * grad_new)[:, None], matrix[..., :n_active].mT)[:, 0]
                    grad_state[:, :n_rows] += passed
                grad_after = grad_state
            grad_rest[:, t] = grad_after
            grad_origins[:, :n_written] += product(grad_scores[..., :n_written].mT, copies[:, t])
            grad_targets[:, :n_written] += product(scores[:, t, :, :n_written].mT, grad_copies)
        grad_rest[..., :n_rows] += matrix_weight * product(grad_first, matrix.mT)
        grad_queries = _rectify_back(grad_rest, states[0])
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
