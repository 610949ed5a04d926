"""What an agent gets of walks."""

from itertools import islice

import numpy as np
import pytest
import torch

from agents import make_agent
from agents.base import Agent
from agents.parts.given_places import told
from benchmarks.evaluation.answers import check_stepping, predicted_observations, stepped_observations
from benchmarks.running.schedule import Schedule
from benchmarks.running.training import training_batches
from hippo_envs import make_family, sample_walks

CPU = torch.device("cpu")
FAMILY = make_family("hippo/Rectangle-v0", width=3, n_observations=5)


class Listener(Agent):
    """Notes the actions that it gets."""

    def __init__(self, told_places):
        super().__init__()
        self.told_places, self.noted = told_places, []

    def initial_state(self, batch, generator=None):
        return (torch.zeros(batch, 5),)

    def predict(self, state):
        return state[0]

    def observe(self, state, observation, action):
        self.noted.append(action)
        return state


@pytest.mark.parametrize("told_places", [False, True])
@pytest.mark.parametrize("score", [predicted_observations, stepped_observations])
def test_places_are_told_to_an_agent_that_is_told_and_to_no_other(told_places, score):
    walks = sample_walks(FAMILY, [1, 2], 6)
    agent = Listener(told_places)
    score(agent, walks, CPU, seed=0)
    plain, departed, arrived = told(torch.stack(agent.noted, dim=1), FAMILY.n_actions)
    np.testing.assert_array_equal(plain, walks.actions)
    np.testing.assert_array_equal(departed, (walks.nodes + 1) * told_places)
    np.testing.assert_array_equal(arrived[:, :-1], departed[:, 1:])
    assert not arrived[:, -1].any()


def test_places_are_told_in_training_too():
    schedule = Schedule(n_updates=1, batch=2, walk_length=6, learning_rate=1e-3)
    plain, telling = (next(islice(training_batches(FAMILY, schedule, 0, CPU, told_places=t), 1)) for t in (False, True))
    assert torch.equal(told(telling.actions, FAMILY.n_actions)[0], plain.actions)
    assert torch.equal(telling.observations, plain.observations)
    assert told(telling.actions, FAMILY.n_actions)[1].min() > 0


def test_a_transformer_that_is_told_places_steps_as_it_reads_whole_walks():
    agent = make_agent("transformer", FAMILY.n_observations, FAMILY.n_actions, position="given")
    check_stepping(agent, sample_walks(FAMILY, [1, 2], 6), CPU)
