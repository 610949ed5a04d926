"""A causal transformer that knows where by one of six codes: time, actions, or being told.

Vaswani et al. (2017), "Attention is all you need", NeurIPS: sinusoidal positions, here with layer norm before each
part. Each token is an observation together with the action that follows, so its output has all it needs to predict the
next observation. Whittington et al. (2022) ask what happens when such positions, which count steps, are replaced by
ones that follow the actions.

| `position` | queries and keys | source |
|---|---|---|
| "none" | as they are; the mask alone says what came before | |
| "sinusoids" | of tokens to which sinusoids of time are added | Vaswani et al. (2017), section 3.5 |
| "rope" | rotated by time | Su et al. (2021), arXiv 2104.09864, equation 34 |
| "angles" | rotated by the sum of learned movements, one for each action | MapFormer: arXiv 2511.19279 |
| "matrices" | beside keys of a code that actions multiply | TEM-t: Whittington et al. (2022), equation 2 |
| "given" | beside keys of the true node, which it is told | a control of ours |

A key is at the place where its symbol was seen, a query at the place to which the action of its token led. All layers
have the same code. The codes are in `agents/parts/position_codes.py`.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .base import Agent, Prediction
from .configs import TransformerConfig
from .parts.position_codes import CODES, Followed, PositionCode
from .sizes import at_least

LONGEST_PERIOD = 10_000.0


class TransformerState(NamedTuple):
    """Keys and values of M tokens in L layers, what the last token says of the next observation, and where it led."""

    keys: Float[Tensor, "B L H M E"]
    values: Float[Tensor, "B L H M D"]
    output: Float[Tensor, "B N"]
    position: Float[Tensor, "B S"]


class Transformer(Agent[TransformerState]):
    """Embed observation and action; attend to all tokens so far, by what they hold and by where; read out."""

    def __init__(self, n_observations: int, n_actions: int, config: TransformerConfig = TransformerConfig()) -> None:
        super().__init__()
        at_least(config, 1, "n_units", "n_layers", "n_heads", "n_hidden", "n_place", "n_modules")
        at_least(config, 0, "n_actions_before_start")
        if config.n_units % (2 * config.n_heads):
            raise ValueError(f"n_units must be a multiple of twice {config.n_heads} heads, got {config.n_units}.")
        self.config = config
        self.embed_observation = nn.Embedding(n_observations, config.n_units)
        self.embed_action = nn.Embedding(n_actions, config.n_units)
        self.first_output = nn.Parameter(torch.zeros(config.n_units))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layers))
        self.readout = nn.Sequential(nn.LayerNorm(config.n_units), nn.Linear(config.n_units, n_observations))
        self.position_code = CODES[config.position](n_actions, config)
        self.told_places = config.position == "given"

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> TransformerState:
        config = self.config
        shape = (batch, config.n_layers, config.n_heads, 0)
        generator = generator or torch.Generator().manual_seed(0)
        return TransformerState(
            keys=self.first_output.new_zeros(*shape, self.position_code.width),
            values=self.first_output.new_zeros(*shape, config.n_units // config.n_heads),
            output=self.first_output.expand(batch, -1),
            position=self.position_code.start(batch, generator, self.first_output),
        )

    def predict(self, state: TransformerState) -> Float[Tensor, "B K"]:
        return self.readout(state.output)

    def observe(
        self, state: TransformerState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]
    ) -> TransformerState:
        return self.forward(observation[:, None], action[:, None], state).state

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: TransformerState
    ) -> Prediction[TransformerState]:
        n_before = state.keys.shape[3]
        followed = self.position_code.follow(state.position, actions, n_before)
        tokens = self.embed(observations, self.position_code.plain(actions), n_before)
        keys, values = [], []
        for layer, block in enumerate(self.blocks):
            past = state.keys[:, layer], state.values[:, layer]
            tokens, of_layer = block(tokens, *past, self.position_code, followed)
            keys.append(of_layer[0])
            values.append(of_layer[1])
        outputs = torch.cat([state.output[:, None], tokens], dim=1)
        after = TransformerState(torch.stack(keys, dim=1), torch.stack(values, dim=1), outputs[:, -1], followed.after)
        return Prediction(self.readout(outputs[:, :-1]), {"output": outputs[:, :-1]}, after)

    def embed(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], n_before: int
    ) -> Float[Tensor, "B T N"]:
        """Tokens, the first of which is number `n_before` of its walk."""
        tokens = self.embed_observation(observations) + self.embed_action(actions)
        if self.config.position != "sinusoids":
            return tokens
        times = torch.arange(n_before, n_before + tokens.shape[1], device=tokens.device)
        return tokens + sinusoids(times, self.config.n_units).to(tokens)


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
        self,
        tokens: Float[Tensor, "B T N"],
        keys: Float[Tensor, "B H M E"],
        values: Float[Tensor, "B H M D"],
        code: PositionCode,
        followed: Followed,
    ) -> tuple[Float[Tensor, "B T N"], tuple[Float[Tensor, "B H M+T E"], Float[Tensor, "B H M+T D"]]]:
        """New tokens, and all keys and values so far, theirs included."""
        projected = self.to_query_key_value(self.attention_norm(tokens)).unflatten(-1, (3, self.n_heads, -1))
        queries, new_keys, new_values = projected.permute(2, 0, 3, 1, 4)
        queries, new_keys = code.place(queries, followed.arrived), code.place(new_keys, followed.departed)
        n_before, n_steps = keys.shape[2], tokens.shape[1]
        keys, values = torch.cat([keys, new_keys], dim=2), torch.cat([values, new_values], dim=2)
        seen = torch.ones(n_steps, n_before + n_steps, dtype=torch.bool, device=tokens.device).tril(n_before)
        scale = values.shape[-1] ** -0.5  # of a head, whatever its position adds to the width
        attended = F.scaled_dot_product_attention(queries, keys, values, attn_mask=seen, scale=scale)
        tokens = tokens + self.from_values(attended.transpose(1, 2).flatten(2))
        return tokens + self.feed_forward(tokens), (keys, values)


def sinusoids(times: Int[Tensor, " T"], n_units: int) -> Float[Tensor, "T N"]:
    """Sines and cosines of time, periods from 2 pi to nearly 10,000 times it (Vaswani et al. 2017, section 3.5)."""
    frequencies = LONGEST_PERIOD ** (-torch.arange(0, n_units, 2, device=times.device) / n_units)
    angles = times[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
