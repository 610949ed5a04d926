"""A small network for each scale of a code, run as one."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ScaleNetwork(nn.Module):
    """A network of one hidden layer for each scale, run as one network with block-diagonal weights."""

    def __init__(
        self,
        n_in: Sequence[int],
        n_hidden: Sequence[int],
        n_out: Sequence[int],
        output_deviation: float | None = None,
    ) -> None:
        super().__init__()
        hidden = [nn.Linear(*sizes) for sizes in zip(n_in, n_hidden, strict=True)]
        output = [nn.Linear(*sizes) for sizes in zip(n_hidden, n_out, strict=True)]
        self.hidden, self.output = nn.ModuleList(hidden), nn.ModuleList(output)
        if output_deviation is not None:
            for layer in output:
                nn.init.normal_(layer.weight, std=output_deviation)
                nn.init.zeros_(layer.bias)

    def dense(self) -> "Callable[[Tensor, Callable[[Tensor], Tensor]], Tensor]":
        """The network as a function of its input and an activation, its weights put together once."""
        layers = [
            (
                torch.block_diag(*(part.get_parameter("weight") for part in parts)),
                torch.cat([part.get_parameter("bias") for part in parts]),
            )
            for parts in (self.hidden, self.output)
        ]
        (to_hidden, hidden_bias), (to_output, output_bias) = layers

        def network(inputs: Tensor, activation: Callable[[Tensor], Tensor]) -> Tensor:
            return F.linear(activation(F.linear(inputs, to_hidden, hidden_bias)), to_output, output_bias)

        return network
