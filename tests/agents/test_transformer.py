"""The transformer that is told the time."""

import torch

from agents import make_agent
from agents.transformer import sinusoids
from tests.helpers.small import N_ACTIONS, N_OBSERVATIONS


def test_a_transformer_knows_when():
    """The same tokens at other times are other tokens."""
    torch.manual_seed(0)
    agent = make_agent("transformer", N_OBSERVATIONS, N_ACTIONS).double().eval()
    same = torch.zeros(1, 6, dtype=torch.long)
    logits = agent(same, same, agent.initial_state(1)).logits[0]
    assert (logits[2:] - logits[1:-1]).abs().max() > 1e-3
    frequencies = 10_000.0 ** (-torch.arange(0, 8, 2) / 8)
    expected = torch.cat([(5 * frequencies).sin(), (5 * frequencies).cos()])
    torch.testing.assert_close(sinusoids(torch.tensor([3, 5]), 8)[1], expected)
