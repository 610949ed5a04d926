"""TEM's memory as attention: the paper's algebra on a TEM, and retrieval where the answer is known."""

import numpy as np
import pytest
import torch

from agents import make_agent
from benchmarks.evaluation.measurements import MEASUREMENTS, tem_attention
from benchmarks.evaluation.measurements.subject import Subject
from benchmarks.evaluation.measurements.tem_attention import (
    Memories,
    memories_of,
    one_attractor_step,
    retrieved_senses,
    similarities,
)
from hippo_envs import rectangle_family, sample_walks

CPU = torch.device("cpu")
SIZES = {"n_abstract": (9, 6, 6), "smoothing": (0.9, 0.3, 0.1), "chunk": 7}


def tem(seed=0):
    torch.manual_seed(seed)
    agent = make_agent("tem", 45, 5, **SIZES)
    torch.nn.init.normal_(agent.transition, std=0.1)
    return agent


@pytest.fixture(scope="module")
def walks():
    return sample_walks(rectangle_family(width=4), range(4), 48)


def test_what_is_stored_is_what_the_agent_binds(walks):
    """Where nothing is clipped or rectified, p is the outer product of subsampled g and x~ that memories hold."""
    agent = tem()
    memories = memories_of(agent, walks, CPU)
    observations, actions = torch.from_numpy(walks.observations), torch.from_numpy(walks.actions)
    grounded = agent.trace(observations, actions, agent.initial_state(4))[0].grounded.double()
    bound = (memories.keys[..., None] * memories.senses[:, :, list(memories.scale_of)]).flatten(2)
    kept = (bound > 0) & (bound < 1)
    assert kept.double().mean() > 0.1
    torch.testing.assert_close(grounded[kept], bound[kept], rtol=1e-5, atol=1e-6)


def test_one_attractor_step_is_attention_with_both_weightings(walks):
    memories = memories_of(tem(), walks, CPU)
    attended = retrieved_senses(memories, similarities(memories, weighted=True), weighted=True)
    for step in (1, 7, 47):
        torch.testing.assert_close(attended[:, step], one_attractor_step(memories, step), rtol=1e-10, atol=1e-10)
    plain = retrieved_senses(memories, similarities(memories, weighted=False), weighted=False)
    assert not torch.allclose(plain, attended, rtol=0.1)


def test_one_attractor_step_written_out_for_two_memories():
    """One scale, one unit of g, two of x~: M is the sum of two outer products."""
    keys = torch.tensor([[[2.0], [3.0], [5.0]]], dtype=torch.float64)
    senses = torch.tensor([[[[1.0, 0.0]], [[0.5, 0.5]], [[0.0, 1.0]]]], dtype=torch.float64)
    memories = Memories(keys, keys, senses, (0,))
    first, second = np.array([2.0, 0.0]), np.array([1.5, 1.5])
    expected = np.array([5.0, 5.0]) @ (np.outer(first, first) + np.outer(second, second))
    np.testing.assert_allclose(one_attractor_step(memories, 2)[0].numpy(), expected)


@pytest.mark.parametrize("has_place_code", [True, False])
def test_retrieval_is_right_with_a_key_for_each_node_and_only_then(walks, monkeypatch, has_place_code):
    def coded(agent, walks, _):
        keys = torch.nn.functional.one_hot(torch.from_numpy(walks.nodes), 16).double()
        keys = 20 * keys if has_place_code else torch.ones_like(keys)
        senses = agent.codes.double()[torch.from_numpy(walks.observations)][:, :, None]
        return Memories(keys, keys, senses, (0,) * 16)

    monkeypatch.setattr(tem_attention, "memories_of", coded)
    measured = tem_attention.tem_as_attention(Subject(tem(), tem(1), walks, CPU, 0))
    for name in ("weighted", "linear", "softmax", "nearest"):
        assert (measured[f"retrieval_{name}"] == 1.0) is has_place_code
    assert measured["weighting_x_variation"] == measured["weighting_g_variation"] == 0


def test_it_is_a_row_of_the_measurements_and_of_tem_only(walks):
    measure = MEASUREMENTS["tem_as_attention"]
    agent = tem()
    found = measure(Subject(agent, tem(1), walks, CPU, 0))
    assert agent.training, "left as it was"
    assert found["identity_error"] < 1e-12
    lstms = [make_agent("lstm", 45, 5) for _ in range(2)]
    with pytest.raises(ValueError, match="tem_as_attention measures a TEM, not a LSTM"):
        measure(Subject(lstms[0], lstms[1], walks, CPU, 0))
