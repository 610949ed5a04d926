"""Path integration: the next abstract location from the last one and the action, e_{t+1} = sigma(e_t W_a)."""

import math
from typing import Any, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

N_ACTIONS_BEFORE_START = 8
SMALLEST_LENGTH = 1e-12


class PathIntegrator(nn.Module):
    """A recurrent position code: one learned matrix per action and module, applied to the code as actions come in.

    The code is made of modules that do not talk to each other, like the modules of grid cells. Each is kept at one
    length, since an unnormalised linear recurrence explodes (1e13 after 255 steps). A linear recurrence does not mind:
    the direction after many steps is the same, whenever the length is set. Without modules the whole code ends on one
    or two plane waves, whichever grow fastest, and places far apart look alike.

    Args:
        n_actions: number of actions A.
        n_units: width N of the code.
        n_modules: M, a divisor of N; each module has D = N / M units.
        activation: "linear" or "relu", applied after every step.
    """

    def __init__(self, n_actions: int, n_units: int, n_modules: int, activation: Literal["linear", "relu"]) -> None:
        super().__init__()
        if n_units % n_modules:
            raise ValueError(f"{n_units} units cannot be split evenly into {n_modules} modules.")
        self.activation = activation
        self.n_modules = n_modules
        width = n_units // n_modules
        self.origin = nn.Parameter(torch.randn(n_modules, width))
        self.transition = nn.Parameter(torch.empty(n_actions, n_modules, width, width))
        for matrix in self.transition.flatten(0, 1):
            nn.init.orthogonal_(matrix)

    def start(self, batch: int, generator: torch.Generator) -> Float[Tensor, "B N"]:
        """A code to start each walk from: the learned origin, a few random actions on.

        Were it the origin itself, nothing would hold that code to be the one with which a walk comes back: returns to
        the first node are rare, and were where most errors of such a model lay.
        """
        n_actions, device = len(self.transition), self.origin.device
        actions = torch.randint(n_actions, (batch, N_ACTIONS_BEFORE_START), generator=generator).to(device)
        origin = F.normalize(self.origin, dim=-1).flatten() / math.sqrt(self.n_modules)
        return self.walk(origin.expand(batch, -1), actions)[1]

    def walk(
        self, position: Float[Tensor, "B N"], actions: Int[Tensor, "B T"]
    ) -> tuple[Float[Tensor, "B T N"], Float[Tensor, "B N"]]:
        """The codes of T steps, the first of which is `position`, and the code after the last action."""
        by_module = position.unflatten(1, (self.n_modules, -1)).transpose(0, 1)
        codes = _Recurrence.apply(
            by_module * math.sqrt(self.n_modules), self.transition, actions, self.activation == "relu"
        )
        positions = codes.permute(2, 0, 1, 3).flatten(2) / math.sqrt(self.n_modules)
        return positions[:, :-1], positions[:, -1]


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
    ) -> Float[Tensor, "T+1 M B D"]:
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
        return codes

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, grads: Float[Tensor, "_ M B D"]
    ) -> tuple[Tensor, Tensor, None, None]:
        transition, actions, codes, lengths = ctx.saved_tensors
        side_by_side = transition.permute(1, 3, 0, 2).flatten(2)
        rows = _rows_of(actions, len(transition))
        grad_moved = torch.empty_like(codes[1:])
        grad = grads[-1]
        for t in reversed(range(actions.shape[1])):
            # Only what is tangent to the sphere changes a code of unit length.
            radial = (grad * codes[t + 1]).sum(dim=-1, keepdim=True)
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
