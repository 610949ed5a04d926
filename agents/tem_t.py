"""TEM-t: a transformer whose position code is recurrent, and whose memory is therefore a map.

Paper: Whittington, Warren and Behrens (2022), "Relating transformers to models and neural representations of the
hippocampal formation", ICLR. One block, one head.

| here | paper | |
|---|---|---|
| `position` | e_t | entorhinal position code, from path integration |
| `key`, also the query | e_t W_e | tied: eq. 2 asks for queries and keys from one matrix |
| `value` | x_t W_x | symbol at the node |
| `temperature` | beta_t | grows with the number of memories (appendix) |
| `weights` | softmax(beta_t q_t K_<t^T / sqrt d) | memory neurons, one for each step of the past |
| `retrieved` | y_t | |
| `readout` | z_t = MLP(y_t) | |

Departures, each because the paper leaves it open or because it learns better:
- beta_n = b_0 + exp(b_1) log(n + 1) is learned; the paper has log n, too soft while memories are few.
- Memory begins with one empty slot (key 0, value 0), so that the first step, with nothing to attend to, is defined.
- The position code has unit length and is made of modules (`PathIntegrator`); a walk starts a few random actions from
  a learned origin.
- Of the paper's losses, two are here: the cross-entropy with the path-integrated code, and the squared error between it
  and the code inferred from memory, taken as what attention to the positions of the past returns (`drift`). It is what
  keeps the code of a place the same over long walks.
"""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from agents.base import Agent, Batch, Prediction
from agents.path_integration import PathIntegrator


@dataclass(frozen=True)
class TEMtConfig:
    """Sizes of a TEM-t.

    Args:
        n_units: width of the position code.
        n_modules: parts of the position code with a recurrence of their own; a divisor of `n_units`.
        n_key: width of keys and queries.
        n_sensory: width of values.
        n_hidden: hidden units of the readout.
        activation: of the recurrence of the position code.
        drift_penalty: weight of the squared distance between the position code and the one remembered at the same node.
    """

    n_units: int = 128
    n_modules: int = 8
    n_key: int = 64
    n_sensory: int = 64
    n_hidden: int = 128
    activation: Literal["linear", "relu"] = "linear"
    drift_penalty: float = 1.0


class TEMtState(NamedTuple):
    """Where the agent believes it is, and everything it has seen."""

    position: Float[Tensor, "B N"]
    keys: Float[Tensor, "B M E"]
    values: Float[Tensor, "B M S"]


class TEMt(Agent[TEMtState]):
    """Path integrate, look up what was seen at that position, read it out."""

    def __init__(self, n_observations: int, n_actions: int, config: TEMtConfig = TEMtConfig()) -> None:
        super().__init__()
        self.config = config
        self.path_integrator = PathIntegrator(n_actions, config.n_units, config.n_modules, config.activation)
        self.to_key = nn.Linear(config.n_units, config.n_key, bias=False)
        self.to_value = nn.Embedding(n_observations, config.n_sensory)
        self.temperature_offset = nn.Parameter(torch.tensor(1.0))
        self.temperature_log_slope = nn.Parameter(torch.tensor(0.0))
        self.readout = nn.Sequential(
            nn.Linear(config.n_sensory, config.n_hidden), nn.ReLU(), nn.Linear(config.n_hidden, n_observations)
        )

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> TEMtState:
        position = self.path_integrator.start(batch, generator or torch.Generator().manual_seed(0))
        empty = position.new_zeros(batch, 1, self.config.n_key)
        return TEMtState(position, empty, position.new_zeros(batch, 1, self.config.n_sensory))

    def predict(self, state: TEMtState) -> Float[Tensor, "B K"]:
        query = self.key(state.position)[:, None]
        n_memories = torch.tensor([state.keys.shape[1] - 1], device=query.device)
        return self.readout(self.recall(query, state.keys, state.values, n_memories)[0])[:, 0]

    def observe(self, state: TEMtState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]) -> TEMtState:
        return TEMtState(
            self.path_integrator.walk(state.position, action[:, None])[1],
            torch.cat([state.keys, self.key(state.position)[:, None]], dim=1),
            torch.cat([state.values, self.to_value(observation)[:, None]], dim=1),
        )

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: TEMtState
    ) -> Prediction[TEMtState]:
        position, next_position = self.path_integrator.walk(state.position, actions)
        queries = self.key(position)
        keys = torch.cat([state.keys, queries], dim=1)
        values = torch.cat([state.values, self.to_value(observations)], dim=1)
        n_memories = state.keys.shape[1] - 1 + torch.arange(observations.shape[1], device=keys.device)
        retrieved, weights = self.recall(queries, keys, values, n_memories)
        activity = {"position": position, "memory": weights}
        return Prediction(self.readout(retrieved), activity, TEMtState(next_position, keys, values))

    def losses(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Cross-entropy on known steps, and how far the position code is from the one remembered at the same node."""
        state = self.initial_state(len(batch.observations), generator)
        prediction = self.forward(batch.observations, batch.actions, state)
        position, weights = prediction.activity["position"], prediction.activity["memory"]
        remembered = weights[:, :, 1:].detach() @ position
        drift = (position - remembered)[batch.known].square().sum(dim=-1).mean()
        return {
            "cross_entropy": F.cross_entropy(prediction.logits[batch.known], batch.observations[batch.known]),
            "drift": self.config.drift_penalty * drift,
        }

    def key(self, position: Float[Tensor, "*B N"]) -> Float[Tensor, "*B E"]:
        """Where a memory is filed and looked up; the code is z-scored here only, not inside the recurrence."""
        return self.to_key(F.layer_norm(position, position.shape[-1:]))

    def recall(
        self,
        queries: Float[Tensor, "B T E"],
        keys: Float[Tensor, "B M E"],
        values: Float[Tensor, "B M S"],
        n_memories: Int[Tensor, " T"],
    ) -> tuple[Float[Tensor, "B T S"], Float[Tensor, "B T M"]]:
        """Attend to what came strictly before: query t sees the empty slot and the first `n_memories[t]` memories."""
        temperature = self.temperature_offset + self.temperature_log_slope.exp() * torch.log1p(n_memories.to(queries))
        scores = temperature[:, None] / math.sqrt(queries.shape[-1]) * (queries @ keys.mT)
        unseen = torch.arange(keys.shape[1], device=keys.device) > n_memories[:, None]
        weights = scores.masked_fill(unseen, -math.inf).softmax(dim=-1)
        return weights @ values, weights
