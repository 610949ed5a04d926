"""Alpha switched at test: an agent at another alpha is the agent that has it, with the same weights."""

import pytest
import torch

from agents import make_agent
from agents.parts.activations import NMDA
from benchmarks.evaluation.answers import predicted_observations
from benchmarks.evaluation.measurements.alpha_switch import N_WORLDS, alpha_switch, switched
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS
from hippo_envs import sample_walks
from hippo_envs.envs.reference_memory import reference_memory_family
from hippo_envs.scoring import answers_of, score
from tests.helpers.measured import subject_of

SMALL = {"n_units": 16, "n_heads": 2, "n_hidden": 16, "n_layers": 1}
WALKS = sample_walks(reference_memory_family(2, size=3), EVALUATION_SEEDS[:N_WORLDS], 140)


def agent_of(alpha, **sizes):
    torch.manual_seed(0)
    return make_agent("nmda", 10, 5, **SMALL, alpha=alpha, **sizes)


def test_an_alpha_switched_to_is_that_of_an_agent_made_with_it():
    """A second path to the number."""
    found = alpha_switch(subject_of(agent_of(10.0), WALKS))
    for alpha in (0.0, 1.0, 10.0, 100.0):
        predictions = predicted_observations(agent_of(alpha), WALKS, torch.device("cpu"), seed=0)
        for mask in ("ltrm_64", "stwm_64"):
            late = score(answers_of(predictions, WALKS), WALKS, (mask,), (128, 140))[mask]
            right, n = late.correct[:, 1].sum(), late.total[:, 1].sum()
            if n:
                assert found[f"{mask}_alpha_{alpha:g}"] == pytest.approx(right / n, abs=1e-4)
    assert len(set(found.values())) > 2


def test_an_agent_is_left_as_it_was():
    agent = agent_of(3.0, unit_slope=True)
    (function,) = (module for module in agent.modules() if isinstance(module, NMDA))
    with pytest.raises(ZeroDivisionError), switched(agent, 0.0):
        _ = 1 / function.alpha
    assert function.alpha == 3.0


def test_what_cannot_be_switched_is_refused():
    with pytest.raises(ValueError, match="no NMDA activation"):
        alpha_switch(subject_of(make_agent("nmda", 10, 5, **SMALL, activation="relu"), WALKS))
    short = sample_walks(reference_memory_family(2, size=3), range(2), 128)
    with pytest.raises(ValueError, match="more than 128 steps, these have 128"):
        alpha_switch(subject_of(agent_of(10.0), short))
