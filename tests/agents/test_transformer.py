"""The transformer, and what its position codes know."""

import pytest
import torch

from agents import make_agent
from agents.parts.given_places import tell_places, told
from agents.parts.position_codes import CODES
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


@pytest.mark.parametrize("position", CODES)
def test_a_code_of_actions_knows_the_way_and_one_of_time_the_number_of_steps(position):
    """Five steps and back are where they began, whatever was seen, if actions are followed and have inverses."""
    torch.manual_seed(0)
    agent = make_agent("transformer", N_OBSERVATIONS, 2, position=position).double().eval()
    code = agent.position_code
    if position == "angles":  # two actions that are each other's inverse
        code.embed_action.weight.data[1] = -code.embed_action.weight.data[0]
    if position == "matrices":
        code.path_integrator.transition.data[1] = code.path_integrator.transition.data[0].mT
    actions = torch.tensor([[0] * 5 + [1] * 5])
    nodes = torch.tensor([[0, 1, 2, 3, 4, 5, 4, 3, 2, 1]])
    state = agent.initial_state(1).position
    followed = code.follow(state, tell_places(actions, nodes, 2) if position == "given" else actions, 0)
    vectors = torch.ones(1, agent.config.n_heads, 10, agent.config.n_units // agent.config.n_heads).double()
    queries, keys = code.place(vectors, followed.arrived), code.place(vectors, followed.departed)
    similar = (queries @ keys.mT).mean(dim=1)[0]
    # After eight steps the walk is at node 2, where it was after two and where it has not been since.
    most, next_to_it = similar[7, :8].topk(2).values
    closest = similar[7, :8].argmax().item()
    if position in ("angles", "matrices", "given"):
        assert closest == 2
        assert most > next_to_it + 1e-6
    elif position == "rope":
        assert closest == 7
    else:
        assert similar.std() == 0


def test_places_are_told_beside_the_actions():
    actions, nodes = torch.tensor([[3, 0, 1]]), torch.tensor([[7, 0, 4095]])
    plain, departed, arrived = told(tell_places(actions, nodes, N_ACTIONS), N_ACTIONS)
    assert torch.equal(plain, actions)
    assert departed.tolist() == [[8, 1, 4096]]
    assert arrived.tolist() == [[1, 4096, 0]]
    with pytest.raises(ValueError, match="at most 4096 nodes, got node 4096"):
        tell_places(actions, nodes + 1, N_ACTIONS)
