"""Gated DeltaNet: a linear recurrence that forgets, and overwrites what it holds for a key.

Papers: Yang, Kautz and Hatamizadeh (2024), "Gated Delta Networks", arXiv 2412.06464, for the layer; Grazzi et al.
(2024), arXiv 2411.12537, for eigenvalues below 0, without which a linear recurrence cannot count modulo 2.

| here | paper | |
|---|---|---|
| `memory` | S_t | of each head a matrix (D, D): S_t = e^g (I - beta k k^T) S_(t-1) + beta k v^T |
| `queries`, `keys` | q, k | of unit length; like `values`, v, each a short convolution over time, then SiLU |
| `strength` | beta | how much of what the key held is replaced: sigmoid, or twice that with negative eigenvalues |
| `decay` | g | -A softplus(w x + b), the logarithm of what is kept of everything |
| `read` | o | S_t^T q / sqrt d |

Along its key a memory is multiplied by 1 - beta (times e^g): from 0 to 1 where beta is at most 1, from -1 to 1 where it
is at most 2. A token is a symbol together with the action that follows, as for the transformer and the LSTM.

Whole walks are read in chunks: within one, what each step writes solves a triangular system, and the matrix is carried
from chunk to chunk.

Departures:
- A is at first uniform in (0, 1), not in (0, 16), which forgets within a few of the walk's steps.
- Plain PyTorch, one head dimension for keys and values, and a small model.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .base import Agent, Prediction
from .configs import GatedDeltaNetConfig
from .sizes import at_least

WIDTH = 4  # steps of the short convolution
STEP_SIZES = (1e-3, 1e-1)  # softplus(b) at first, log-uniform


class GatedDeltaNetState(NamedTuple):
    """Of each of L layers the memory and the last inputs of the convolution; what the last token says of the next."""

    memory: Float[Tensor, "B L H D D"]
    recent: Float[Tensor, "B L W C"]
    output: Float[Tensor, "B N"]


class GatedDeltaNet(Agent[GatedDeltaNetState]):
    """Embed observation and action, layers of gated delta rule, read out."""

    def __init__(
        self, n_observations: int, n_actions: int, config: GatedDeltaNetConfig = GatedDeltaNetConfig()
    ) -> None:
        super().__init__()
        at_least(config, 1, "n_units", "n_layers", "n_heads", "n_hidden", "chunk")
        if config.n_units % config.n_heads:
            raise ValueError(f"n_units must be a multiple of {config.n_heads} heads, got {config.n_units}.")
        self.config = config
        self.embed_observation = nn.Embedding(n_observations, config.n_units)
        self.embed_action = nn.Embedding(n_actions, config.n_units)
        self.first_output = nn.Parameter(torch.zeros(config.n_units))
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.n_layers))
        self.readout = nn.Sequential(nn.RMSNorm(config.n_units), nn.Linear(config.n_units, n_observations))

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> GatedDeltaNetState:
        config, zeros = self.config, self.first_output.new_zeros
        width = config.n_units // config.n_heads
        return GatedDeltaNetState(
            memory=zeros(batch, config.n_layers, config.n_heads, width, width),
            recent=zeros(batch, config.n_layers, WIDTH - 1, 3 * config.n_units),
            output=self.first_output.expand(batch, -1),
        )

    def predict(self, state: GatedDeltaNetState) -> Float[Tensor, "B K"]:
        return self.readout(state.output)

    def observe(
        self, state: GatedDeltaNetState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]
    ) -> GatedDeltaNetState:
        return self.forward(observation[:, None], action[:, None], state).state

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: GatedDeltaNetState
    ) -> Prediction[GatedDeltaNetState]:
        tokens = self.embed_observation(observations) + self.embed_action(actions)
        memories, recents = [], []
        for number, layer in enumerate(self.layers):
            tokens, memory, recent = layer(tokens, state.memory[:, number], state.recent[:, number])
            memories.append(memory)
            recents.append(recent)
        outputs = torch.cat([state.output[:, None], tokens], dim=1)
        after = GatedDeltaNetState(torch.stack(memories, dim=1), torch.stack(recents, dim=1), outputs[:, -1])
        return Prediction(self.readout(outputs[:, :-1]), {"output": outputs[:, :-1]}, after)


class Layer(nn.Module):
    """The gated delta rule, then a gated feed-forward layer, each added to what comes in."""

    def __init__(self, config: GatedDeltaNetConfig) -> None:
        super().__init__()
        n_units, self.n_heads, self.chunk = config.n_units, config.n_heads, config.chunk
        self.most = 2.0 if config.negative_eigenvalues else 1.0
        self.norm, self.head_norm = nn.RMSNorm(n_units), nn.RMSNorm(n_units // config.n_heads)
        self.to_query_key_value = nn.Linear(n_units, 3 * n_units, bias=False)
        self.convolution = nn.Conv1d(3 * n_units, 3 * n_units, WIDTH, groups=3 * n_units, bias=False)
        self.to_strength = nn.Linear(n_units, config.n_heads, bias=False)
        self.to_decay = nn.Linear(n_units, config.n_heads, bias=False)
        self.log_decay = nn.Parameter(torch.empty(config.n_heads).uniform_(1e-3, config.fastest_decay).log())
        self.step_size = nn.Parameter(_inverse_softplus(_log_uniform(config.n_heads)))
        self.to_gate = nn.Linear(n_units, n_units, bias=False)
        self.from_heads = nn.Linear(n_units, n_units, bias=False)
        self.hidden_norm = nn.RMSNorm(n_units)
        self.to_hidden = nn.Linear(n_units, 2 * config.n_hidden, bias=False)
        self.from_hidden = nn.Linear(config.n_hidden, n_units, bias=False)

    def forward(
        self, tokens: Float[Tensor, "B T N"], memory: Float[Tensor, "B H D D"], recent: Float[Tensor, "B W C"]
    ) -> tuple[Float[Tensor, "B T N"], Float[Tensor, "B H D D"], Float[Tensor, "B W C"]]:
        """New tokens, the memory after them, and the last inputs of the convolution."""
        inputs = self.norm(tokens)
        projected = torch.cat([recent, self.to_query_key_value(inputs)], dim=1)
        mixed = F.silu(self.convolution(projected.mT)).mT
        queries, keys, values = mixed.unflatten(2, (3, self.n_heads, -1)).permute(2, 0, 3, 1, 4)
        strength = self.most * self.to_strength(inputs).sigmoid().mT
        decay = -self.log_decay.exp()[:, None] * F.softplus(self.to_decay(inputs) + self.step_size).mT
        steps = (F.normalize(queries, dim=-1), F.normalize(keys, dim=-1), values, strength, decay)
        parts = zip(*(of_steps.split(self.chunk, dim=2) for of_steps in steps), strict=True)
        read = []
        for part in parts:
            of_part, memory = gated_delta_rule(memory, *part)
            read.append(of_part)
        heads = self.head_norm(torch.cat(read, dim=2)).transpose(1, 2).flatten(2)
        tokens = tokens + self.from_heads(heads * F.silu(self.to_gate(inputs)))
        gate, hidden = self.to_hidden(self.hidden_norm(tokens)).chunk(2, dim=-1)
        return tokens + self.from_hidden(F.silu(gate) * hidden), memory, projected[:, 1 - WIDTH :]


def gated_delta_rule(
    memory: Float[Tensor, "B H D D"],
    queries: Float[Tensor, "B H C D"],
    keys: Float[Tensor, "B H C D"],
    values: Float[Tensor, "B H C D"],
    strength: Float[Tensor, "B H C"],
    decay: Float[Tensor, "B H C"],
) -> tuple[Float[Tensor, "B H C D"], Float[Tensor, "B H D D"]]:
    """What C steps read, and the memory after them.

    Step t writes k_t u_t^T with u_t = beta_t (v_t - e^(g_t) S_(t-1)^T k_t), where S_(t-1) has what the steps before it
    wrote: u is the solution of a triangular system.
    """
    kept = decay.cumsum(dim=-1)  # logarithm of what is left, at each step, of the memory before the chunk
    between = (kept[..., :, None] - kept[..., None, :]).tril().exp().tril()  # and of what another step wrote
    overlap = (strength[..., None] * (keys @ keys.mT) * between).tril(-1)
    new = strength[..., None] * (values - kept.exp()[..., None] * (keys @ memory))
    written = torch.linalg.solve_triangular(_with_unit_diagonal(overlap), new, upper=False, unitriangular=True)
    read = kept.exp()[..., None] * (queries @ memory) + ((queries @ keys.mT) * between) @ written
    left = (kept[..., -1:] - kept).exp()[..., None]
    after = kept[..., -1:, None].exp() * memory + (left * keys).mT @ written
    return read / queries.shape[-1] ** 0.5, after


def _with_unit_diagonal(overlap: Float[Tensor, "B H C C"]) -> Float[Tensor, "B H C C"]:
    return overlap + torch.eye(overlap.shape[-1], device=overlap.device, dtype=overlap.dtype)


def _log_uniform(n: int) -> Float[Tensor, " n"]:
    least, most = (torch.tensor(size).log().item() for size in STEP_SIZES)
    return torch.empty(n).uniform_(least, most).exp()


def _inverse_softplus(values: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    return values + (-(-values).expm1()).log()
