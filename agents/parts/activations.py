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


def activation_of(name: str, alpha: float = 10.0, unit_slope: bool = False) -> Callable[[Tensor], Tensor]:
    """An activation function by its name.

    Args:
        name: one of `ACTIVATIONS`.
        alpha: of "nmda"; the others have none.
        unit_slope: scale the output so that the slope at 0 is 1. Functions of different slope learn at different rates
            for that alone; scaled, what is left to differ is their shape.

    Raises:
        ValueError: if there is no function of that name.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"There is no activation {name!r}: use one of {', '.join(ACTIVATIONS)}.")
    if name == "nmda":
        nmda = NMDA(alpha)
        function, slope = nmda, nmda.slope
    else:
        function, slope = COMMON[name]
    return Scaled(function, 1 / slope) if unit_slope else function
