"""Path integration: the next abstract location from the last one and the action, e_{t+1} = sigma(e_t W_a)."""

import math
import warnings
from functools import cache
from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

SMALLEST_LENGTH = 1e-12
WIDEST_FUSED = 512  # units of a module; 1,024 take minutes to compile, and Triton has no tensor for a larger matrix


class Walked(NamedTuple):
    """The position code along T steps."""

    positions: Float[Tensor, "B T N"]
    next_position: Float[Tensor, "B N"]  # after the last action
    lengths: Float[Tensor, "B T M"]  # of each module after each action, before it is set to one length


class PathIntegrator(nn.Module):
    """A recurrent position code: one learned matrix per action and module, applied to the code as actions come in.

    The code is made of modules that do not talk to each other, like the modules of grid cells. Each is kept at one
    length, since an unnormalised linear recurrence explodes (1e13 after 255 steps). A linear recurrence does not mind:
    the direction after many steps is the same, whenever the length is set. Without modules a trained code of 64 units
    spans three or four dimensions, one or two plane waves, whichever grow fastest, and places far apart look alike.

    A rectified recurrence starts from permutations: they are orthogonal too, and rectification leaves a positive code
    that they move around as it is. From other orthogonal matrices half the code dies at every step, and squares are not
    learnt.

    Args:
        n_actions: number of actions A.
        n_units: width N of the code.
        n_modules: M, a divisor of N; each module has D = N / M units.
        activation: "linear" or "relu", applied after every step.
        n_actions_before_start: random actions between the learned origin and where a walk starts.

    Raises:
        ValueError: if the units cannot be split evenly into modules, or the activation is another one.
    """

    def __init__(
        self,
        n_actions: int,
        n_units: int,
        n_modules: int,
        activation: Literal["linear", "relu"],
        n_actions_before_start: int = 8,
    ) -> None:
        super().__init__()
        if n_units % n_modules:
            raise ValueError(f"{n_units} units cannot be split evenly into {n_modules} modules.")
        if activation not in ("linear", "relu"):
            raise ValueError(f"The activation is linear or relu, got {activation!r}.")
        self.activation = activation
        self.n_modules = n_modules
        self.n_actions_before_start = n_actions_before_start
        width = n_units // n_modules
        self.origin = nn.Parameter(torch.randn(n_modules, width))
        self.transition = nn.Parameter(torch.empty(n_actions, n_modules, width, width))
        for matrix in self.transition.detach().flatten(0, 1):
            if activation == "relu":
                matrix.copy_(torch.eye(width)[torch.randperm(width)])
            else:
                nn.init.orthogonal_(matrix)
        if activation == "relu":
            self.origin.detach().abs_()

    def start(self, batch: int, generator: torch.Generator) -> Float[Tensor, "B N"]:
        """A code to start each walk from: the learned origin, a few random actions on.

        Were it the origin itself, nothing would hold that code to be the one with which a walk comes back: returns to
        the first node are rare, and were where most errors of such a model lay.
        """
        n_actions, device = len(self.transition), self.origin.device
        actions = torch.randint(n_actions, (batch, self.n_actions_before_start), generator=generator)
        actions = actions.to(device, non_blocking=True)  # the CPU need not wait for the GPU to have them
        return self.walk(self.normalise(self.origin.flatten()).expand(batch, -1), actions).next_position

    def walk(self, position: Float[Tensor, "B N"], actions: Int[Tensor, "B T"]) -> Walked:
        """Apply T actions to codes of unit length."""
        start = position.unflatten(1, (self.n_modules, -1)).transpose(0, 1) * math.sqrt(self.n_modules)
        if self.activation == "linear" and position.is_cuda:
            codes, lengths = scan(start, self.transition, actions)
        else:
            recurrence = recurrence_on(position.device.type, start.shape[-1])
            codes, lengths = recurrence.apply(start, self.transition, actions, self.activation == "relu")
        positions = codes.permute(2, 0, 1, 3).flatten(2) / math.sqrt(self.n_modules)
        return Walked(positions[:, :-1], positions[:, -1], lengths.permute(2, 0, 1))

    def normalise(self, position: Float[Tensor, "*B N"]) -> Float[Tensor, "*B N"]:
        """Every module at one length, the whole code at length 1."""
        by_module = position.unflatten(-1, (self.n_modules, -1))
        return F.normalize(by_module, dim=-1).flatten(-2) / math.sqrt(self.n_modules)


def recurrence_on(device_type: str, width: int) -> type[torch.autograd.Function]:
    """`_Recurrence`; on a GPU the same in one kernel, where that works and a module is not too wide for it."""
    return _fused_on(device_type) if device_type == "cuda" and width <= WIDEST_FUSED else _Recurrence


@cache
def _fused_on(device_type: str) -> type[torch.autograd.Function]:
    """The recurrence in one kernel, where Triton is installed and has the C compiler it needs; else `_Recurrence`."""
    try:
        from agents.parts.fused_recurrence import FusedRecurrence

        with torch.inference_mode(False), torch.enable_grad():  # both kernels are tried, whoever is the first to ask
            one = torch.ones((1, 1, 1), device=device_type, requires_grad=True)
            action = torch.zeros((1, 1), dtype=torch.long, device=device_type)
            codes, _ = FusedRecurrence.apply(one, one[None], action, True)
            torch.autograd.grad(codes.sum(), one)
    except Exception as error:  # of Triton, of the C compiler, or of what it does not find
        warnings.warn(f"Triton does not work here, so walks on the GPU go step by step, slowly: {error}", stacklevel=2)
        return _Recurrence
    return FusedRecurrence


def scan(
    start: Float[Tensor, "M B D"], transition: Float[Tensor, "A M D D"], actions: Int[Tensor, "B T"]
) -> tuple[Float[Tensor, "T+1 M B D"], Float[Tensor, "T M B"]]:
    """A linear recurrence in 2 sqrt(T) rounds instead of T: products within blocks, then block after block.

    The same as `_Recurrence` without rectification, for devices where many small launches cost more than arithmetic. On
    one CPU core it is eight times slower than the loop (104 against 13.6 ms for 16 walks of 128 steps, with gradients).
    """
    n_steps, width = actions.shape[1], start.shape[-1]
    block = max(1, math.isqrt(n_steps))
    padded = F.pad(actions, (0, -n_steps % block))
    matrices = transition[padded].unflatten(1, (-1, block)).permute(2, 1, 3, 0, 4, 5)  # (block, K, M, B, D, D)
    products, scales = [torch.eye(width, dtype=start.dtype, device=start.device).expand(matrices.shape[1:])], []
    for matrix in matrices:
        product = products[-1] @ matrix
        scales.append(torch.linalg.matrix_norm(product, keepdim=True).clamp_min(SMALLEST_LENGTH))
        products.append(product / scales[-1])  # or a long block of growing or shrinking steps would leave the floats
    within = torch.stack(products)  # (block + 1, K, M, B, D, D)
    begins = [start]
    for whole_block in within[-1]:
        begins.append(F.normalize((begins[-1][..., None, :] @ whole_block)[..., 0, :], dim=-1))
    moved = (torch.stack(begins[:-1])[None, ..., None, :] @ within)[
        ..., 0, :
    ]  # (block + 1, K, M, B, D), not normalised
    sizes = torch.linalg.vector_norm(moved, dim=-1).clamp_min(SMALLEST_LENGTH)
    codes = (moved / sizes[..., None])[1:].transpose(0, 1).flatten(0, 1)[:n_steps]
    lengths = sizes[1:] / sizes[:-1] * torch.stack(scales)[..., 0, 0]
    lengths = lengths.transpose(0, 1).flatten(0, 1)[:n_steps]
    return torch.cat([start[None], codes]), lengths


class _Recurrence(torch.autograd.Function):
    """normalise(sigma(e_t W_a)) over a walk, module by module, with its gradient by hand.

    Autograd records some fifteen small operations a step and sums the weights' gradient T times; here the backward pass
    has a handful of operations a step and sums once. Half the time of an update on the CPU.
    """

    @staticmethod
    def forward(
        ctx: Any,
        start: Float[Tensor, "M B D"],
        transition: Float[Tensor, "A M D D"],
        actions: Int[Tensor, "B T"],
        rectify: bool,
    ) -> tuple[Float[Tensor, "T+1 M B D"], Float[Tensor, "T M B"]]:
        n_steps = actions.shape[1]
        side_by_side = transition.permute(1, 2, 0, 3).flatten(2)
        rows = _rows_of(actions, len(transition))
        codes = start.new_empty(n_steps + 1, *start.shape)
        lengths = start.new_empty(n_steps, *start.shape[:2], 1)
        codes[0] = start
        for t in range(n_steps):
            moved = _try_all_keep_one(codes[t], side_by_side, rows[t])
            if rectify:
                moved = moved.relu_()
            lengths[t] = torch.linalg.vector_norm(moved, dim=-1, keepdim=True).clamp_min_(SMALLEST_LENGTH)
            torch.div(moved, lengths[t], out=codes[t + 1])
        ctx.save_for_backward(transition, actions, codes, lengths)
        ctx.rectify = rectify
        return codes, lengths.squeeze(-1).clone()

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, grads: Float[Tensor, "_ M B D"], grad_lengths: Float[Tensor, "T M B"]
    ) -> tuple[Tensor, Tensor, None, None]:
        transition, actions, codes, lengths = ctx.saved_tensors
        side_by_side = transition.permute(1, 3, 0, 2).flatten(2)
        rows = _rows_of(actions, len(transition))
        grad_moved = torch.empty_like(codes[1:])
        grad = grads[-1]
        for t in reversed(range(actions.shape[1])):
            # What is tangent to the sphere changes the code, what is radial changes its length.
            radial = (grad * codes[t + 1]).sum(dim=-1, keepdim=True) - lengths[t] * grad_lengths[t][..., None]
            torch.div(torch.addcmul(grad, radial, codes[t + 1], value=-1), lengths[t], out=grad_moved[t])
            if ctx.rectify:
                grad_moved[t] *= codes[t + 1] > 0
            grad = grads[t] + _try_all_keep_one(grad_moved[t], side_by_side, rows[t])
        before, after = (codes_.transpose(1, 2) for codes_ in (codes[:-1], grad_moved))  # (T, B, M, D)
        took = [action == actions.T for action in range(len(transition))]
        grad_transition = torch.stack([torch.einsum("smd,sme->mde", before[steps], after[steps]) for steps in took])
        return grad, grad_transition, None, None


def _rows_of(actions: Int[Tensor, "B T"], n_actions: int) -> Int[Tensor, "T B"]:
    """Where, among B x A tried moves, each walk's own action stands."""
    return actions.T + n_actions * torch.arange(len(actions), device=actions.device)


def _try_all_keep_one(
    codes: Float[Tensor, "M B D"], side_by_side: Float[Tensor, "M D AD"], rows: Int[Tensor, " B"]
) -> Float[Tensor, "M B D"]:
    """Every action is tried and one kept: gathering a matrix per walk instead is far slower."""
    return (codes @ side_by_side).view(len(codes), -1, codes.shape[2]).index_select(1, rows)
