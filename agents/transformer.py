"""A causal transformer with time codes: the learned baseline that has a memory but no map.

Vaswani et al. (2017), "Attention is all you need", NeurIPS: sinusoidal positions, here with layer norm before each
part. Each token is an observation together with the action that follows, so its output has all it needs to predict the
next observation. Whittington et al. (2022) ask what happens when such positions, which count steps, are replaced by
ones that follow the actions.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from agents.base import Agent, Prediction
from agents.configs import TransformerConfig
from agents.sizes import at_least

LONGEST_PERIOD = 10_000.0


class TransformerState(NamedTuple):
    """Keys and values of M tokens in L layers, and what the last token says of the next observation."""

    keys: Float[Tensor, "B L H M D"]
    values: Float[Tensor, "B L H M D"]
    output: Float[Tensor, "B N"]


class Transformer(Agent[TransformerState]):
    """Embed observation, action and time; attend to all tokens so far; read out."""

    def __init__(self, n_observations: int, n_actions: int, config: TransformerConfig = TransformerConfig()) -> None:
        super().__init__()
        at_least(config, 1, "n_units", "n_layers", "n_heads", "n_hidden")
        if config.n_units % (2 * config.n_heads):
            raise ValueError(f"n_units must be a multiple of twice {config.n_heads} heads, got {config.n_units}.")
        self.config = config
        self.embed_observation = nn.Embedding(n_observations, config.n_units)
        self.embed_action = nn.Embedding(n_actions, config.n_units)
        self.first_output = nn.Parameter(torch.zeros(config.n_units))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layers))
        self.readout = nn.Sequential(nn.LayerNorm(config.n_units), nn.Linear(config.n_units, n_observations))

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> TransformerState:
        config = self.config
        nothing = self.first_output.new_zeros(
            batch, config.n_layers, config.n_heads, 0, config.n_units // config.n_heads
        )
        return TransformerState(nothing, nothing, self.first_output.expand(batch, -1))

    def predict(self, state: TransformerState) -> Float[Tensor, "B K"]:
        return self.readout(state.output)

    def observe(
        self, state: TransformerState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]
    ) -> TransformerState:
        return self.forward(observation[:, None], action[:, None], state).state

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: TransformerState
    ) -> Prediction[TransformerState]:
        n_steps, n_before = observations.shape[1], state.keys.shape[3]
        times = torch.arange(n_before, n_before + n_steps, device=observations.device)
        tokens = self.embed_observation(observations) + self.embed_action(actions)
        tokens = tokens + sinusoids(times, self.config.n_units).to(tokens)
        keys, values = [], []
        for layer, block in enumerate(self.blocks):
            tokens, of_layer = block(tokens, state.keys[:, layer], state.values[:, layer])
            keys.append(of_layer[0])
            values.append(of_layer[1])
        outputs = torch.cat([state.output[:, None], tokens], dim=1)
        after = TransformerState(torch.stack(keys, dim=1), torch.stack(values, dim=1), outputs[:, -1])
        return Prediction(self.readout(outputs[:, :-1]), {"output": outputs[:, :-1]}, after)


class Block(nn.Module):
    """Causal attention, then a feed-forward layer, each added to what comes in."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.n_heads = config.n_heads
        self.attention_norm = nn.LayerNorm(config.n_units)
        self.to_query_key_value = nn.Linear(config.n_units, 3 * config.n_units, bias=False)
        self.from_values = nn.Linear(config.n_units, config.n_units, bias=False)
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(config.n_units),
            nn.Linear(config.n_units, config.n_hidden),
            nn.GELU(),
            nn.Linear(config.n_hidden, config.n_units),
        )

    def forward(
        self, tokens: Float[Tensor, "B T N"], keys: Float[Tensor, "B H M D"], values: Float[Tensor, "B H M D"]
    ) -> tuple[Float[Tensor, "B T N"], tuple[Float[Tensor, "B H M+T D"], Float[Tensor, "B H M+T D"]]]:
        """New tokens, and all keys and values so far, theirs included."""
        projected = self.to_query_key_value(self.attention_norm(tokens)).unflatten(-1, (3, self.n_heads, -1))
        queries, new_keys, new_values = projected.permute(2, 0, 3, 1, 4)
        n_before, n_steps = keys.shape[2], tokens.shape[1]
        keys, values = torch.cat([keys, new_keys], dim=2), torch.cat([values, new_values], dim=2)
        seen = torch.ones(n_steps, n_before + n_steps, dtype=torch.bool, device=tokens.device).tril(n_before)
        attended = F.scaled_dot_product_attention(queries, keys, values, attn_mask=seen)
        tokens = tokens + self.from_values(attended.transpose(1, 2).flatten(2))
        return tokens + self.feed_forward(tokens), (keys, values)


def sinusoids(times: Int[Tensor, " T"], n_units: int) -> Float[Tensor, "T N"]:
    """Sines and cosines of time, periods from 2 pi to nearly 10,000 times it (Vaswani et al. 2017, section 3.5)."""
    frequencies = LONGEST_PERIOD ** (-torch.arange(0, n_units, 2, device=times.device) / n_units)
    angles = times[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
