"""How attention gets to know where: position codes of queries and keys, for one and the same transformer.

The token of a step says what was seen and which action followed. Its key is about where it was seen, its query about
where the action led. So a code gives two positions for each step, `departed` and `arrived`, and puts a vector at one of
them: turned by its angles, or lengthened by a vector that matches that of the same place.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from ..configs import TransformerConfig
from .given_places import N_PLACES, told
from .path_integration import PathIntegrator
from .rotations import Movement, angles_of_time, rotate

N_DIMENSIONS, LONGEST = 2, 32.0  # of the movement: see `Movement`


class Followed(NamedTuple):
    """Positions before and after each of T actions, and the state after the last."""

    departed: Float[Tensor, "#B T *P"]
    arrived: Float[Tensor, "#B T *P"]
    after: Float[Tensor, "B S"]


class PositionCode(nn.Module):
    """No position at all: what the other codes have in common.

    Args:
        n_actions: A.
        config: sizes of the transformer.
    """

    def __init__(self, n_actions: int, config: TransformerConfig) -> None:
        super().__init__()
        self.n_actions, self.n_heads = n_actions, config.n_heads
        self.n_before = config.n_units // config.n_heads  # width of a head
        self.width = self.n_before  # of its queries and keys once they are at a position

    def plain(self, actions: Int[Tensor, "B T"]) -> Int[Tensor, "B T"]:
        """The actions alone, below A."""
        return actions

    def start(self, batch: int, generator: torch.Generator, like: Tensor) -> Float[Tensor, "B S"]:
        """The state before a walk, with all of its randomness, on the device of another tensor."""
        return like.new_zeros(batch, 0)

    def follow(self, state: Float[Tensor, "B S"], actions: Int[Tensor, "B T"], n_before: int) -> Followed:
        """Positions along T actions, the first of which is number `n_before` of its walk."""
        nowhere = state.new_zeros(*actions.shape, 0)
        return Followed(nowhere, nowhere, state)

    def place(self, vectors: Float[Tensor, "B H T D"], position: Float[Tensor, "B T *P"]) -> Float[Tensor, "B H T _"]:
        """Queries or keys at a position."""
        return vectors


class Turned(PositionCode):
    """RoPE: queries and keys are turned by time."""

    def follow(self, state: Float[Tensor, "B S"], actions: Int[Tensor, "B T"], n_before: int) -> Followed:
        times = torch.arange(n_before, n_before + actions.shape[1] + 1, device=actions.device)
        angles = angles_of_time(times, self.n_before // 2).to(state)[None, :, None]
        return Followed(angles[:, :-1], angles[:, 1:], state)

    def place(
        self, vectors: Float[Tensor, "B H T D"], position: Float[Tensor, "#B T #H P"]
    ) -> Float[Tensor, "B H T _"]:
        return rotate(vectors, position.transpose(1, 2))


class TurnedByActions(Turned):
    """MapFormer's: turned by the sum of learned movements, one for each action."""

    def __init__(self, n_actions: int, config: TransformerConfig) -> None:
        super().__init__(n_actions, config)
        self.embed_action = nn.Embedding(n_actions, config.n_units)
        self.movement = Movement(config.n_units, self.n_heads, self.n_before // 2, N_DIMENSIONS, LONGEST)

    def start(self, batch: int, generator: torch.Generator, like: Tensor) -> Float[Tensor, "B S"]:
        return like.new_zeros(batch, self.movement.frequencies.numel())

    def follow(self, state: Float[Tensor, "B S"], actions: Int[Tensor, "B T"], n_before: int) -> Followed:
        moved = self.movement(self.embed_action.weight)[actions].flatten(2)
        sums = torch.cat([state[:, None], state[:, None] + moved.cumsum(dim=1)], dim=1)
        angles = sums.unflatten(2, (self.n_heads, -1))
        return Followed(angles[:, :-1], angles[:, 1:], sums[:, -1])


class Matched(PositionCode):
    """Queries and keys are lengthened by keys of place, from one matrix for both, as TEM-t has them (its eq. 2)."""

    def __init__(self, n_actions: int, config: TransformerConfig) -> None:
        super().__init__(n_actions, config)
        self.to_key = nn.Linear(config.n_place, config.n_units, bias=False)
        self.sharpness = nn.Parameter(torch.full((config.n_heads, 1, 1), 2.0))
        self.width = 2 * self.n_before

    def place(self, vectors: Float[Tensor, "B H T D"], position: Float[Tensor, "B T P"]) -> Float[Tensor, "B H T _"]:
        keys = self.to_key(F.layer_norm(position, position.shape[-1:])).unflatten(2, (self.n_heads, -1))
        return torch.cat([vectors, self.sharpness * keys.transpose(1, 2)], dim=-1)


class MatchedByActions(Matched):
    """TEM-t's: a code that each action multiplies by a learned matrix."""

    def __init__(self, n_actions: int, config: TransformerConfig) -> None:
        super().__init__(n_actions, config)
        self.path_integrator = PathIntegrator(
            n_actions, config.n_place, config.n_modules, "linear", config.n_actions_before_start
        )

    def start(self, batch: int, generator: torch.Generator, like: Tensor) -> Float[Tensor, "B S"]:
        return self.path_integrator.start(batch, generator)

    def follow(self, state: Float[Tensor, "B S"], actions: Int[Tensor, "B T"], n_before: int) -> Followed:
        walked = self.path_integrator.walk(state, actions)
        arrived = torch.cat([walked.positions[:, 1:], walked.next_position[:, None]], dim=1)
        return Followed(walked.positions, arrived, walked.next_position)


class MatchedAsTold(Matched):
    """A control: every place has a random vector that never changes, and the walk tells which place it is."""

    codes: Float[Tensor, "M P"]

    def __init__(self, n_actions: int, config: TransformerConfig) -> None:
        super().__init__(n_actions, config)
        seeded = torch.Generator().manual_seed(0)
        codes = torch.randn(N_PLACES, config.n_place, generator=seeded, device=seeded.device)
        self.register_buffer("codes", codes.to(self.to_key.weight), persistent=False)

    def plain(self, actions: Int[Tensor, "B T"]) -> Int[Tensor, "B T"]:
        return actions % self.n_actions

    def follow(self, state: Float[Tensor, "B S"], actions: Int[Tensor, "B T"], n_before: int) -> Followed:
        _, departed, arrived = told(actions, self.n_actions)
        return Followed(self.codes[departed], self.codes[arrived], state)


CODES: dict[str, type[PositionCode]] = {
    "none": PositionCode,
    "sinusoids": PositionCode,  # which are added to the tokens
    "rope": Turned,
    "angles": TurnedByActions,
    "matrices": MatchedByActions,
    "given": MatchedAsTold,
}
