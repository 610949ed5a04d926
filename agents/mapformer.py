"""MapFormer: attention that integrates the path by sums of angles, all steps at once.

Paper: Rambaud, Mascarenhas and Lakretz (2025), "MapFormer", arXiv 2511.19279. Tokens are o_1, a_1, o_2, a_2, ...; the
next symbol is read at action tokens.

| here | paper | |
|---|---|---|
| `movement` | Delta_t = omega W_out W_in x_t | by how much a token turns each plane of each head |
| `turned` | theta_t | the sum of Delta up to the token: path integration, a cumulative sum |
| `rotate` | R(theta_t) | one rotation a plane, as in RoPE with time |
| `origin` | p_0 | for EM: where a walk starts, one learned vector a head |
| "working" | MapFormer-WM | softmax of (R(theta_t) q_t) (R(theta_s) k_s)^T / sqrt d |
| "episodic" | MapFormer-EM | softmax of A_X A_P, element by element |
| `by_content` | A_X | q_t k_s^T / sqrt d |
| `by_place` | A_P | (R(theta_t) p_0) (R(theta_s) p_0)^T / sqrt d |

Rotations in planes commute, so no sum of angles tells parent-then-child from child-then-parent: a family tree cannot be
held. TEM-t multiplies matrices, which need not commute.

Departures:
- Symbols and actions have an embedding each, which together are the paper's one vocabulary.
- In one layer only the outputs of action tokens are read, so only they ask and have a feed-forward layer. What is
  attended to is all tokens.
- No dropout, which on attention hurts in long walks, and a smaller model, trained for fewer updates with a higher rate.
- Before the first action there is no token to ask, so the first prediction is a learned vector.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .base import Agent, Prediction
from .configs import MapFormerConfig
from .parts.rotations import Movement, rotate
from .sizes import at_least

QUERIES_AT_ONCE = 128  # of EM, whose scores take memory of this times the number of tokens


class MapFormerState(NamedTuple):
    """How far each plane has turned, M tokens, and what the last of them says of the next observation."""

    turned: Float[Tensor, "B H P"]
    keys: Float[Tensor, "B H M E"]
    values: Float[Tensor, "B H M D"]
    output: Float[Tensor, "B N"]


class MapFormer(Agent[MapFormerState]):
    """Sum the movements of tokens, attend by where they were, read out."""

    def __init__(self, n_observations: int, n_actions: int, config: MapFormerConfig = MapFormerConfig()) -> None:
        super().__init__()
        _check(config)
        self.config = config
        n_units, self.n_planes = config.n_units, config.n_units // config.n_heads // 2
        self.embed_observation = nn.Embedding(n_observations, n_units)
        self.embed_action = nn.Embedding(n_actions, n_units)
        self.movement = Movement(n_units, config.n_heads, self.n_planes, config.n_dimensions, config.longest)
        self.attention_norm = nn.LayerNorm(n_units)
        self.to_query = nn.Linear(n_units, n_units, bias=False)
        self.to_key_value = nn.Linear(n_units, 2 * n_units, bias=False)
        self.from_values = nn.Linear(n_units, n_units, bias=False)
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(n_units), nn.Linear(n_units, config.n_hidden), nn.GELU(), nn.Linear(config.n_hidden, n_units)
        )
        self.first_output = nn.Parameter(torch.zeros(n_units))
        self.readout = nn.Sequential(nn.LayerNorm(n_units), nn.Linear(n_units, n_observations))
        if config.memory == "episodic":
            self.origin = nn.Parameter(torch.randn(config.n_heads, 1, 2 * self.n_planes))

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> MapFormerState:
        n_heads, width = self.config.n_heads, 2 * self.n_planes
        of_key = 2 * width if self.config.memory == "episodic" else width
        return MapFormerState(
            turned=self.first_output.new_zeros(batch, n_heads, self.n_planes),
            keys=self.first_output.new_zeros(batch, n_heads, 0, of_key),
            values=self.first_output.new_zeros(batch, n_heads, 0, width),
            output=self.first_output.expand(batch, -1),
        )

    def predict(self, state: MapFormerState) -> Float[Tensor, "B K"]:
        return self.readout(state.output)

    def observe(
        self, state: MapFormerState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]
    ) -> MapFormerState:
        return self.forward(observation[:, None], action[:, None], state).state

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: MapFormerState
    ) -> Prediction[MapFormerState]:
        symbols, moves = self.embed_observation(observations), self.embed_action(actions)
        tokens = torch.stack([symbols, moves], dim=2).flatten(1, 2)
        turned = state.turned[:, None] + self.movement(tokens).cumsum(dim=1)
        keys, values = self.remember(state, tokens, turned)
        asked = self.recall(moves, turned[:, 1::2], keys, values)
        outputs = torch.cat([state.output[:, None], asked + self.feed_forward(asked)], dim=1)
        arrived = torch.cat([state.turned[:, None], turned[:, 1:-1:2]], dim=1).flatten(2)
        activity = {"position": torch.cat([arrived.cos(), arrived.sin()], dim=2), "output": outputs[:, :-1]}
        after = MapFormerState(turned[:, -1], keys, values, outputs[:, -1])
        return Prediction(self.readout(outputs[:, :-1]), activity, after)

    def remember(
        self, state: MapFormerState, tokens: Float[Tensor, "B S N"], turned: Float[Tensor, "B S H P"]
    ) -> tuple[Float[Tensor, "B H M E"], Float[Tensor, "B H M D"]]:
        """Keys and values of all tokens so far, S new ones included."""
        keys, values = self._by_head(self.to_key_value(self.attention_norm(tokens))).chunk(2, dim=1)
        return (
            torch.cat([state.keys, self._placed(keys, turned)], dim=2),
            torch.cat([state.values, values], dim=2),
        )

    def recall(
        self,
        tokens: Float[Tensor, "B T N"],
        turned: Float[Tensor, "B T H P"],
        keys: Float[Tensor, "B H M E"],
        values: Float[Tensor, "B H M D"],
    ) -> Float[Tensor, "B T N"]:
        """The last T action tokens, each having attended to all tokens up to itself."""
        queries = self._placed(self._by_head(self.to_query(self.attention_norm(tokens))), turned)
        seen = _up_to_each_action(tokens.shape[1], keys)
        if self.config.memory == "working":
            recalled = F.scaled_dot_product_attention(queries, keys, values, attn_mask=seen)
        else:
            some = zip(queries.split(QUERIES_AT_ONCE, dim=2), seen.split(QUERIES_AT_ONCE), strict=True)
            recalled = torch.cat([_by_content_and_place(*each, keys, values) for each in some], dim=2)
        return tokens + self.from_values(recalled.transpose(1, 2).flatten(2))

    def _placed(self, vectors: Float[Tensor, "B H S D"], turned: Float[Tensor, "B S H P"]) -> Float[Tensor, "B H S E"]:
        """Queries or keys with their place: turned by it, or, for EM, beside the origin turned by it."""
        angles = turned.transpose(1, 2)
        if self.config.memory == "working":
            return rotate(vectors, angles)
        return torch.cat([vectors, rotate(self.origin.expand_as(vectors), angles)], dim=-1)

    def _by_head(self, vectors: Float[Tensor, "B S _"]) -> Float[Tensor, "B _ S D"]:
        return vectors.unflatten(2, (-1, 2 * self.n_planes)).transpose(1, 2)


def _by_content_and_place(
    queries: Float[Tensor, "B H T E"],
    seen: Bool[Tensor, "T M"],
    keys: Float[Tensor, "B H M E"],
    values: Float[Tensor, "B H M D"],
) -> Float[Tensor, "B H T D"]:
    """The attention of EM: softmax of A_X A_P."""
    (queries_content, queries_place), (keys_content, keys_place) = queries.chunk(2, dim=-1), keys.chunk(2, dim=-1)
    by_content, by_place = queries_content @ keys_content.mT, queries_place @ keys_place.mT
    return (by_content * by_place / values.shape[-1]).masked_fill(~seen, -torch.inf).softmax(dim=-1) @ values


def _up_to_each_action(n_steps: int, keys: Float[Tensor, "B H M E"]) -> Bool[Tensor, "T M"]:
    """Of M tokens, of which the last 2 T are those of T steps: which come before an action, or are it."""
    token = torch.arange(keys.shape[2], device=keys.device)
    return token <= token[-2 * n_steps :][1::2, None]


def _check(config: MapFormerConfig) -> None:
    """Refuse sizes that make no sense."""
    at_least(config, 1, "n_units", "n_heads", "n_hidden", "n_dimensions")
    if config.n_units % (2 * config.n_heads):
        raise ValueError(f"n_units must be a multiple of twice {config.n_heads} heads, got {config.n_units}.")
    if config.longest < 1:
        raise ValueError(f"longest must be at least 1 step, got {config.longest}.")
