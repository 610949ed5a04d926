"""Transformers without slots: hand gradients against autograd through matrices written out, and stepping."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from agents.base import Batch
from agents.mhn_transformer import LEAST, MHNTransformer
from agents.parts.mhn_attention import NOTHING, first_weights
from agents.parts.mhn_learning import (
    MHNTransformerConfig,
    Weights,
    draw_weights,
    key_gradient,
    learn,
    query_and_value_gradients,
    read,
)
from hippo_envs import case_sequence_family, sample_walks

L, D, SEEDS, B = 4, 12, 2, 5
SMALL = {"n_key": 7, "n_hidden": 9, "inverse_temperature": 0.8}
MODELS = [
    {"model": "baseline", **SMALL, "key_rate": 1.0},
    *(
        {"model": model, **SMALL, **projection}
        for model in ("fixed", "mhn", "qk")
        for projection in ({"projection_strength": 0.0}, {"projection_strength": 1.0}, {"recruitment": "item"})
    ),
    {"model": "mhn", **SMALL, "projection_strength": 0.0, "n_hidden": 2},  # collisions, always
    {"model": "qk", **SMALL, "recruitment": "item", "n_hidden": 4},
]


def generators(seeds=range(SEEDS)):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def prepared(config, seeds=range(SEEDS), scale=2.0):
    """Weights, first fast weights and sequences of some seeds, in float64; weights large enough to matter."""
    generators_ = generators(seeds)
    weights = draw_weights(config, L, generators_, torch.float64)
    weights = Weights(scale * weights.queries, scale * weights.keys, 5 * weights.values)
    first = first_weights(B, config.n_hidden, (config.n_key, 2, D), config.projected, generators_, torch.float64)
    walks = [sample_walks(case_sequence_family(L), range(B * seed, B * (seed + 1)), 6).observations for seed in seeds]
    tokens = torch.from_numpy(np.stack(walks))
    return weights, first, tokens[..., :4], tokens[..., 4], tokens[..., 5] - 3 * L


def written_out(config, weights, first, context, query, network, row):
    """One sequence with every matrix as it stands in the paper; fast weights are constants for the gradient."""
    w_q, w_k, w_v = (matrix[network] for matrix in weights)
    x_q = F.one_hot(query[network, row], D).double()
    items = F.one_hot(context[network, row], D).double()
    if config.model == "baseline":
        attention = (config.inverse_temperature * (w_k @ items.T).T @ (w_q @ x_q)).softmax(0)
        answer = w_v @ items.T @ attention
        return {"answer": answer, "taught": answer, "collided": False}
    n_hidden = config.n_hidden
    w_kh = torch.zeros(n_hidden, config.n_key) if first.first_keys is None else first.first_keys[network, row].clone()
    w_kh = w_kh.double()
    w_hv, w_hi = first.first_values[network, row].T.clone(), first.first_items[network, row].T.clone()
    w_ih = torch.zeros(n_hidden, D).double()
    if config.recruitment == "item":
        w_ih[torch.arange(2 * L) % n_hidden, torch.arange(2 * L)] = 1e9
    elif config.projection_strength:
        w_ih[: 2 * L, : 2 * L] = config.projection_strength * torch.eye(2 * L)
    taken, collided = set(), False
    with torch.no_grad():
        for x in items:
            winner = int((w_kh @ (w_k @ x) + w_ih @ x).argmax())
            collided |= winner in taken
            taken.add(winner)
            w_kh[winner], w_hv[:, winner], w_hi[:, winner] = w_k @ x, w_v @ x, x
    attention = (config.inverse_temperature * w_kh @ (w_q @ x_q)).softmax(0)
    reinstated = w_hi @ attention
    fixed = reinstated.detach()
    by_key = w_hv @ (config.inverse_temperature * w_kh @ (w_k @ fixed)).softmax(0)
    return {
        "answer": w_hv @ attention,
        "taught": w_v @ reinstated,
        "by_key": by_key,
        "key_reinstated": w_k @ fixed,
        "collided": collided,
    }


def autograd_gradients(config, weights, first, context, query, target, stepped_queries):
    leaves = Weights(*(matrix.clone().requires_grad_() for matrix in weights))
    taught, by_key, aligned = [], [], []
    for network in range(SEEDS):
        for row in range(B):
            made = written_out(config, leaves, first, context, query, network, row)
            taught.append((made["taught"] - target[network, row]).square().sum())
            if "by_key" in made:
                by_key.append((made["by_key"] - target[network, row]).square().sum())
                asked = stepped_queries[network] @ F.one_hot(query[network, row], D).double()
                aligned.append((made["key_reinstated"] - asked).square().sum())
    queries, keys, values = torch.autograd.grad(sum(taught), leaves, allow_unused=True)
    if config.model in ("mhn", "qk"):
        (keys,) = torch.autograd.grad(sum(by_key if config.model == "mhn" else aligned), [leaves.keys])
    return queries, keys, values


@pytest.mark.parametrize("sizes", MODELS, ids=str)
def test_hand_gradients_are_those_of_autograd(sizes):
    config = MHNTransformerConfig(**sizes)
    weights, first, context, query, answer = prepared(config)
    target = F.one_hot(answer, 2).double()
    done = read(config, weights, first, context, query)
    queries, of_baseline, values = query_and_value_gradients(config, weights, done, target)
    stepped = weights._replace(queries=weights.queries - 0.1 * queries)
    keys = key_gradient(config, weights, stepped, done, target, of_baseline)
    expected = autograd_gradients(config, weights, first, context, query, target, stepped.queries)
    for name, ours, theirs in zip(Weights._fields, (queries, keys, values), expected, strict=True):
        if config.model == "fixed" and name == "keys":
            assert ours is None
        else:
            assert theirs.abs().max() > 1e-3
            torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_the_published_gradient_has_the_error_of_one_temperature_and_the_softmax_of_another():
    """Where the two temperatures are one it is the exact gradient; elsewhere that of a loss with the error held."""
    config = MHNTransformerConfig("baseline", 7, inverse_temperature=0.3, gradient_inverse_temperature=1.0)
    weights, first, context, query, answer = prepared(config)
    target = F.one_hot(answer, 2).double()
    done = read(config, weights, first, context, query)
    error = (done.answer - target).detach()
    leaves = Weights(*(matrix.clone().requires_grad_() for matrix in weights))
    other = read(MHNTransformerConfig("baseline", 7, inverse_temperature=1.0), leaves, first, context, query)
    expected = torch.autograd.grad((2 * error * other.answer).sum(), leaves)
    for ours, theirs in zip(query_and_value_gradients(config, weights, done, target), expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)
    same = replace(config, gradient_inverse_temperature=0.3)
    exact = replace(config, gradient_inverse_temperature=None)
    for ours, theirs in zip(*(query_and_value_gradients(c, weights, done, target) for c in (same, exact)), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("sizes", MODELS, ids=str)
def test_tokens_in_slots_equal_the_matrices_written_out(sizes):
    config = MHNTransformerConfig(**sizes)
    weights, first, context, query, _ = prepared(config)
    done = read(config, weights, first, context, query)
    for network in range(SEEDS):
        for row in range(B):
            made = written_out(config, weights, first, context, query, network, row)
            torch.testing.assert_close(done.answer[network, row], made["answer"], rtol=0, atol=1e-12)
            assert done.collided[network, row] == made["collided"]


@pytest.mark.parametrize("sizes", MODELS, ids=str)
def test_seeds_side_by_side_do_not_mix(sizes):
    config = MHNTransformerConfig(**sizes)

    def learnt(seeds):
        weights, first, context, query, answer = prepared(config, seeds)
        return learn(config, weights, read(config, weights, first, context, query), answer, 0.01)

    both, alone = learnt((0, 1)), learnt((1,))
    for ours, theirs in zip(both, alone, strict=True):
        torch.testing.assert_close(ours[1:], theirs, rtol=0, atol=1e-12)


def agent_of(sizes):
    torch.manual_seed(0)
    return MHNTransformer(3 * L + 2, 1, MHNTransformerConfig(**sizes)).double()


def walks_of(n=6):
    return torch.from_numpy(sample_walks(case_sequence_family(L), range(n), 6).observations)


@pytest.mark.parametrize("sizes", MODELS, ids=str)
def test_a_stepped_agent_answers_as_the_whole_sequence_read_at_once(sizes):
    agent, tokens = agent_of(sizes), walks_of()
    logits = agent(tokens, torch.zeros_like(tokens), agent.initial_state(6, torch.Generator().manual_seed(3))).logits
    batch = Batch(tokens, torch.zeros_like(tokens), tokens >= 3 * L)
    done, _ = agent._read(batch, torch.Generator().manual_seed(3))
    torch.testing.assert_close(logits[:, 5, 3 * L :], done.answer[0], rtol=0, atol=1e-12)
    assert (logits[:, :, : 3 * L] == LEAST).all()
    assert logits.isfinite().all()


@pytest.mark.parametrize("sizes", MODELS, ids=str)
def test_an_update_is_the_step_of_the_batched_program(sizes):
    agent, tokens = agent_of(sizes), walks_of()
    before = Weights(*(matrix.detach().clone()[None] for matrix in (agent.queries, agent.keys, agent.values)))
    batch = Batch(tokens, torch.zeros_like(tokens), tokens >= 3 * L)
    done, _ = agent._read(batch, torch.Generator().manual_seed(3))
    expected = learn(agent.config, before, done, tokens[None, :, 5] - 3 * L, 0.01)
    optimiser = torch.optim.SGD(agent.parameters(), lr=0.01)
    losses = agent.update(batch, optimiser, 0.0, torch.Generator().manual_seed(3))
    for ours, theirs in zip((agent.queries, agent.keys, agent.values), expected, strict=True):
        torch.testing.assert_close(ours.detach(), theirs[0], rtol=0, atol=1e-12)
    assert losses["collisions"] == done.collided.double().mean()


def test_an_agent_learns_the_task_in_the_environment():
    torch.manual_seed(0)
    env = gym.make_vec("hippo_envs:hippo/CaseSequence-v0", num_envs=100, vectorization_mode="vector_entry_point")
    agent = MHNTransformer(14, 1, MHNTransformerConfig())
    optimiser, generator = torch.optim.SGD(agent.parameters(), lr=5e-3), torch.Generator().manual_seed(0)
    walks = torch.from_numpy(sample_walks(case_sequence_family(L), range(64 * 900), 6).observations)
    for update, tokens in enumerate(walks.split(64)):
        agent.update(Batch(tokens, tokens * 0, tokens >= 12), optimiser, update / 900, generator)
    observation, _ = env.reset(seed=10**6)
    state = agent.initial_state(100)
    for _ in range(5):
        state = agent.observe(state, torch.from_numpy(observation), torch.zeros(100, dtype=torch.long))
        observation, *_ = env.step(np.zeros(100, dtype=np.int64))
    assert (agent.predict(state).argmax(dim=1).numpy() == observation).mean() > 0.9


def test_recruitment_by_item_is_attention_to_slots():
    """With a hidden unit for each letter none is left over and none is taken twice: the baseline, exactly."""
    config = MHNTransformerConfig("fixed", 7, 4, 1.0, recruitment="item")
    weights, first, context, query, _ = prepared(config)
    slots = read(replace(config, model="baseline"), weights, first, context, query)
    done = read(config, weights, first, context, query)
    torch.testing.assert_close(done.answer, slots.answer, rtol=0, atol=1e-12)
    assert not done.collided.any()


def test_a_strong_projection_keeps_letters_apart_where_a_weak_one_does_not():
    collided = {}
    for strength in (1.0, 100.0):
        config = MHNTransformerConfig("mhn", 50, 8, projection_strength=strength)
        done = read(config, *prepared(config, scale=3.0)[:4])
        collided[strength] = done.collided.double().mean()
    assert collided[1.0] > 0.5
    assert collided[100.0] == 0


@pytest.mark.parametrize(
    ("sizes", "loss"),
    [
        ({"model": "baseline", "n_key": 10, "inverse_temperature": 10**-0.5, "key_scale": 0.25}, 0.905),
        ({"model": "mhn"}, 0.533),
        ({"model": "qk"}, 0.533),
    ],
)
def test_first_losses_are_those_of_the_authors(sizes, loss):
    config = MHNTransformerConfig(**sizes)
    seeds = range(20)
    weights = draw_weights(config, L, generators(seeds))
    first = first_weights(64, 16, (config.n_key, 2, D), config.projected, generators(seeds), torch.float32)
    tokens = torch.from_numpy(sample_walks(case_sequence_family(L), range(20 * 64), 6).observations).view(20, 64, 6)
    done = read(config, weights, first, tokens[..., :4], tokens[..., 4])
    error = (done.answer - F.one_hot(tokens[..., 5] - 12, 2)).square().sum(dim=2).mean()
    assert error.item() == pytest.approx(loss, abs=0.01)


def test_before_any_letter_nothing_is_held_and_nothing_breaks():
    for sizes in MODELS:
        agent = agent_of(sizes)
        state = agent.initial_state(3)
        assert (state.held == NOTHING).all()
        assert agent.predict(state).isfinite().all()


@pytest.mark.parametrize(
    ("sizes", "n_observations", "said"),
    [
        ({"n_hidden": 7}, 14, "n_hidden of at least 8, one for each of 4 letters in either case, got 7"),
        ({"n_hidden": 6, "recruitment": "item"}, 14, "n_hidden of 4, .* at least 8.*, got 6"),
        ({"n_hidden": 0}, 14, "n_hidden must be at least 1, got 0"),
        ({"model": "kq"}, 14, "no model 'kq': use one of baseline, fixed, mhn, qk"),
        ({"recruitment": "luck"}, 14, "by key or by item, got 'luck'"),
        ({"projection_strength": -1.0}, 14, r"projection_strength must be at least 0, got -1\.0"),
        ({"gradient_inverse_temperature": 1.0}, 14, r"Only the baseline .*, got 1\.0 for 'qk'"),
        ({}, 13, r"3 L \+ 2 tokens, 5 or more, got 13"),
    ],
)
def test_sizes_that_cannot_be_are_refused(sizes, n_observations, said):
    with pytest.raises(ValueError, match=said):
        MHNTransformer(n_observations, 1, MHNTransformerConfig(**sizes))


@pytest.mark.parametrize("model", ["baseline", "fixed", "mhn", "qk"])
def test_it_learns_where_its_weights_are(model):
    """On the device "meta", which has no values, as on a GPU: fast weights follow the others."""
    agent = MHNTransformer(3 * L + 2, 1, MHNTransformerConfig(model=model, **SMALL)).to("meta")
    walks = sample_walks(case_sequence_family(L), range(B), 6)
    observations = torch.from_numpy(walks.observations).to("meta")
    batch = Batch(observations, torch.zeros_like(observations), torch.ones_like(observations, dtype=torch.bool))
    losses = agent.update(batch, torch.optim.SGD(agent.parameters(), lr=0.1), progress=0.0)
    state = agent.observe(agent.initial_state(B), observations[:, 0], batch.actions[:, 0])
    assert {tensor.device.type for tensor in (*losses.values(), *state, agent.predict(state))} == {"meta"}
