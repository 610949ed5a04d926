"""Activation functions of feed-forward layers, among them the NMDA receptor's.

Kim, Kwon, Cha and Lee (2023), NeurIPS, "Transformer as a hippocampal memory consolidation model based on NMDAR-inspired
nonlinearity": NMDA_alpha(x) = x / (1 + alpha exp(-x)). The current through an NMDA receptor at membrane potential V is
V / (1 + [Mg2+] / K exp(-beta V)): magnesium blocks the channel until the cell is depolarised. So alpha stands for the
magnesium concentration, and without magnesium (alpha = 0) the receptor, and the function, are linear.
"""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class NMDA(nn.Module):
    """NMDA_alpha(x) = x / (1 + alpha exp(-x)) = x sigmoid(x - ln alpha).

    The identity for alpha <= 0, SiLU for alpha = 1. Its slope at 0 is 1 / (1 + alpha). Below 0 it falls to a minimum
    that is shallower the larger alpha is: -1.157 at -2.16 for .1, -.278 at -1.28 for 1, -.036 at -1.04 for 10.

    >>> NMDA(10.0)(torch.tensor([-1.0, 0.0, 5.0])).round(decimals=3)
    tensor([-0.0350, 0.0000, 4.6840])
    """

    def __init__(self, alpha: float) -> None:
        super().__init__()
        if not math.isfinite(alpha):
            raise ValueError(f"alpha must be finite, got {alpha}.")
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(x - math.log(self.alpha)) if self.alpha > 0 else x

    @property
    def slope(self) -> float:
        """At 0."""
        return 1 / (1 + max(self.alpha, 0.0))

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class Scaled(nn.Module):
    """A function times a constant."""

    def __init__(self, function: Callable[[Tensor], Tensor], factor: float) -> None:
        super().__init__()
        self.function, self.factor = function, factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * self.function(x)


# Functions, and their slopes at 0: of those with a corner there, the mean of the two sides.
COMMON: Mapping[str, tuple[Callable[[Tensor], Tensor], float]] = {
    "relu": (F.relu, 0.5),
    "gelu": (F.gelu, 0.5),
    "silu": (F.silu, 0.5),
    "leaky-relu": (F.leaky_relu, 0.505),
    "sigmoid": (torch.sigmoid, 0.25),
    "tanh": (torch.tanh, 1.0),
    "linear": (nn.Identity(), 1.0),
}
ACTIVATIONS = ("nmda", *COMMON)
# What a feed-forward layer hands on before anything is learnt: its tokens are normalised, and PyTorch draws the weights
# of a linear layer of N inputs uniformly within 1 / sqrt(N) of 0.
FIRST_VARIANCE = 1 / 3


def activation_of(
    name: str, alpha: float = 10.0, unit_slope: bool = False, unit_variance: bool = False
) -> Callable[[Tensor], Tensor]:
    """An activation function by its name.

    Args:
        name: one of `ACTIVATIONS`.
        alpha: of "nmda"; the others have none.
        unit_slope: multiply the output by a constant that makes the slope at 0 one. Weak inputs then have equal gain,
            and strong ones do not: NMDA of a large input is 1 + alpha times as large as it was.
        unit_variance: multiply it by a constant that makes the outputs vary as much as the inputs, as they do in a
            linear layer, where inputs are normal with the variance `FIRST_VARIANCE`.

    Raises:
        ValueError: if there is no function of that name, or both constants are asked for.
    """
    if unit_slope and unit_variance:
        raise ValueError("An activation is scaled to unit_slope or to unit_variance, not to both: leave out one.")
    if name not in ACTIVATIONS:
        raise ValueError(f"There is no activation {name!r}: use one of {', '.join(ACTIVATIONS)}.")
    if name == "nmda":
        nmda = NMDA(alpha)
        function, slope = nmda, nmda.slope
    else:
        function, slope = COMMON[name]
    if unit_variance:
        return Scaled(function, (FIRST_VARIANCE / variance_of(function)) ** 0.5)
    return Scaled(function, 1 / slope) if unit_slope else function


def variance_of(function: Callable[[Tensor], Tensor]) -> float:
    """The variance of a function of a normal variable of mean 0 and variance `FIRST_VARIANCE`."""
    x = torch.linspace(-10, 10, 20_001, dtype=torch.float64)  # in standard deviations
    density = (-x.square() / 2).exp()
    weights = density / density.sum()
    values = function(x * FIRST_VARIANCE**0.5)
    return (weights @ (values - weights @ values).square()).item()
