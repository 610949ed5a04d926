"""Path integration: the next abstract location from the last one and the action, e_{t+1} = sigma(e_t W_a)."""

from typing import Any, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

N_ACTIONS_BEFORE_START = 8
SMALLEST_LENGTH = 1e-12


class PathIntegrator(nn.Module):
    """A recurrent position code: one learned matrix per action, applied to the code as actions come in.

    The code is kept at unit length, since an unnormalised linear recurrence explodes (1e13 after 255 steps). A linear
    recurrence does not mind: the direction after many steps is the same, whenever the length is set.

    Args:
        n_actions: number of actions A.
        n_units: width N of the code.
        activation: "linear" or "relu", applied after every step.
    """

    def __init__(self, n_actions: int, n_units: int, activation: Literal["linear", "relu"]) -> None:
        super().__init__()
        self.activation = activation
        self.origin = nn.Parameter(torch.randn(n_units))
        self.transition = nn.Parameter(torch.empty(n_actions, n_units, n_units))
        for matrix in self.transition:
            nn.init.orthogonal_(matrix)

    def start(self, batch: int, generator: torch.Generator) -> Float[Tensor, "B N"]:
        """A code to start each walk from: the learned origin, a few random actions on.

        Were it the origin itself, nothing would hold that code to be the one with which a walk comes back: returns to
        the first node are rare, and were where most errors of such a model lay.
        """
        n_actions, device = len(self.transition), self.origin.device
        actions = torch.randint(n_actions, (batch, N_ACTIONS_BEFORE_START), generator=generator).to(device)
        return self.walk(F.normalize(self.origin, dim=-1).expand(batch, -1), actions)[1]

    def walk(
        self, position: Float[Tensor, "B N"], actions: Int[Tensor, "B T"]
    ) -> tuple[Float[Tensor, "B T N"], Float[Tensor, "B N"]]:
        """The codes of T steps, the first of which is `position`, and the code after the last action."""
        positions = _Recurrence.apply(position, self.transition, actions, self.activation == "relu")
        return positions[:, :-1], positions[:, -1]


class _Recurrence(torch.autograd.Function):
    """normalise(sigma(e_t W_a)) over a walk, with its gradient by hand.

    Autograd records some fifteen small operations a step and sums the weights' gradient T times; here the backward pass
    has a handful of operations a step and sums once. Half the time of an update on the CPU.
    """

    @staticmethod
    def forward(
        ctx: Any,
        start: Float[Tensor, "B N"],
        transition: Float[Tensor, "A N N"],
        actions: Int[Tensor, "B T"],
        rectify: bool,
    ) -> Float[Tensor, "B T+1 N"]:
        (batch, n_units), n_steps = start.shape, actions.shape[1]
        side_by_side = transition.permute(1, 0, 2).reshape(n_units, -1)
        rows = _rows_of(actions, len(transition))
        codes = start.new_empty(n_steps + 1, batch, n_units)
        lengths = start.new_empty(n_steps, batch, 1)
        codes[0] = start
        for t in range(n_steps):
            moved = _try_all_keep_one(codes[t], side_by_side, rows[t])
            if rectify:
                moved = moved.relu_()
            lengths[t] = torch.linalg.vector_norm(moved, dim=-1, keepdim=True).clamp_min_(SMALLEST_LENGTH)
            torch.div(moved, lengths[t], out=codes[t + 1])
        ctx.save_for_backward(transition, actions, codes, lengths)
        ctx.rectify = rectify
        return codes.transpose(0, 1)

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, grad_codes: Float[Tensor, "B _ N"]
    ) -> tuple[Tensor, Tensor, None, None]:
        transition, actions, codes, lengths = ctx.saved_tensors
        n_units, n_steps = codes.shape[-1], actions.shape[1]
        side_by_side = transition.permute(2, 0, 1).reshape(n_units, -1)
        rows = _rows_of(actions, len(transition))
        grads = grad_codes.transpose(0, 1)
        grad_moved = torch.empty_like(codes[1:])
        grad = grads[n_steps]
        for t in reversed(range(n_steps)):
            # Only what is tangent to the sphere changes a code of unit length.
            radial = (grad * codes[t + 1]).sum(dim=-1, keepdim=True)
            torch.div(torch.addcmul(grad, radial, codes[t + 1], value=-1), lengths[t], out=grad_moved[t])
            if ctx.rectify:
                grad_moved[t] *= codes[t + 1] > 0
            grad = grads[t] + _try_all_keep_one(grad_moved[t], side_by_side, rows[t])
        took = [action == actions.T for action in range(len(transition))]
        grad_transition = torch.stack([codes[:-1][steps].mT @ grad_moved[steps] for steps in took])
        return grad, grad_transition, None, None


def _rows_of(actions: Int[Tensor, "B T"], n_actions: int) -> Int[Tensor, "T B"]:
    """Where, among B x A tried moves, each walk's own action stands."""
    return actions.T + n_actions * torch.arange(len(actions), device=actions.device)


def _try_all_keep_one(
    codes: Float[Tensor, "B N"], side_by_side: Float[Tensor, "N AN"], rows: Int[Tensor, " B"]
) -> Float[Tensor, "B N"]:
    """Every action is tried and one kept: gathering a matrix per walk instead is far slower."""
    return (codes @ side_by_side).view(-1, codes.shape[1]).index_select(0, rows)
