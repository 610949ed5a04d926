"""How the minimal transformer and its slot-free variants read a sequence, and learn from it by hand-derived gradients.

Paper: Bhandarkar and McClelland (2025), "Neural computation without slots", arXiv 2511.04593, section 3 and appendix B.
Letters come in, then a query, then the answer, "lower" or "upper", is predicted.

| here | paper | |
|---|---|---|
| `queries`, `keys`, `values` | W_Q, W_K, W_V | slow weights, one column for each token |
| `answer` | y^ = W_HV a | what is reported and scored |
| `taught` | y_V = W_V x~ (S6) | what W_Q and W_V learn from |
| `model` | | how W_K learns: "baseline" (slots; S12), "fixed" (not), "mhn" (S7), "qk" (S8) |

Gradients are by hand (S11 to S17), summed over the batch; autograd is the oracle of the tests. W_Q and W_V step first;
"qk" then learns from the query that the stepped W_Q gives. Tokens of L letters: lower case 0..L-1, upper case L..2L-1,
queries 2L..3L-1; in a walk also the answers, 3L and 3L+1.

Departures: `gradient_inverse_temperature` is there because the baseline of the published figures was trained with a
gradient whose softmax has another temperature than the model (1 in place of 1 / sqrt d_k; the error is the model's),
which the authors have since put right.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from ..configs import MHNTransformerConfig
from .mhn_attention import Memory, recruit, through_softmax

N_ANSWERS = 2


class Weights(NamedTuple):
    """Slow weights of S networks, a column for each of d = 3L tokens."""

    queries: Float[Tensor, "S E d"]
    keys: Float[Tensor, "S E d"]
    values: Float[Tensor, "S V d"]


class Read(NamedTuple):
    """What S networks make of B sequences each."""

    memory: Memory
    query: Int[Tensor, "S B"]
    matches: Float[Tensor, "S B H"]
    attention: Float[Tensor, "S B H"]
    answer: Float[Tensor, "S B V"]
    reinstated: Float[Tensor, "S B d"]
    first_products: Float[Tensor, "S B H d"] | None
    collided: Bool[Tensor, "S B"]


def draw_weights(
    config: MHNTransformerConfig,
    n_letters: int,
    generators: Iterable[torch.Generator],
    dtype: torch.dtype = torch.float32,
) -> Weights:
    """First slow weights, a network for each generator (B.2.5): W_Q, W_K normal, W_V from U[0, 0.1]."""
    drawn = []
    for generator in generators:
        scale = config.key_scale / config.n_key**0.5
        shape = (config.n_key, 3 * n_letters)
        queries, keys = (scale * torch.randn(shape, generator=generator, dtype=dtype) for _ in range(2))
        values = 0.1 * torch.rand(N_ANSWERS, 3 * n_letters, generator=generator, dtype=dtype)
        drawn.append((queries, keys, values))
    return Weights(*(torch.stack(matrices) for matrices in zip(*drawn, strict=True)))


def read(
    config: MHNTransformerConfig,
    weights: Weights,
    first: Memory,
    context: Int[Tensor, "S B C"],
    query: Int[Tensor, "S B"],
) -> Read:
    """Take in the context, letter by letter, then attend with the query.

    Args:
        config: which model.
        weights: slow weights.
        first: fast weights before the sequence; the baseline, which has slots, leaves them aside.
        context: letters.
        query: what is asked.
    """
    products = weights.keys.mT @ weights.keys
    first_products = None
    if config.model == "baseline":
        slots = Memory(context, None, *(weights.values.new_zeros(*context.shape, n) for n in (N_ANSWERS, 0)))
        return attend(config, weights, slots, query, None, torch.zeros_like(query, dtype=torch.bool))
    if first.first_keys is not None:
        first_products = (first.first_keys.flatten(1, 2) @ weights.keys).view(*first.held.shape, -1)
    memory, collided = first, torch.zeros_like(query, dtype=torch.bool)
    for token in context.unbind(2):
        memory, taken = recruit(memory, token, products, first_products, config.projection_strength, config.recruitment)
        collided |= taken
    return attend(config, weights, memory, query, first_products, collided)


def attend(
    config: MHNTransformerConfig,
    weights: Weights,
    memory: Memory,
    query: Int[Tensor, "S B"],
    first_products: Tensor | None,
    collided: Bool[Tensor, "S B"],
) -> Read:
    """Ask the memory, as it is: equations 3, S6 and what is between."""
    network, n_tokens = torch.arange(len(query))[:, None], weights.keys.shape[2]
    with_tokens = (weights.queries.mT @ weights.keys)[network, query]
    with_first = None
    if memory.first_keys is not None:
        with_first = memory.first_keys.flatten(1, 2) @ weights.queries
        chosen = query[..., None, None].expand(*memory.held.shape, 1)
        with_first = with_first.view(*memory.held.shape, n_tokens).gather(3, chosen)[..., 0]
    matches = memory.match(with_tokens, with_first)
    if config.model == "baseline":  # an empty slot is not there, and without any letter there is nothing to attend to
        matches = matches.masked_fill(memory.untouched, -math.inf)
    attention = (config.inverse_temperature * matches).softmax(dim=2).nan_to_num(nan=0.0)
    to_tokens = memory.of_tokens(attention, n_tokens)
    answer, reinstated = to_tokens @ weights.values.mT, to_tokens
    if config.model != "baseline":
        answer = answer + memory.of_untouched(attention, memory.first_values)
        reinstated = to_tokens + memory.of_untouched(attention, memory.first_items)
    return Read(memory, query, matches, attention, answer, reinstated, first_products, collided)


def query_and_value_gradients(
    config: MHNTransformerConfig, weights: Weights, done: Read, target: Float[Tensor, "S B V"]
) -> tuple[Float[Tensor, "S E d"], Float[Tensor, "S E d"] | None, Float[Tensor, "S V d"]]:
    """Gradients of the summed squared error of y_V by W_Q and W_V, and of the baseline by W_K too (S11 to S15)."""
    memory, n_tokens = done.memory, weights.keys.shape[2]
    error = 2 * (done.reinstated @ weights.values.mT - target)
    beta, attention, reinstated = config.inverse_temperature, done.attention, done.reinstated
    if config.gradient_inverse_temperature is not None:
        beta = config.gradient_inverse_temperature
        attention = (beta * done.matches).softmax(dim=2)
        reinstated = memory.of_tokens(attention, n_tokens)
    values = error.mT @ reinstated
    by_token = error @ weights.values
    by_unit = by_token.gather(2, memory.held.clamp(min=0))
    if config.model != "baseline":
        by_unit = torch.where(memory.untouched, (memory.first_items @ by_token[..., None])[..., 0], by_unit)
    by_match = through_softmax(attention, by_unit, beta)
    asked = F.one_hot(done.query, n_tokens).to(by_match)
    crossed = memory.of_tokens(by_match, n_tokens).mT @ asked  # (S, d, d): tokens held by tokens asked for
    queries = weights.keys @ crossed
    if memory.first_keys is not None:
        queries = queries + memory.of_untouched(by_match, memory.first_keys).mT @ asked
    return queries, weights.queries @ crossed.mT if config.model == "baseline" else None, values


def key_gradient_mhn(
    config: MHNTransformerConfig, weights: Weights, done: Read, target: Float[Tensor, "S B V"]
) -> Float[Tensor, "S E d"]:
    """Of the summed squared error of y_K = W_HV softmax(beta W_KH W_K x~) (S7, S16); weights as when it was read."""
    memory, x = done.memory, done.reinstated
    with_first = None if done.first_products is None else (done.first_products @ x[..., None])[..., 0]
    matches = memory.match(x @ (weights.keys.mT @ weights.keys), with_first)
    attention = (config.inverse_temperature * matches).softmax(dim=2)
    to_tokens = memory.of_tokens(attention, x.shape[2])
    answer = to_tokens @ weights.values.mT + memory.of_untouched(attention, memory.first_values)
    error = 2 * (answer - target)
    by_unit = (error @ weights.values).gather(2, memory.held.clamp(min=0))
    by_unit = torch.where(memory.untouched, (memory.first_values @ error[..., None])[..., 0], by_unit)
    by_match = through_softmax(attention, by_unit, config.inverse_temperature)
    keys = weights.keys @ (memory.of_tokens(by_match, x.shape[2]).mT @ x)
    if memory.first_keys is not None:
        keys = keys + memory.of_untouched(by_match, memory.first_keys).mT @ x
    return keys


def key_gradient_qk(weights: Weights, done: Read) -> Float[Tensor, "S E d"]:
    """Of the squared distance between W_K x~ and the query (S8, S17), which is that of the W_Q in `weights`."""
    asked = F.one_hot(done.query, weights.keys.shape[2]).to(done.reinstated)
    return 2 * (weights.keys @ (done.reinstated.mT @ done.reinstated) - weights.queries @ (asked.mT @ done.reinstated))


def key_gradient(
    config: MHNTransformerConfig,
    weights: Weights,
    stepped: Weights,
    done: Read,
    target: Float[Tensor, "S B V"],
    of_baseline: Float[Tensor, "S E d"] | None,
) -> Float[Tensor, "S E d"] | None:
    """By W_K, as the model has it: from weights as they were read, and after W_Q and W_V have stepped."""
    if config.model == "mhn":
        return key_gradient_mhn(config, weights, done, target)
    return key_gradient_qk(stepped, done) if config.model == "qk" else of_baseline


def learn(
    config: MHNTransformerConfig, weights: Weights, done: Read, answer: Int[Tensor, "S B"], learning_rate: float
) -> Weights:
    """One step of plain gradient descent, of every network on its own sequences."""
    target = F.one_hot(answer, N_ANSWERS).to(weights.values)
    queries, keys, values = query_and_value_gradients(config, weights, done, target)
    stepped = weights._replace(
        queries=weights.queries - learning_rate * queries, values=weights.values - learning_rate * values
    )
    keys = key_gradient(config, weights, stepped, done, target, keys)
    if keys is None:
        return stepped
    return stepped._replace(keys=weights.keys - learning_rate * config.key_rate * keys)
