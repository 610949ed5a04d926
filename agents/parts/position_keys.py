"""Shared by agents with position-keyed memory: path integration, keys, values, temperature, readout.

Whittington, Warren and Behrens (2022), ICLR; the parts are described in `agents/tem_t.py`.
"""

import math
from typing import Literal, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ..base import Agent
from ..configs import PositionKeysConfig
from ..sizes import at_least
from .path_integration import PathIntegrator

State = TypeVar("State")


class PositionKeys(Agent[State]):
    """An agent whose keys are position codes and whose values are symbols; how it remembers is the subclass's."""

    def __init__(
        self,
        n_observations: int,
        n_actions: int,
        config: PositionKeysConfig,
        activation: Literal["linear", "relu"] = "linear",
    ) -> None:
        super().__init__()
        at_least(config, 1, "n_units", "n_modules", "n_key", "n_sensory", "n_hidden")
        at_least(config, 0, "n_actions_before_start")
        self.path_integrator = PathIntegrator(
            n_actions, config.n_units, config.n_modules, activation, config.n_actions_before_start
        )
        self.to_key = nn.Linear(config.n_units, config.n_key, bias=False)
        self.to_value = nn.Embedding(n_observations, config.n_sensory)
        self.temperature_offset = nn.Parameter(torch.tensor(1.0))
        self.temperature_log_slope = nn.Parameter(torch.tensor(0.0))
        self.readout = nn.Sequential(
            nn.Linear(config.n_sensory, config.n_hidden), nn.ReLU(), nn.Linear(config.n_hidden, n_observations)
        )

    def key(self, position: Float[Tensor, "*B N"]) -> Float[Tensor, "*B E"]:
        """Where a memory is filed and looked up; the code is z-scored here only, not inside the recurrence."""
        return self.to_key(F.layer_norm(position, position.shape[-1:]))

    def match(
        self, queries: Float[Tensor, "B T E"], keys: Float[Tensor, "B M E"], n_seen: Tensor
    ) -> Float[Tensor, "B T M"]:
        """Similarity of queries to keys times the temperature, which grows with the number of memories (#B, T, 1)."""
        temperature = self.temperature_offset + self.temperature_log_slope.exp() * torch.log1p(n_seen.to(queries))
        return temperature / math.sqrt(queries.shape[-1]) * (queries @ keys.mT)
