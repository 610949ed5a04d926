"""Equation S18: the gradient of W_V under uniform attention to all letters, on average over sequences."""

import torch
from jaxtyping import Float
from torch import Tensor


def case_targets(n_letters: int) -> Float[Tensor, "V letters"]:
    """What W_V is to hold for each letter: [1, 0] for lower case, [0, 1] for upper case."""
    lower = torch.tensor([[1.0], [0.0]]).expand(2, n_letters)
    return torch.cat([lower, 1 - lower], dim=1)


def expected_value_gradient(values: Float[Tensor, "*S V letters"], context: int) -> Float[Tensor, "*S V letters"]:
    """Of the squared error of one sequence, averaged over all sequences of C of L letters, attention 1 / C on each.

    A letter in either case is in the context with probability C / 2L. If it is, it is asked for with probability 1 / C;
    the other C - 1 letters are any but it and itself in the other case. So with y its case, V its column and M the mean
    column of the letters it can meet, column by column:

        (C / 2L) (2 / C^2) [(V - y) + (C - 1) (M - 1/2)]

    Args:
        values: columns of the 2 L letters, lower case first.
        context: C.
    """
    n_letters = values.shape[-1] // 2
    opposite = values.roll(n_letters, dims=-1)
    others = (values.sum(dim=-1, keepdim=True) - values - opposite) / max(2 * n_letters - 2, 1)
    pull = values - case_targets(n_letters).to(values) + (context - 1) * (others - 0.5)
    return pull / (n_letters * context)
