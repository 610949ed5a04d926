"""The recurrence of the position code with all steps of a walk in one kernel, for GPUs.

Step by step a GPU waits: starting the ten small operations of a step takes longer than what they compute. A linear
recurrence can be cut into blocks (`agents.parts.recurrence.scan`), a rectified one cannot. Here one program for
each walk and module takes all T steps, the code at hand, and there is one launch forward and one backward.

Values and gradients are those of `agents.parts.recurrence.Recurrence`. The weights' gradient is summed
afterwards: programs that add to the same matrix would do so in any order, and no run could be repeated.

Triton comes with PyTorch for CUDA, so nothing imports this file but a walk on a GPU, and the tests, which run it on the
CPU in Triton's interpreter (TRITON_INTERPRET=1). Shapes: B walks, T steps, M modules of width D, A actions.
"""

from typing import Any, no_type_check

import torch
import triton  # pyright: ignore[reportMissingImports]
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable
from triton import language as tl  # pyright: ignore[reportMissingImports]

from .recurrence import SMALLEST_LENGTH


class FusedRecurrence(torch.autograd.Function):
    """normalise(sigma(e_t W_a)) over a walk, module by module; takes and returns what `Recurrence` does."""

    @staticmethod
    def forward(
        ctx: Any,
        start: Float[Tensor, "M B D"],
        transition: Float[Tensor, "A M D D"],
        actions: Int[Tensor, "B T"],
        rectify: bool,
    ) -> tuple[Float[Tensor, "T+1 M B D"], Float[Tensor, "T M B"]]:
        start, transition, actions = start.contiguous(), transition.contiguous(), actions.contiguous()
        (n_modules, n_walks, width), n_steps = start.shape, actions.shape[1]
        codes = start.new_empty(n_steps + 1, n_modules, n_walks, width)
        lengths = start.new_empty(n_steps, n_modules, n_walks)
        sizes, options = (n_steps, n_walks, n_modules), _options(width, rectify)
        with torch.cuda.device_of(start):  # Triton launches on the current device, whichever holds the tensors
            _forward[n_walks, n_modules](  # pyright: ignore[reportIndexIssue]
                start, transition, actions, codes, lengths, *sizes, **options
            )
        ctx.save_for_backward(transition, actions, codes, lengths)
        ctx.rectify = rectify
        return codes, lengths

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, grads: Float[Tensor, "_ M B D"], grad_lengths: Float[Tensor, "T M B"]
    ) -> tuple[Tensor, Tensor, None, None]:
        transition, actions, codes, lengths = ctx.saved_tensors
        grads, grad_lengths = grads.contiguous(), grad_lengths.contiguous()
        n_steps, n_modules, n_walks = lengths.shape
        grad_start, grad_moved = torch.empty_like(codes[0]), torch.empty_like(codes[1:])
        sizes, options = (n_steps, n_walks, n_modules), _options(codes.shape[-1], ctx.rectify)
        with torch.cuda.device_of(codes):
            _backward[n_walks, n_modules](  # pyright: ignore[reportIndexIssue]
                transition, actions, codes, lengths, grads, grad_lengths, grad_start, grad_moved, *sizes, **options
            )
        return grad_start, _sum_by_action(codes[:-1], grad_moved, actions, len(transition)), None, None


def _options(width: int, rectify: bool) -> dict[str, Any]:
    """What a kernel is compiled for; a power of two holds the code, and a warp takes about 1,024 of a matrix."""
    padded = triton.next_power_of_2(width)
    n_warps = min(max(padded * padded // 1_024, 1), 8)
    return {"WIDTH": width, "PADDED": padded, "RECTIFY": rectify, "SMALLEST": SMALLEST_LENGTH, "num_warps": n_warps}


def _sum_by_action(
    before: Float[Tensor, "T M B D"], after: Float[Tensor, "T M B D"], actions: Int[Tensor, "B T"], n_actions: int
) -> Float[Tensor, "A M D D"]:
    """For each action the outer products of all steps that took it, summed.

    Other steps are multiplied by zero and not left out: the CPU would have to wait to hear how many they are.
    """
    before, after = (codes.transpose(0, 1).flatten(1, 2) for codes in (before, after))  # (M, T B, D)
    taken = actions.T.flatten()[:, None]
    return torch.stack([(before * (taken == action)).mT @ after for action in range(n_actions)])


# What is jitted is source to Triton: a type checker of the tests that wraps it would hide it.
@no_type_check
@triton.jit(do_not_specialize=["n_steps", "n_walks", "n_modules"])
def _forward(
    start,  # (M, B, D)
    transition,  # (A, M, D, D)
    actions,  # (B, T)
    codes,  # out: (T + 1, M, B, D)
    lengths,  # out: (T, M, B)
    n_steps,
    n_walks,
    n_modules,
    WIDTH: tl.constexpr,  # noqa: N803
    PADDED: tl.constexpr,  # noqa: N803
    RECTIFY: tl.constexpr,  # noqa: N803
    SMALLEST: tl.constexpr,  # noqa: N803
):
    """All steps of one walk in one module."""
    walk, module = tl.program_id(0).to(tl.int64), tl.program_id(1).to(tl.int64)
    unit = tl.arange(0, PADDED)
    is_unit = unit < WIDTH
    entry, is_entry = unit[:, None] * WIDTH + unit[None, :], is_unit[:, None] & is_unit[None, :]
    place = module * n_walks + walk
    code = tl.load(start + place * WIDTH + unit, mask=is_unit, other=0.0)
    tl.store(codes + place * WIDTH + unit, code, mask=is_unit)
    for t in range(n_steps):
        action = tl.load(actions + walk * n_steps + t)
        matrix = transition + (action * n_modules + module) * WIDTH * WIDTH
        moved = tl.sum(code[:, None] * tl.load(matrix + entry, mask=is_entry, other=0.0), axis=0)
        if RECTIFY:
            moved = tl.maximum(moved, 0.0)
        length = tl.maximum(tl.sqrt(tl.sum(moved * moved, axis=0)), SMALLEST)
        code = moved / length
        tl.store(lengths + place, length)
        place += n_modules * n_walks
        tl.store(codes + place * WIDTH + unit, code, mask=is_unit)


@no_type_check
@triton.jit(do_not_specialize=["n_steps", "n_walks", "n_modules"])
def _backward(
    transition,  # (A, M, D, D)
    actions,  # (B, T)
    codes,  # (T + 1, M, B, D)
    lengths,  # (T, M, B)
    grads,  # of the codes
    grad_lengths,
    grad_start,  # out: (M, B, D)
    grad_moved,  # out: (T, M, B, D), before lengths were set and what is negative was cut
    n_steps,
    n_walks,
    n_modules,
    WIDTH: tl.constexpr,  # noqa: N803
    PADDED: tl.constexpr,  # noqa: N803
    RECTIFY: tl.constexpr,  # noqa: N803
    SMALLEST: tl.constexpr,  # noqa: ARG001, N803
):
    """Back along one walk in one module."""
    walk, module = tl.program_id(0).to(tl.int64), tl.program_id(1).to(tl.int64)
    unit = tl.arange(0, PADDED)
    is_unit = unit < WIDTH
    entry, is_entry = unit[:, None] * WIDTH + unit[None, :], is_unit[:, None] & is_unit[None, :]
    place = (n_steps * n_modules + module) * n_walks + walk
    grad = tl.load(grads + place * WIDTH + unit, mask=is_unit, other=0.0)
    for back in range(n_steps):
        code = tl.load(codes + place * WIDTH + unit, mask=is_unit, other=0.0)
        place -= n_modules * n_walks
        length = tl.load(lengths + place)
        # What is tangent to the sphere changes the code, what is radial changes its length.
        radial = tl.sum(grad * code, axis=0) - length * tl.load(grad_lengths + place)
        moved = (grad - radial * code) / length
        if RECTIFY:
            moved = tl.where(code > 0, moved, 0.0)
        tl.store(grad_moved + place * WIDTH + unit, moved, mask=is_unit)
        action = tl.load(actions + walk * n_steps + n_steps - 1 - back)
        matrix = transition + (action * n_modules + module) * WIDTH * WIDTH
        grad = tl.sum(moved[None, :] * tl.load(matrix + entry, mask=is_entry, other=0.0), axis=1)
        grad += tl.load(grads + place * WIDTH + unit, mask=is_unit, other=0.0)
    tl.store(grad_start + place * WIDTH + unit, grad, mask=is_unit)
