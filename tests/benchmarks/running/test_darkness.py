"""Agents in worlds that may be dark: they hear the dark, learn what is there, and are asked for that alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from agents import make_agent
from agents.base import Agent
from benchmarks.evaluation.answers import check_stepping, predicted_observations, stepped_observations
from benchmarks.evaluation.contract import check_agent
from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.suites import TASKS
from benchmarks.records.files import WEIGHTS
from benchmarks.records.settings import settings_of
from benchmarks.running.schedule import Schedule
from benchmarks.running.training import training_batches
from benchmarks.suite.stepping import step_in_process
from hippo_envs import make_family, sample_walks

CPU = torch.device("cpu")
K, STEPS = 10, 24
FAMILY = make_family("hippo/Rectangle-v0", width=3, n_observations=K, stay=True, dark_after=8, dark_share=0.5)
WALKS = sample_walks(FAMILY, range(5), STEPS)
AGENTS = ("tem-t", "tem-t-published", "slot-free", "tem", "nmda", "lstm", "mapformer", "gated-deltanet", "transformer")


class SaysDark(Agent[torch.Tensor]):
    """Finds the dark most likely, and next to it the symbol that it heard last."""

    def initial_state(self, batch, generator=None):
        return torch.zeros(batch, dtype=torch.long)

    def predict(self, state):
        likely = torch.nn.functional.one_hot(state % K, K + 1).float()
        likely[:, K] = 2.0
        return likely

    def observe(self, state, observation, action):
        return observation


def made(name):
    torch.manual_seed(0)
    return make_agent(name, FAMILY.n_heard, FAMILY.n_actions)


def batch():
    settings = settings_of(EXPERIMENTS["zero-shot-line"], "lstm", "smoke", 0)
    schedule = Schedule.of(settings)._replace(batch=4, walk_length=STEPS, n_updates=1)
    return next(training_batches(FAMILY, schedule, 0, CPU))


def test_a_batch_has_what_is_heard_beside_what_is_there():
    of_one = batch()
    dark = of_one.heard == K
    assert dark.any()
    assert not dark[:, :8].any()
    assert torch.equal(of_one.heard[~dark], of_one.observations[~dark])
    assert int(of_one.observations.max()) < K
    assert (dark & of_one.known).any()  # what is there in the dark is learnt


@pytest.mark.parametrize("name", AGENTS)
def test_losses_follow_what_is_heard_and_ask_for_what_is_there(name):
    agent, of_one = made(name), batch()
    dark_targets = torch.where(of_one.heard == K, (of_one.observations + 1) % K, of_one.observations)

    def loss(**changed):
        torch.manual_seed(0)
        return agent.losses(of_one._replace(**changed))["cross_entropy"].item()

    assert loss(heard=of_one.observations) != loss()
    assert loss(observations=dark_targets) != loss()


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_that_hears_the_dark_keeps_its_contract_and_never_answers_dark(name):
    agent = made(name)
    check_agent(agent, FAMILY, CPU)
    check_stepping(agent, WALKS, CPU)
    whole, stepped = (answers(agent, WALKS, CPU, seed=0) for answers in (predicted_observations, stepped_observations))
    assert (whole == stepped).mean() > 0.99  # ties fall as they may
    assert whole.max() < K


@pytest.mark.parametrize("answers", [predicted_observations, stepped_observations])
def test_the_dark_is_heard_and_is_no_answer(answers):
    said = answers(SaysDark(), WALKS, CPU, seed=0)
    assert np.array_equal(said[:, 1:], WALKS.heard[:, :-1] % K)


def test_an_agent_in_a_process_of_its_own_hears_and_answers_the_same(tmp_path):
    settings = replace(settings_of(TASKS["hippo-1-line"], "lstm", "quick", 0), agent="lstm", sizes={})
    agent = made("lstm")
    save_file(agent.state_dict(), tmp_path / WEIGHTS)
    assert np.array_equal(
        step_in_process(settings, tmp_path / WEIGHTS, WALKS, {}), stepped_observations(agent, WALKS, CPU, seed=0)
    )
