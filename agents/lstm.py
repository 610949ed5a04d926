"""An LSTM: the learned baseline that has neither a map nor an external memory.

Hochreiter and Schmidhuber (1997), Neural Computation 9. It sees each observation together with the action that follows,
so its hidden state has all it needs to predict the next observation.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .base import Agent, Prediction
from .configs import LSTMConfig
from .sizes import at_least


class LSTMState(NamedTuple):
    """Hidden and cell states after the last observation and action."""

    hidden: Float[Tensor, "B N"]
    cell: Float[Tensor, "B N"]


class LSTM(Agent[LSTMState]):
    """Embed observation and action, one LSTM layer, linear readout."""

    def __init__(self, n_observations: int, n_actions: int, config: LSTMConfig = LSTMConfig()) -> None:
        super().__init__()
        at_least(config, 1, "n_sensory", "n_units")
        self.config = config
        self.embed_observation = nn.Embedding(n_observations, config.n_sensory)
        self.embed_action = nn.Embedding(n_actions, config.n_sensory)
        self.recurrence = nn.LSTM(config.n_sensory, config.n_units, batch_first=True)
        self.readout = nn.Linear(config.n_units, n_observations)

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> LSTMState:
        zeros = self.readout.weight.new_zeros(batch, self.config.n_units)
        return LSTMState(zeros, zeros)

    def predict(self, state: LSTMState) -> Float[Tensor, "B K"]:
        return self.readout(state.hidden)

    def observe(self, state: LSTMState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]) -> LSTMState:
        return self.forward(observation[:, None], action[:, None], state).state

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: LSTMState
    ) -> Prediction[LSTMState]:
        inputs = self.embed_observation(observations) + self.embed_action(actions)
        after, (hidden, cell) = self.recurrence(inputs, (state.hidden[None], state.cell[None]))
        before = torch.cat([state.hidden[:, None], after[:, :-1]], dim=1)
        return Prediction(self.readout(before), {"hidden": before}, LSTMState(hidden[0], cell[0]))
