"""Agents whose units are known in closed form, to be measured."""

import numpy as np
import torch
from torch import nn

from agents.base import Agent, Prediction
from benchmarks.evaluation.measurements.subject import Subject
from hippo_envs import Walks, hexagonal_graph, rectangle_graph

CPU = torch.device("cpu")
N_KEYS, N_PHASES = 32, 6


def subject_of(agent: Agent, walks: Walks) -> Subject:
    return Subject(agent, Noise(), walks, CPU, seed=0)


def moves_of(graph) -> np.ndarray:
    """Where each action leads in the plane (A, 2), read off a node in the middle."""
    middle = int(np.linalg.norm(graph.positions - graph.positions.mean(axis=0), axis=1).argmin())
    return graph.positions[graph.next_node[middle]] - graph.positions[middle]


SQUARE_MOVES, HEXAGON_MOVES = moves_of(rectangle_graph(5, 5)), moves_of(hexagonal_graph(3))


class Ideal(Agent):
    """Counts its moves: a module is plane waves of the displacement, and memory knows displacements exactly.

    Each wave is held by six units of evenly spaced phases.

    Every walk starts somewhere else in the code, as a walk that starts a few random actions from an origin does.

    Args:
        waves: (modules, waves in each, 2), frequencies in cycles per step.
        moves: (A, 2), where each action leads.
    """

    def __init__(self, waves, moves) -> None:
        super().__init__()
        self.waves, self.moves = torch.tensor(np.array(waves)), torch.tensor(moves)
        generator = torch.Generator().manual_seed(0)
        self.phases = 2 * np.pi * torch.arange(N_PHASES) / N_PHASES
        n_units = N_PHASES * self.waves.shape[0] * self.waves.shape[1]
        self.to_key = torch.randn(n_units, N_KEYS, generator=generator, dtype=torch.float64)
        self.symbols = torch.randn(45, N_KEYS, generator=generator, dtype=torch.float64)
        self.unused = nn.Parameter(torch.zeros(1))

    def initial_state(self, batch, generator=None):
        return torch.randint(-9, 9, (batch, len(self.moves)), generator=generator).double() @ self.moves

    def forward(self, observations, actions, state):
        steps = self.moves[actions].cumsum(dim=1)
        places = state[:, None] + torch.cat([torch.zeros_like(steps[:, :1]), steps[:, :-1]], dim=1)
        phases = 2 * np.pi * torch.einsum("btc,mwc->btmw", places, self.waves)
        position = (phases[..., None] + self.phases).cos().flatten(2)
        same = (torch.cdist(places, places) < 1e-3).double().tril(-1)
        matches = torch.cat([torch.full_like(same[..., :1], 1e-3), same], dim=2)
        activity = {
            "position": position,
            "length": torch.ones(*actions.shape, len(self.waves)),
            "memory": matches / matches.sum(dim=2, keepdim=True),
            "key": position @ self.to_key,
            "value": self.symbols[observations],
        }
        return Prediction(torch.zeros(*observations.shape, 45), activity, state)


class Noise(Agent):
    """Units and attention that have nothing to do with where the walk goes."""

    def initial_state(self, batch, generator=None):
        return torch.zeros(batch, 1)

    def forward(self, observations, actions, state):
        generator = torch.Generator().manual_seed(7)
        steps, n_steps = observations.shape, observations.shape[1]
        weights = torch.rand(*steps, n_steps, generator=generator).tril(-1) + 1e-9
        widths = {"position": 24, "length": 2, "key": N_KEYS, "value": N_KEYS}
        activity = {name: torch.randn(*steps, width, generator=generator) for name, width in widths.items()}
        activity["memory"] = torch.cat([torch.zeros(*steps, 1), weights / weights.sum(dim=2, keepdim=True)], dim=2)
        return Prediction(torch.zeros(*steps, 45), activity, state)
