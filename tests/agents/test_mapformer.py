"""MapFormer: where it has been is a sum of angles."""

import pytest
import torch

from agents import make_agent
from agents.mapformer import QUERIES_AT_ONCE
from agents.parts.rotations import rotate
from tests.helpers.small import N_ACTIONS, N_OBSERVATIONS


def made(**sizes):
    torch.manual_seed(0)
    return make_agent("mapformer", N_OBSERVATIONS, N_ACTIONS, **sizes).double().eval()


@pytest.mark.parametrize("memory", ["working", "episodic"])
def test_the_order_of_steps_does_not_change_where_they_lead(memory):
    """Rotations commute: this is why a tree cannot be held."""
    agent = made(memory=memory)
    symbols, actions = torch.zeros(1, 6, dtype=torch.long), torch.tensor([[0, 1, 2, 3, 4, 1]])
    there, also = (
        agent(symbols, way, agent.initial_state(1)).state.turned for way in (actions, actions[:, [5, 3, 0, 4, 2, 1]])
    )
    torch.testing.assert_close(there, also, rtol=0, atol=1e-12)


def test_angles_are_sums_of_what_both_kinds_of_tokens_turn():
    agent = made()
    symbols, actions = torch.tensor([[3, 1]]), torch.tensor([[2, 4]])
    tokens = torch.cat([agent.embed_observation(symbols), agent.embed_action(actions)], dim=1)
    turned = tokens @ agent.movement.to_movement.weight.T @ agent.movement.to_planes.weight.T
    expected = agent.movement.frequencies * turned.sum(dim=1).unflatten(1, (2, -1))
    torch.testing.assert_close(agent(symbols, actions, agent.initial_state(1)).state.turned, expected)


def test_the_slowest_plane_turns_once_in_the_longest_way():
    frequencies = made(longest=32.0).movement.frequencies
    torch.testing.assert_close(
        frequencies[:, [0, -1]], torch.tensor([1.0, 1 / 32]).double().expand(2, 2) * 2 * torch.pi
    )


def test_a_rotation_leaves_lengths_and_adds_up():
    vectors, angles = torch.randn(3, 8).double(), torch.randn(2, 3, 4).double()
    once, other = angles
    torch.testing.assert_close(rotate(rotate(vectors, once), other), rotate(vectors, once + other))
    torch.testing.assert_close(rotate(vectors, once).norm(dim=-1), vectors.norm(dim=-1))


def test_episodic_scores_are_products_of_content_and_place():
    """By hand: the last action token of a walk attends to six tokens."""
    agent = made(memory="episodic", n_heads=1)
    symbols, actions = torch.tensor([[3, 1, 3]]), torch.tensor([[2, 4, 0]])
    state = agent(symbols, actions, agent.initial_state(1)).state
    tokens = torch.stack([agent.embed_observation(symbols), agent.embed_action(actions)], dim=2).flatten(1, 2)[0]
    places = rotate(agent.origin[0].expand(6, -1), agent.movement(tokens).cumsum(dim=0)[:, 0])
    normed = agent.attention_norm(tokens)
    keys, values = agent.to_key_value(normed).chunk(2, dim=-1)
    scores = (keys @ agent.to_query(normed[5])) * (places @ places[5]) / 64
    asked = tokens[5] + agent.from_values(scores.softmax(dim=0) @ values)
    torch.testing.assert_close(state.output[0], asked + agent.feed_forward(asked))


def test_a_long_walk_is_asked_in_pieces_and_answered_alike():
    agent, n_steps = made(memory="episodic"), QUERIES_AT_ONCE + 3
    generator = torch.Generator().manual_seed(0)
    symbols = torch.randint(N_OBSERVATIONS, (1, n_steps), generator=generator)
    actions = torch.randint(N_ACTIONS, (1, n_steps), generator=generator)
    whole = agent(symbols, actions, agent.initial_state(1))
    first = agent(symbols[:, :70], actions[:, :70], agent.initial_state(1))
    rest = agent(symbols[:, 70:], actions[:, 70:], first.state)
    torch.testing.assert_close(torch.cat([first.logits, rest.logits], dim=1), whole.logits)
