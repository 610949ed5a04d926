"""Attention over fast Hebbian weights: the modern Hopfield network that replaces memory slots.

Paper: Bhandarkar and McClelland (2025), "Neural computation without slots", arXiv 2511.04593, section 3 and B.2.
S networks (seeds, usually) read B sequences each, all in one tensor program.

| here | paper | |
|---|---|---|
| `held` | rows of W_KH; columns of W_HV, W_HI | the token whose key, value and self a hidden unit has taken over |
| `first_keys`, `first_values`, `first_items` | the same, before | of hidden units that no token has taken |
| `projection_strength` | W_IH = strength [I; 0] | input that speaks for one hidden unit for each item |
| `attention` | a = softmax(beta W_KH q) | |
| `reinstated` | x~ = W_HI a | |

Equations S3 to S5 overwrite the winner's row and columns by the key, value and one-hot vector of the present token. So
a hidden unit holds one token whole or is as it was at first, and products with W_KH are looked up in products of
tokens: W_K^T W_K is (d, d) whatever the width of keys. It equals the matrices written out, to rounding.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

NOTHING = -1


class Memory(NamedTuple):
    """Fast weights of H hidden units after some tokens; keys are E wide, values V, tokens one of d."""

    held: Int[Tensor, "S B H"]
    first_keys: Float[Tensor, "S B H E"] | None  # None stands for zeros
    first_values: Float[Tensor, "S B H V"]
    first_items: Float[Tensor, "S B H d"]

    def to(self, device: torch.device) -> "Memory":
        keys = None if self.first_keys is None else self.first_keys.to(device)
        return Memory(self.held.to(device), keys, self.first_values.to(device), self.first_items.to(device))

    @property
    def untouched(self) -> Bool[Tensor, "S B H"]:
        """Hidden units that hold no token."""
        return self.held == NOTHING

    def match(self, with_tokens: Float[Tensor, "S B d"], with_first: Float[Tensor, "S B H"] | None) -> Tensor:
        """W_KH v, (S, B, H), from the products of v with the key of every token and with first keys."""
        of_held = with_tokens.gather(2, self.held.clamp(min=0))
        return torch.where(self.untouched, 0.0 if with_first is None else with_first, of_held)

    def of_tokens(self, by_unit: Float[Tensor, "S B H"], n_tokens: int) -> Float[Tensor, "S B d"]:
        """Numbers of hidden units, summed up by the token they hold."""
        held = by_unit.masked_fill(self.untouched, 0.0)
        return held.new_zeros(*held.shape[:2], n_tokens).scatter_add_(2, self.held.clamp(min=0), held)

    def of_untouched(self, by_unit: Float[Tensor, "S B H"], first: Float[Tensor, "S B H n"]) -> Float[Tensor, "S B n"]:
        """First weights of the hidden units that hold no token, weighted by their numbers."""
        return (by_unit.masked_fill(~self.untouched, 0.0)[..., None, :] @ first)[..., 0, :]


def first_weights(
    batch: int,
    n_hidden: int,
    widths: tuple[int, int, int],
    projected: bool,
    generators: Sequence[torch.Generator],
    dtype: torch.dtype,
) -> Memory:
    """Fresh fast weights for a batch of sequences of each generator's network (B.2.5).

    W_HV and W_HI from U[0, 1]; W_KH from U[0, 1/2], or 0 where items are projected.

    Args:
        batch: B.
        n_hidden: H.
        widths: of keys, values and items.
        projected: whether there are input projections.
        generators: S of them.
        dtype: of the weights.
    """
    n_key, n_values, n_tokens = widths
    drawn = [n_values, n_tokens] if projected else [n_values, n_tokens, n_key]
    n_slots = batch * n_hidden
    numbers = torch.empty(len(generators), -(-n_slots * sum(drawn) // 4), dtype=torch.int64)
    for row, generator in zip(numbers, generators, strict=True):
        row.random_(-(2**63), None, generator=generator)
    # Four numbers from each draw of 64 bits: uniform on 65,536 values, at a third of the time.
    parts = numbers.view(torch.int16)[:, : n_slots * sum(drawn)].split([n_slots * width for width in drawn], dim=1)
    values, items, *keys = (
        part.to(dtype).add_(2**15 + 0.5).mul_(2**-16).view(len(generators), batch, n_hidden, -1) for part in parts
    )
    held = torch.full((len(generators), batch, n_hidden), NOTHING)
    return Memory(held, keys[0].mul_(0.5) if keys else None, values, items)


def recruit(
    memory: Memory,
    token: Int[Tensor, "S B"],
    key_products: Float[Tensor, "S d d"],
    first_products: Float[Tensor, "S B H d"] | None,
    projection_strength: float,
    recruitment: str,
) -> tuple[Memory, Bool[Tensor, "S B"]]:
    """Let one hidden unit take over the token: the one most driven by its key and its projection (S9), or by it alone.

    Args:
        memory: of the sequence so far.
        token: what comes in.
        key_products: W_K^T W_K.
        first_products: first keys times W_K; None if they are zero.
        projection_strength: of the input that item i has to hidden unit i; 0 for none.
        recruitment: by "key", or by "item": item i goes to hidden unit i modulo H.

    Returns:
        The memory, and whether the hidden unit held another token before: a collision.
    """
    n_hidden = memory.held.shape[2]
    if recruitment == "item":
        winner = token % n_hidden
    else:
        with_tokens = key_products[torch.arange(len(token))[:, None], token]
        with_first = first_products
        if with_first is not None:
            with_first = with_first.gather(3, token[..., None, None].expand(-1, -1, n_hidden, 1))[..., 0]
        drive = memory.match(with_tokens, with_first)
        if projection_strength:
            projected = drive.new_full((), projection_strength).expand(*token.shape, 1)
            drive = drive.scatter_add(2, token[..., None], projected)
        winner = drive.argmax(dim=2)
    before = memory.held.gather(2, winner[..., None])[..., 0]
    held = memory.held.scatter(2, winner[..., None], token[..., None])
    return memory._replace(held=held), before != NOTHING


def through_softmax(
    attention: Float[Tensor, "S B H"], gradient: Float[Tensor, "S B H"], inverse_temperature: float
) -> Float[Tensor, "S B H"]:
    """The gradient before the softmax: beta J(a) g with J(a) = diag(a) - a a^T."""
    weighted = attention * gradient
    return inverse_temperature * (weighted - attention * weighted.sum(dim=2, keepdim=True))
