"""Gated DeltaNet against its recurrence, step by step, in NumPy and float64."""

import numpy as np
import pytest
import torch

from agents.configs import GatedDeltaNetConfig
from agents.gated_deltanet import GatedDeltaNet, gated_delta_rule

B, H, T, D = 2, 3, 11, 4


def steps_of(most, seed=0):
    rng = np.random.default_rng(seed)
    queries, keys, values = rng.normal(size=(3, B, H, T, D))
    keys /= np.linalg.norm(keys, axis=-1, keepdims=True)
    return queries, keys, values, most * rng.random((B, H, T)), -rng.random((B, H, T))


def recurrence(memory, queries, keys, values, strength, decay):
    """S_t = e^g (I - beta k k^T) S_(t-1) + beta k v^T, o = S_t^T q / sqrt d."""
    read = np.empty_like(values)
    for b, h in np.ndindex(B, H):
        s = memory[b, h]
        for t in range(T):
            k, beta = keys[b, h, t], strength[b, h, t]
            s = np.exp(decay[b, h, t]) * (np.eye(D) - beta * np.outer(k, k)) @ s + beta * np.outer(k, values[b, h, t])
            read[b, h, t] = s.T @ queries[b, h, t] / np.sqrt(D)
        memory[b, h] = s
    return read, memory


@pytest.mark.parametrize("most", [1.0, 2.0])
def test_a_chunk_is_the_recurrence(most):
    memory, steps = np.random.default_rng(1).normal(size=(B, H, D, D)), steps_of(most)
    found, after = gated_delta_rule(torch.tensor(memory), *(torch.tensor(of_steps) for of_steps in steps))
    read, expected = recurrence(memory.copy(), *steps)
    np.testing.assert_allclose(found.numpy(), read, atol=1e-12)
    np.testing.assert_allclose(after.numpy(), expected, atol=1e-12)


def test_long_gaps_of_strong_decay_give_no_infinite_number():
    steps = steps_of(2.0)
    found, _ = gated_delta_rule(
        torch.zeros(B, H, D, D), *(torch.tensor(s).float() for s in (*steps[:4], 500 * steps[4]))
    )
    assert found.isfinite().all()


@pytest.mark.parametrize("negative", [False, True])
def test_a_key_that_is_written_again_is_turned_around_only_with_negative_eigenvalues(negative):
    """What is left of a memory along the key is 1 - beta: at the largest beta 0, or -1."""
    key = torch.zeros(1, 1, 1, 2)
    key[..., 0] = 1.0
    most = torch.full((1, 1, 1), 2.0 if negative else 1.0)
    memory, nothing = torch.eye(2)[None, None], torch.zeros(1, 1, 1, 2)
    _, after = gated_delta_rule(memory, key, key, nothing, most, torch.zeros(1, 1, 1))
    assert after[0, 0].tolist() == [[-1.0 if negative else 0.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize("negative", [False, True])
def test_the_strength_is_at_most_one_or_two(negative):
    agent = GatedDeltaNet(5, 3, GatedDeltaNetConfig(negative_eigenvalues=negative))
    assert [layer.most for layer in agent.layers] == [2.0 if negative else 1.0] * 2


def test_the_chunk_changes_no_number():
    walks = torch.randint(5, (2, 3, 40), generator=torch.Generator().manual_seed(0))
    logits = []
    for chunk in (1, 7, 32, 64):
        torch.manual_seed(0)
        agent = GatedDeltaNet(5, 5, GatedDeltaNetConfig(chunk=chunk))
        logits.append(agent(walks[0], walks[1], agent.initial_state(3)).logits)
    for other in logits[1:]:
        torch.testing.assert_close(other, logits[0], atol=2e-5, rtol=0)


def test_units_must_be_divided_by_heads():
    with pytest.raises(ValueError, match="n_units must be a multiple of 3 heads, got 64"):
        GatedDeltaNet(5, 5, GatedDeltaNetConfig(n_heads=3))
