"""TEM-t as published: recall, correction, the write rule, the five losses, and weights from which it trains."""

import math

import pytest
import torch
from torch.nn import functional as F

from agents import make_agent
from agents.base import Batch
from tests.helpers.small import BATCH, N_ACTIONS, N_OBSERVATIONS, SMALL_PUBLISHED, STEPS, seeded_walks, start

KNOWN = torch.ones(BATCH, STEPS, dtype=torch.bool)


def agent_of(**sizes):
    torch.manual_seed(0)
    return make_agent("tem-t-published", N_OBSERVATIONS, N_ACTIONS, **SMALL_PUBLISHED | sizes).double().eval()


def zscore(code):
    return (code - code.mean()) / (code.var(unbiased=False) + 1e-5).sqrt()


def test_a_walk_is_the_equations_of_the_paper_written_out_step_by_step():
    """Of one walk: path integration, attention with the temperature log n, the correction, the write rule."""
    agent = agent_of(same_place=0.3)
    torch.nn.init.normal_(agent.share.of_memory[-1].weight)  # as built, f does not depend on what is retrieved
    observations, actions = seeded_walks()
    found = agent(observations, actions, start(agent))
    code, memories = agent.origin, []
    for t, (symbol, action) in enumerate(zip(observations[0].tolist(), actions[0].tolist(), strict=True)):
        value, query = agent.to_value.weight[symbol], agent.to_key.weight @ zscore(code)
        read, retrieved = torch.zeros(16).double(), torch.zeros(24).double()
        if memories:
            codes, keys, values = (torch.stack(part) for part in zip(*(one[:3] for one in memories), strict=True))
            by_position = (math.log(len(memories)) * keys @ query / 4).softmax(dim=0)
            by_symbol = (math.log(len(memories)) * values @ value / 4).softmax(dim=0)
            read, retrieved = by_position @ values, (by_position * by_symbol) @ codes
        torch.testing.assert_close(found.logits[0, t], agent.readout(read))
        inferred = code + agent.share(retrieved[None], code[None])[0] * (retrieved - code)
        torch.testing.assert_close(found.activity["inferred"][0, t], inferred)
        key = agent.to_key.weight @ zscore(inferred)
        new = not any(s == symbol and F.cosine_similarity(k, key, dim=0) >= 0.3 for _, k, _, s in memories)
        assert found.state.kept[0, t] == new
        if new:
            memories.append((inferred, key, value, symbol))
        code = inferred @ agent.transition[action]
    assert 3 < len(memories) < STEPS


def test_a_pair_of_position_and_symbol_is_remembered_once():
    """With a rule that takes every key for the same, a pair is new when its symbol is."""
    agent = agent_of(same_place=-1.0)
    observations, actions = seeded_walks()
    prediction = agent(observations, actions, start(agent))
    expected = [[symbol not in row[:t] for t, symbol in enumerate(row)] for row in observations.tolist()]
    assert prediction.state.kept.tolist() == expected
    assert prediction.activity["memory"][:, -1, 1:][~prediction.state.kept].abs().max() == 0
    assert agent_of(same_place=1.1)(observations, actions, start(agent)).state.kept.all()


@pytest.mark.parametrize(
    ("setting", "loss"),
    [
        ("inferred_weight", "inferred_cross_entropy"),
        ("correction_penalty", "correction"),
        ("weight_penalty", "weights"),
        ("position_penalty", "position"),
    ],
)
def test_every_loss_has_its_weight_and_reaches_the_recurrence(setting, loss):
    batch, agent = Batch(*seeded_walks(), KNOWN), agent_of(**{setting: 0.5})
    losses = agent.losses(batch)
    assert set(losses) == {"cross_entropy", "inferred_cross_entropy", "correction", "weights", "position"}
    assert torch.autograd.grad(losses[loss], agent.transition, retain_graph=True)[0].abs().max() > 0
    assert agent_of(**{setting: 1.0}).losses(batch)[loss].item() == pytest.approx(2 * losses[loss].item())


def test_penalties_are_of_the_codes_and_weights_they_name():
    agent, batch = agent_of(correction_penalty=1.0, weight_penalty=1.0, position_penalty=1.0), seeded_walks()
    losses = agent.losses(Batch(*batch, KNOWN))
    activity = agent(*batch, start(agent)).activity
    correction = activity["inferred"] - activity["position"]
    assert losses["correction"].item() == pytest.approx(correction.square().sum(dim=-1).mean().item())
    assert losses["weights"].item() == pytest.approx(agent.transition.square().sum().item())
    assert losses["position"].item() == pytest.approx(activity["inferred"].square().sum(dim=-1).mean().item())


def test_codes_of_different_symbols_are_pushed_apart_where_asked():
    """A mean over pairs of known steps of one walk that show different symbols."""
    agent, (observations, actions) = agent_of(apart_weight=2.0, apart_within=0.3), seeded_walks()
    known = torch.zeros_like(KNOWN)
    known[0, [3, 7, 20]] = known[1, 5] = True
    found = agent.losses(Batch(observations, actions, known))["apart"]
    codes, symbols = agent(observations, actions, start(agent)).activity["inferred"][0], observations[0]
    pairs = [(a, b) for a in (3, 7, 20) for b in (3, 7, 20) if symbols[a] != symbols[b]]
    near = [torch.exp(-(codes[a] - codes[b]).square().sum() / 0.18).item() for a, b in pairs]
    assert found.item() == pytest.approx(2 * sum(near) / len(near))
    assert torch.autograd.grad(found, agent.transition)[0].abs().max() > 0


@pytest.mark.parametrize(
    ("sizes", "keeps"), [({}, True), ({"activation": "relu"}, True), ({"initial": "normal"}, False)]
)
def test_untrained_the_code_keeps_its_length_over_a_walk(sizes, keeps):
    """But for the small correction, and not with weights that do so on average only."""
    agent = agent_of(**sizes)
    code = agent.origin[None]
    for action in torch.randint(N_ACTIONS, (128,)):
        code = agent.path_integrate(code, action[None])
    assert (code.norm().item() == pytest.approx(agent.origin.norm().item())) == keeps
    assert agent.origin.norm().item() == pytest.approx(1, abs=0.4)


def test_nothing_sets_the_code_to_a_length_and_predictions_do_not_depend_on_it():
    """Double the origin: every code is twice as long, and where nothing is corrected predictions are the same."""
    agent = agent_of()
    torch.nn.init.constant_(agent.share.of_memory[-1].bias, -1e3)
    walks = seeded_walks()
    before = agent(*walks, start(agent))
    with torch.no_grad():
        agent.origin *= 2
    after = agent(*walks, start(agent))
    torch.testing.assert_close(after.activity["position"], 2 * before.activity["position"])
    torch.testing.assert_close(after.logits, before.logits, rtol=0, atol=1e-3)  # the z-score adds 1e-5 to variances


def test_chunks_below_one_step_are_refused():
    with pytest.raises(ValueError, match="chunk must be at least 1, got 0"):
        agent_of(chunk=0)
