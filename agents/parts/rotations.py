"""Rotations of queries and keys, by time (RoPE) or by the actions taken so far (MapFormer).

Su et al. (2021), arXiv 2104.09864, equation 34: each pair of units is a plane, rotated by an angle. The product of a
query and a key then depends on the difference of their angles alone. Rambaud, Mascarenhas and Lakretz (2025), arXiv
2511.19279: where the angle is the running sum of learned movements, that difference is the way walked.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

LONGEST_PERIOD = 10_000.0


class Movement(nn.Module):
    """By how much a token turns each plane of each head: omega W_out W_in x, with few dimensions in between.

    Args:
        n_units: width of tokens.
        n_heads: heads of attention.
        n_planes: planes of a head, half of its width.
        n_dimensions: numbers between W_in and W_out, one for each dimension of space.
        longest: steps of unit movement in which the slowest plane turns once, about the side of the world.
    """

    def __init__(self, n_units: int, n_heads: int, n_planes: int, n_dimensions: int, longest: float) -> None:
        super().__init__()
        self.to_movement = nn.Linear(n_units, n_dimensions, bias=False)
        self.to_planes = nn.Linear(n_dimensions, n_heads * n_planes, bias=False)
        falling = torch.arange(n_planes) / max(n_planes - 1, 1)
        self.frequencies = nn.Parameter((2 * math.pi * longest**-falling).repeat(n_heads, 1))

    def forward(self, tokens: Float[Tensor, "*B N"]) -> Float[Tensor, "*B H P"]:
        """Angles, to be summed along the walk."""
        return self.frequencies * self.to_planes(self.to_movement(tokens)).unflatten(-1, self.frequencies.shape)


def angles_of_time(times: Int[Tensor, " T"], n_planes: int) -> Float[Tensor, "T P"]:
    """Those of RoPE: the plane i turns by 10,000^(-i / P) a step."""
    return times[:, None] * LONGEST_PERIOD ** (-torch.arange(n_planes, device=times.device) / n_planes)


def rotate(vectors: Float[Tensor, "*B D"], angles: Float[Tensor, "*#B P"]) -> Float[Tensor, "*B D"]:
    """Turn the plane of units i and i + D / 2 by the angle i."""
    first, second = vectors.chunk(2, dim=-1)
    cosines, sines = angles.cos(), angles.sin()
    return torch.cat([first * cosines - second * sines, first * sines + second * cosines], dim=-1)
