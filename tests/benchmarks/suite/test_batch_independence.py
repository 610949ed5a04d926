"""What an agent says of a walk does not depend on the other walks of its batch; who reads them is found out."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from agents import AGENTS
from agents.base import Agent
from benchmarks.evaluation.answers import stepped_observations
from benchmarks.experiments.experiment import Variant
from benchmarks.experiments.suites import SUITES
from benchmarks.records.run import Run
from benchmarks.records.settings import settings_of
from benchmarks.suite.batch_independence import check_alone
from hippo_envs import make_family, sample_walks

CPU = torch.device("cpu")
SQUARE = SUITES["hippo-1"].tasks["square"].experiment
N_WALKS = 45  # two whole batches, and one that is not


def check(agent, n_steps):
    walks = sample_walks(make_family(SQUARE.environment, **SQUARE.arguments), range(N_WALKS), n_steps)
    stepped = stepped_observations(agent, walks, CPU, 0)
    check_alone(lambda some: stepped_observations(agent, some, CPU, 0), walks, stepped, np.ones_like(stepped, bool))


@pytest.mark.parametrize("name", AGENTS)
def test_our_agents_do_not_read_other_walks(name, tmp_path):
    """Though initial states are drawn for a whole batch, and products of matrices rounded by their shape."""
    variants = {name: Variant(name, learning_rate=1e-3), **SQUARE.variants}  # one that is new is in no suite yet
    settings = settings_of(replace(SQUARE, variants=variants), name, "smoke", 0)
    check(Run.within(tmp_path, settings).agent(CPU), 24)


class Overhears(Agent):
    """At some steps says what the walk beside it saw last, at all others what it saw itself."""

    def __init__(self, every):
        super().__init__()
        self.every = every

    def initial_state(self, batch, generator=None):
        return torch.zeros(batch, dtype=torch.int64), 0

    def predict(self, state):
        seen, t = state
        return one_hot(seen if t % self.every else seen.roll(1), 10).float()

    def observe(self, state, observation, action):
        return observation, state[1] + 1


def test_who_reads_others_at_one_step_in_ten_is_found_out():
    with pytest.raises(ValueError, match="it reads the other walks of a batch"):
        check(Overhears(every=10), 200)


def test_it_is_found_out_where_it_counts_too():
    """Too rarely to be seen among all steps."""
    walks = sample_walks(make_family(SQUARE.environment, **SQUARE.arguments), range(N_WALKS), 200)
    agent, counted = Overhears(every=150), np.zeros((N_WALKS, 200), bool)
    counted[:, 150] = True
    stepped = stepped_observations(agent, walks, CPU, 0)

    def step(some):
        return stepped_observations(agent, some, CPU, 0)

    check_alone(step, walks, stepped, ~counted)
    stepped[:, 150] = 10
    with pytest.raises(ValueError, match="3 of 3 steps"):
        check_alone(step, walks, stepped, counted)
