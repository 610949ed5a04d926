"""Landmark correction: how far the position code moves towards the position that memory retrieves.

Whittington, Warren and Behrens (2022), ICLR, appendix: g = g^PI + f(g_ret, g^PI) (g_ret - g^PI). The form of f is left
open. Here it is TEM's (Whittington et al. 2020): networks say how sure memory and path integration are, and f is the
share of memory in their precisions.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

AT_FIRST = -4.0  # memories are of no use before anything is learnt: f = .018


class PrecisionShare(nn.Module):
    """f = p_ret / (p_ret + p_PI), unit by unit, where networks give the logarithms of both precisions."""

    def __init__(self, n_units: int, n_hidden: int) -> None:
        super().__init__()
        self.of_memory = _network(2 * n_units, n_hidden, n_units, AT_FIRST)
        self.of_path = _network(n_units, n_hidden, n_units, 0.0)

    def forward(self, retrieved: Float[Tensor, "B N"], position: Float[Tensor, "B N"]) -> Float[Tensor, "B N"]:
        of_memory = self.of_memory(torch.cat([retrieved, position], dim=-1))
        return (of_memory - self.of_path(position)).sigmoid()


def _network(n_in: int, n_hidden: int, n_out: int, at_first: float) -> nn.Sequential:
    """One hidden layer, and the same output for everything at first."""
    out = nn.Linear(n_hidden, n_out)
    nn.init.zeros_(out.weight)
    nn.init.constant_(out.bias, at_first)
    return nn.Sequential(nn.Linear(n_in, n_hidden), nn.ReLU(), out)
