"""Path integration: the next abstract location from the last one and the action, e_{t+1} = sigma(e_t W_a)."""

import math
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .recurrence_choice import Size, fastest_way


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
        shape, where = (batch, self.n_actions_before_start), generator.device
        actions = torch.randint(n_actions, shape, generator=generator, device=where)
        actions = actions.to(device, non_blocking=True)  # the CPU need not wait for the GPU to have them
        return self.walk(self.normalise(self.origin.flatten()).expand(batch, -1), actions).next_position

    def walk(self, position: Float[Tensor, "B N"], actions: Int[Tensor, "B T"]) -> Walked:
        """Apply T actions to codes of unit length."""
        start = position.unflatten(1, (self.n_modules, -1)).transpose(0, 1) * math.sqrt(self.n_modules)
        n_walks, n_steps = actions.shape
        size = Size(len(self.transition), self.n_modules, n_walks, n_steps, start.shape[-1])
        codes, lengths = fastest_way(start.device, size, self.activation == "relu")(start, self.transition, actions)
        positions = codes.permute(2, 0, 1, 3).flatten(2) / math.sqrt(self.n_modules)
        return Walked(positions[:, :-1], positions[:, -1], lengths.permute(2, 0, 1))

    def normalise(self, position: Float[Tensor, "*B N"]) -> Float[Tensor, "*B N"]:
        """Every module at one length, the whole code at length 1."""
        by_module = position.unflatten(-1, (self.n_modules, -1))
        return F.normalize(by_module, dim=-1).flatten(-2) / math.sqrt(self.n_modules)
