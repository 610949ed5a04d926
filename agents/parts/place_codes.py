"""Position codes of the NMDA transformer: where the actions since the start have led.

A code walks (`walk`) in its own coordinates and shows them to the network (`shown`). Both are followed from the actions
alone; where a walk starts, and on which map, a code does not know.
"""

import math
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

PERIODS = (3.0, 48.0)  # steps: the shortest and the longest wave
_HALF, _HEIGHT = 0.5, math.sqrt(3) / 2
MOVES = {
    "square": ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 0.0)),
    "hexagonal": (
        *((1.0, 0.0), (_HALF, _HEIGHT), (-_HALF, _HEIGHT), (-1.0, 0.0), (-_HALF, -_HEIGHT), (_HALF, -_HEIGHT)),
        (0.0, 0.0),
    ),
}


class RotationCode(nn.Module):
    """The exact sum of the moves, shown as cosines and sines of plane waves along both axes: an action rotates them.

    Args:
        n_actions: as many as the lattice has, or one less, without standing still.
        n_units: waves along each axis take a quarter each of cosines and of sines.
        lattice: whose moves the actions are: those of `hippo/Rectangle-v0` or `hippo/Hexagonal-v0`, in their order.
    """

    moves: Float[Tensor, "A 2"]
    frequencies: Float[Tensor, " F"]

    def __init__(self, n_actions: int, n_units: int, lattice: Literal["square", "hexagonal"]) -> None:
        super().__init__()
        if lattice not in MOVES:
            raise ValueError(f"A lattice is one of {', '.join(MOVES)}, got {lattice!r}.")
        moves = MOVES[lattice]
        if n_actions not in (len(moves), len(moves) - 1):
            raise ValueError(
                f"The actions of a {lattice} lattice are {len(moves)}, or {len(moves) - 1} without standing still, "
                f"got {n_actions}: elsewhere use position='learned'."
            )
        if n_units < 4 or n_units % 4:
            raise ValueError(f"A rotation code has a multiple of 4 units, got {n_units}.")
        shortest, longest = (math.log(period) for period in PERIODS)
        periods = torch.linspace(shortest, longest, n_units // 4).exp()
        self.register_buffer("moves", torch.tensor(moves[:n_actions]), persistent=False)
        self.register_buffer("frequencies", 2 * math.pi / periods, persistent=False)

    def start(self, batch: int, generator: torch.Generator) -> Float[Tensor, "B 2"]:
        """Where a walk starts is where coordinates count from."""
        return self.moves.new_zeros(batch, 2)

    def walk(
        self, place: Float[Tensor, "B 2"], actions: Int[Tensor, "B T"]
    ) -> tuple[Float[Tensor, "B T 2"], Float[Tensor, "B 2"]]:
        """The places before each of T actions, and the place after the last."""
        places = torch.cat([place[:, None], place[:, None] + self.moves[actions].cumsum(dim=1)], dim=1)
        return places[:, :-1], places[:, -1]

    def shown(self, places: Float[Tensor, "*B 2"]) -> Float[Tensor, "*B N"]:
        """Phases of all waves as cosines and sines."""
        phases = (places[..., None] * self.frequencies).flatten(-2)
        return torch.cat([phases.cos(), phases.sin()], dim=-1)


class LearnedCode(nn.Module):
    """A learned recurrence, h' = tanh(h + h W_a), from a random start; W_a starts at 0, so h at first stands still."""

    def __init__(self, n_actions: int, n_units: int) -> None:
        super().__init__()
        self.transition = nn.Parameter(torch.zeros(n_actions, n_units, n_units))

    def start(self, batch: int, generator: torch.Generator) -> Float[Tensor, "B N"]:
        """N(0, 1 / N) for every unit, drawn anew for each walk."""
        n_units = self.transition.shape[1]
        noise = torch.randn(batch, n_units, generator=generator, device=generator.device)
        return noise.to(self.transition) / math.sqrt(n_units)

    def walk(
        self, place: Float[Tensor, "B N"], actions: Int[Tensor, "B T"]
    ) -> tuple[Float[Tensor, "B T N"], Float[Tensor, "B N"]]:
        """The codes before each of T actions, and the code after the last."""
        places = []
        rows = torch.arange(len(actions), device=actions.device)
        for action in actions.unbind(1):
            places.append(place)
            # All actions for all walks, then each walk's own: far faster than a matrix gathered for every walk.
            place = torch.tanh(place + torch.einsum("bn,anm->bam", place, self.transition)[rows, action])
        return torch.stack(places, dim=1), place

    def shown(self, places: Float[Tensor, "*B N"]) -> Float[Tensor, "*B N"]:
        """As it is."""
        return places
