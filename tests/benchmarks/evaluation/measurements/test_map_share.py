"""The share of a map: 1 for a perfect one, 0 for a memory of edges."""

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from agents.base import Agent, Prediction
from benchmarks.evaluation.measurements.map_share import first_steps, map_share
from hippo_envs import rectangle_family, sample_walks
from hippo_envs.references import edge_agent, node_agent
from tests.helpers.measured import subject_of

K = 60  # so many that a guess is hardly ever right
WALKS = sample_walks(rectangle_family(6, n_observations=K), range(40), 400)


class Knowing(Agent):
    """Answers what a reference knows of `WALKS`, and else the last symbol; only for walks from their start."""

    def __init__(self, known) -> None:
        super().__init__()
        self.known = torch.from_numpy(known)

    def initial_state(self, batch, generator=None):
        return torch.zeros(batch, 1)

    def forward(self, observations, actions, state):
        rows = [
            int((torch.from_numpy(WALKS.observations[:, : len(seen)]) == seen).all(dim=1).nonzero()[0])
            for seen in observations
        ]
        known = self.known[rows, : observations.shape[1]]
        wrong = (observations + 1) % K
        answers = torch.where(known, observations, wrong)
        return Prediction(one_hot(answers, K).double(), {}, state)


@pytest.mark.parametrize(("reference", "share"), [(node_agent, 1.0), (edge_agent, 0.0)])
def test_a_map_is_1_and_a_memory_of_edges_0(reference, share):
    answers = reference(WALKS)
    found = map_share(subject_of(Knowing(answers.correct & answers.known), WALKS))
    assert found["map_share"] == pytest.approx(share, abs=0.02)


def test_only_the_first_steps_are_counted():
    known = np.zeros(WALKS.nodes.shape, dtype=bool)
    known[:, 256:] = True
    assert map_share(subject_of(Knowing(known), WALKS))["map_share_revisit"] == 0


def test_walks_cut_short_are_the_walks_of_fewer_steps():
    short = sample_walks(rectangle_family(6, n_observations=K), range(40), 50)
    cut = first_steps(WALKS, 50)
    for name in ("nodes", "observations", "actions", "revisit", "loop_closure"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(short, name))
