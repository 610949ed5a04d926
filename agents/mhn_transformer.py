"""The minimal transformer and its slot-free variants, as agents that step through a Case Sequence.

Paper: Bhandarkar and McClelland (2025), "Neural computation without slots", arXiv 2511.04593, section 3. What they
compute is in `agents.parts.mhn_learning`, for many networks at once; an agent is one network with the contract of all
others. It predicts the answer to the query it has heard: logits of the two answers are its output y^, others are out of
question, so a prediction before the query says nothing.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .base import Agent, Batch
from .configs import MHNTransformerConfig
from .parts.mhn_attention import NOTHING, Memory, first_weights, recruit
from .parts.mhn_learning import (
    N_ANSWERS,
    Read,
    Weights,
    attend,
    draw_weights,
    key_gradient,
    query_and_value_gradients,
    read,
)

QK = MHNTransformerConfig()
LEAST = -1e4  # the logit of what is never predicted


class MHNTransformerState(NamedTuple):
    """What hidden units hold, their first fast weights, and the query, if it has come."""

    held: Int[Tensor, "B H"]
    first_keys: Float[Tensor, "B H _"]
    first_values: Float[Tensor, "B H V"]
    first_items: Float[Tensor, "B H d"]
    query: Int[Tensor, " B"]


class MHNTransformer(Agent[MHNTransformerState]):
    """Store each letter in fast weights, attend with the query, answer; learn by hand gradients.

    The baseline has a slot for each letter in either case. Its learning rates and the order of its steps are those of
    `agents.parts.mhn_learning.learn`, which it equals if the optimiser is plain gradient descent.

    Args:
        n_observations: 3 L + 2 tokens.
        n_actions: of no use here.
        config: which model.

    Raises:
        ValueError: if the tokens are not those of a Case Sequence, or the model has too few hidden units for them.
    """

    def __init__(self, n_observations: int, n_actions: int, config: MHNTransformerConfig = QK) -> None:
        super().__init__()
        if n_observations < 3 + N_ANSWERS or (n_observations - N_ANSWERS) % 3:
            raise ValueError(f"A Case Sequence of L letters has 3 L + 2 tokens, 5 or more, got {n_observations}.")
        self.n_letters = (n_observations - N_ANSWERS) // 3
        config.check(self.n_letters)
        self.config = config
        self.n_slots = 2 * self.n_letters if config.model == "baseline" else config.n_hidden
        drawn = draw_weights(config, self.n_letters, [torch.default_generator])
        self.queries, self.keys, self.values = (nn.Parameter(matrix[0]) for matrix in drawn)

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> MHNTransformerState:
        generator = generator or torch.Generator().manual_seed(0)
        first = self._first(batch, generator)
        keys = first.first_values[..., :0] if first.first_keys is None else first.first_keys
        no_query = torch.full((batch,), NOTHING, device=self.keys.device)
        return MHNTransformerState(first.held[0], keys[0], first.first_values[0], first.first_items[0], no_query)

    def predict(self, state: MHNTransformerState) -> Float[Tensor, "B K"]:
        weights = self._weights()
        query = state.query.clamp(min=2 * self.n_letters)[None]
        done = attend(self.config, weights, _memory(state), query, None, torch.zeros_like(query, dtype=torch.bool))
        return F.pad(done.answer[0], (3 * self.n_letters, 0), value=LEAST)

    def observe(
        self, state: MHNTransformerState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]
    ) -> MHNTransformerState:
        weights, memory = self._weights(), _memory(state)
        is_letter = observation < 2 * self.n_letters
        is_query = ~is_letter & (observation < 3 * self.n_letters)
        token = observation.clamp(max=3 * self.n_letters - 1)[None]
        first_products = None if memory.first_keys is None else memory.first_keys @ weights.keys[:, None]
        strength = self.config.projection_strength
        recruitment = "item" if self.config.model == "baseline" else self.config.recruitment
        letters = torch.where(is_letter, token, 0)
        after, _ = recruit(memory, letters, weights.keys.mT @ weights.keys, first_products, strength, recruitment)
        held = torch.where(is_letter[:, None], after.held[0], state.held)
        return state._replace(held=held, query=torch.where(is_query, token[0], state.query))

    def losses(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """The squared error of the answer, a mean over sequences, and the share of sequences with a collision."""
        done, target = self._read(batch, generator)
        error = (done.answer - target).square().sum(dim=2).mean()
        return {"squared_error": error, "collisions": done.collided.to(error).mean()}

    def update(
        self,
        batch: Batch,
        optimiser: torch.optim.Optimizer,
        progress: float,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """W_Q and W_V step, then W_K does, each along its gradient by hand."""
        with torch.no_grad():
            before = self._weights()._replace(keys=self.keys.clone()[None], values=self.values.clone()[None])
            done, target = self._read(batch, generator)
            queries, of_baseline, values = query_and_value_gradients(self.config, before, done, target)
            optimiser.zero_grad(set_to_none=True)
            self.queries.grad, self.values.grad = queries[0], values[0]
            optimiser.step()
            keys = key_gradient(self.config, before, self._weights(), done, target, of_baseline)
            optimiser.zero_grad(set_to_none=True)
            if keys is not None:
                self.keys.grad = self.config.key_rate * keys[0]
                optimiser.step()
            error = (done.answer - target).square().sum(dim=2).mean()
        return {"squared_error": error, "collisions": done.collided.to(error).mean()}

    def _read(self, batch: Batch, generator: torch.Generator | None) -> tuple[Read, Float[Tensor, "1 B V"]]:
        first = self._first(len(batch.observations), generator or torch.Generator().manual_seed(0))
        context, query, answer = (part[None] for part in batch.observations.tensor_split((-2, -1), dim=1))
        target = F.one_hot(answer[..., 0] - 3 * self.n_letters, N_ANSWERS).to(self.values)
        return read(self.config, self._weights(), first, context, query[..., 0]), target

    def _first(self, batch: int, generator: torch.Generator) -> Memory:
        widths = (self.config.n_key, N_ANSWERS, 3 * self.n_letters)
        projected = self.config.projected or self.config.model == "baseline"
        drawn = first_weights(batch, self.n_slots, widths, projected, [generator], self.keys.dtype)
        return drawn.to(self.keys.device)

    def _weights(self) -> Weights:
        return Weights(self.queries[None], self.keys[None], self.values[None])


def _memory(state: MHNTransformerState) -> Memory:
    keys = state.first_keys[None] if state.first_keys.shape[2] else None
    return Memory(state.held[None], keys, state.first_values[None], state.first_items[None])
