"""TEM-t: its losses, its memory, and the correction by landmarks."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from agents import make_agent
from agents.base import Batch
from agents.sizes import as_settings
from agents.tem_t import TEMtConfig
from tests.helpers.small import BATCH, N_ACTIONS, N_OBSERVATIONS, SMALL, STEPS, seeded_walks, start


def tem_t(**sizes):
    torch.manual_seed(0)
    return make_agent("tem-t", N_OBSERVATIONS, N_ACTIONS, **{**SMALL, **sizes}).double().eval()


def test_drift_is_the_distance_to_the_remembered_code():
    torch.manual_seed(0)
    agent = make_agent("tem-t", N_OBSERVATIONS, N_ACTIONS, drift_penalty=0.5, **SMALL).double()
    observations, actions = seeded_walks()
    known = torch.rand(BATCH, STEPS) < 0.5
    prediction = agent(observations, actions, start(agent))
    position, weights = prediction.activity["position"], prediction.activity["memory"]
    distances = []
    for b, t in known.nonzero().tolist():
        remembered = sum(weights[b, t, 1 + s] * position[b, s] for s in range(t))
        distances.append(((position[b, t] - remembered) ** 2).sum().item())
    found = agent.losses(Batch(observations, actions, known), torch.Generator().manual_seed(1))["drift"]
    assert found.item() == pytest.approx(0.5 * sum(distances) / len(distances))


def test_without_a_generator_walks_start_alike_and_with_one_they_start_apart():
    torch.manual_seed(0)
    agent = make_agent("tem-t", N_OBSERVATIONS, N_ACTIONS, **SMALL)
    first, again = agent.initial_state(4).position, agent.initial_state(4).position
    assert torch.equal(first, again)
    seeded = agent.initial_state(4, torch.Generator().manual_seed(5)).position
    assert not torch.allclose(first, seeded)
    torch.testing.assert_close(seeded.norm(dim=-1), torch.ones(4))


def test_chunks_cut_the_gradient_and_not_the_walk():
    """Two chunks: the second learns from what the first has left in memory, as it would from a detached state."""
    observations, actions = seeded_walks()
    known = torch.ones(BATCH, STEPS, dtype=torch.bool)
    known[:, :12] = False  # no step is taken after the first chunk, so both see the same weights
    agent, oracle = tem_t(chunk=12), tem_t()
    batch = Batch(observations, actions, known)
    optimisers = [torch.optim.SGD(one.parameters(), lr=0.1) for one in (agent, oracle)]
    found = agent.update(batch, optimisers[0], 0.0, torch.Generator().manual_seed(1))
    state = oracle(observations[:, :12], actions[:, :12], start(oracle)).state
    state = type(state)(*(tensor.detach() for tensor in state))
    losses = oracle._losses_from(state, Batch(*(part[:, 12:] for part in batch)))[0]
    sum(losses.values()).backward()
    torch.nn.utils.clip_grad_norm_(oracle.parameters(), oracle.max_gradient_norm)
    optimisers[1].step()
    assert found == pytest.approx({name: loss.item() for name, loss in losses.items()})
    for ours, expected in zip(agent.parameters(), oracle.parameters(), strict=True):
        torch.testing.assert_close(ours, expected, rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="no step of these walks is known"):
        agent.update(Batch(observations, actions, torch.zeros_like(known)), optimisers[0], 0.0)


def test_a_chunk_of_no_steps_is_refused():
    with pytest.raises(ValueError, match="1 step or more, or None for whole walks, got 0"):
        tem_t(chunk=0)


def test_the_write_gate_keeps_what_no_earlier_step_has_shown():
    """With a gate that takes every key for the same, a memory is new when its symbol is."""
    agent = tem_t(write_gate=-1.0)
    observations, actions = seeded_walks()
    kept = agent(observations, actions, start(agent)).state.kept[:, 1:]
    expected = [[symbol not in row[:t] for t, symbol in enumerate(row)] for row in observations.tolist()]
    assert kept.tolist() == expected
    assert agent(observations, actions, start(agent)).activity["memory"][:, -1, 1:][~kept].abs().max() == 0
    open_gate = tem_t(write_gate=1.1)
    assert open_gate(observations, actions, start(open_gate)).state.kept.all()


def test_landmarks_pull_the_position_to_where_the_observation_was_made():
    """Put the agent a little off a remembered place, let it see what is there: it comes back; elsewhere it does not."""
    agent = tem_t(landmark_correction=True)
    with torch.no_grad():
        agent.trust.bias.fill_(3.0)
        agent.symbol_match.fill_(30.0)
    state = start(agent)
    place, symbol = state.position, torch.zeros(BATCH, dtype=torch.long)
    state = agent.remember(state, place[:, None], symbol[:, None])
    off = agent.path_integrator.normalise(place + 0.05 * torch.randn_like(place))
    seen, unseen = (agent.infer(state._replace(position=off), s) for s in (symbol, symbol + 1))
    before = (off - place).norm(dim=-1)
    assert ((seen - place).norm(dim=-1) < 0.2 * before).all()
    assert ((unseen - place).norm(dim=-1) > (seen - place).norm(dim=-1)).all()


def test_without_correction_the_inferred_code_is_the_path_integrated_one():
    agent = tem_t()
    activity = agent(*seeded_walks(), start(agent)).activity
    assert torch.equal(activity["inferred"], activity["position"])


@pytest.mark.parametrize(
    ("setting", "loss"),
    [
        ({"drift_penalty": 1.0}, "drift"),
        ({"weight_penalty": 0.1}, "weights"),
        ({"position_penalty": 0.1}, "position"),
        ({"landmark_correction": True, "inferred_weight": 1.0}, "inferred_cross_entropy"),
        (
            {"landmark_correction": True, "landmark_attention": "product", "inferred_weight": 1.0},
            "inferred_cross_entropy",
        ),
    ],
)
def test_every_loss_is_there_when_asked_for_and_reaches_the_recurrence(setting, loss):
    off = {"drift_penalty": 0.0}
    batch = Batch(*seeded_walks(), torch.ones(BATCH, STEPS, dtype=torch.bool))
    assert set(tem_t(**off).losses(batch)) == {"cross_entropy"}
    agent = tem_t(**off | setting)
    losses = agent.losses(batch)
    assert set(losses) == {"cross_entropy", loss}
    gradient = torch.autograd.grad(losses[loss], agent.path_integrator.transition)[0]
    assert gradient.abs().max() > 0
    doubled = {name: 2 * value for name, value in setting.items() if isinstance(value, float)}
    assert tem_t(**off | setting | doubled).losses(batch)[loss].item() == pytest.approx(2 * losses[loss].item())


def test_what_attention_leaves_to_the_empty_slot_is_not_corrected():
    """The correction, written out for one memory: only the share of attention that the memory has pulls the code."""
    agent = tem_t(landmark_correction=True)
    with torch.no_grad():
        agent.trust.bias.fill_(0.5)
    state = start(agent)
    symbol = torch.zeros(BATCH, dtype=torch.long)
    elsewhere = agent.path_integrator.normalise(torch.randn_like(state.position))
    state = agent.remember(state, elsewhere[:, None], symbol[:, None])
    here, key = state.position, agent.key(state.position)
    temperature = agent.temperature_offset + agent.temperature_log_slope.exp() * math.log(2)
    score = temperature / SMALL["n_key"] ** 0.5 * (key * agent.key(elsewhere)).sum(dim=-1) + agent.symbol_match
    share = score.sigmoid()[:, None]  # against the empty slot, whose score is 0
    remembered = share * elsewhere + (1 - share) * here
    trust = agent.trust(F.cosine_similarity(remembered, here, dim=-1)[:, None]).sigmoid()
    expected = agent.path_integrator.normalise(here + trust * (remembered - here))
    torch.testing.assert_close(agent.infer(state, symbol), expected, rtol=0, atol=1e-12)


def test_two_attentions_multiplied_correct_the_code_as_written_out_memory_by_memory():
    """The paper's correction, slowly and in NumPy: g^PI + f(g_ret, g^PI) (g_ret - g^PI), at one length again."""
    agent = tem_t(landmark_correction=True, landmark_attention="product")
    with torch.no_grad():
        for parameter in agent.memory_share.parameters():
            parameter.copy_(torch.randn_like(parameter))
    observations, actions = seeded_walks()
    state = agent(observations, actions, start(agent)).state
    with torch.no_grad():
        corrected = agent.infer(state, observations[:, 0]).numpy()
        position, codes, keys, values = (
            part.numpy() for part in (state.position, state.codes, state.keys, state.values)
        )
        queries, symbols = agent.key(state.position).numpy(), agent.to_value(observations[:, 0]).numpy()
        offset, slope = agent.temperature_offset.item(), agent.temperature_log_slope.exp().item()
    temperature = offset + slope * np.log(codes.shape[1])  # the empty slot does not count, and 1 is added
    for b in range(BATCH):
        attention = []
        for query, stored in ((queries[b], keys[b]), (symbols[b], values[b])):
            scores = [temperature * (query @ memory) / len(query) ** 0.5 for memory in stored]
            exponentials = [np.exp(score) for score in scores]
            attention.append([one / sum(exponentials) for one in exponentials])
        retrieved = sum(one * other * code for one, other, code in zip(*attention, codes[b], strict=True))
        of_memory = slow_network(agent.memory_share.of_memory, np.concatenate([retrieved, position[b]]))
        of_path = slow_network(agent.memory_share.of_path, position[b])
        share = np.exp(of_memory) / (np.exp(of_memory) + np.exp(of_path))
        moved = position[b] + share * (retrieved - position[b])
        modules = moved.reshape(agent.config.n_modules, -1)
        expected = modules / np.linalg.norm(modules, axis=1, keepdims=True) / agent.config.n_modules**0.5
        np.testing.assert_allclose(corrected[b], expected.ravel(), rtol=0, atol=1e-12)


def slow_network(network, x):
    first, _, last = ([parameter.detach().numpy() for parameter in layer.parameters()] for layer in network)
    return last[0] @ np.maximum(first[0] @ x + first[1], 0) + last[1]


def test_the_two_corrections_by_landmarks_are_two_settings_and_the_older_keeps_its_name_in_settings():
    assert "landmark_attention" not in as_settings(TEMtConfig(landmark_correction=True))
    assert as_settings(TEMtConfig(landmark_attention="product"))["landmark_attention"] == "product"


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_the_size_of_the_recurrence_says_nothing(activation):
    """So the penalty on g, which is on lengths before they are set to one, moves sizes and no prediction."""
    agent, walks = tem_t(activation=activation, position_penalty=1.0), seeded_walks()
    before = agent(*walks, start(agent))
    with torch.no_grad():
        agent.path_integrator.transition *= 0.3
    after = agent(*walks, start(agent))
    torch.testing.assert_close(after.logits, before.logits, rtol=0, atol=1e-9)
    torch.testing.assert_close(after.activity["length"], 0.3 * before.activity["length"])
