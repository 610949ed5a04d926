"""Every agent, by being in the table: what the contract promises."""

import json
import math
import subprocess
import sys
from dataclasses import asdict

import pytest
import torch
from torch.nn import functional as F

from agents import AGENTS, find_config, make_agent
from agents.base import Agent, Batch
from agents.path_integration import PathIntegrator, _Recurrence, scan
from agents.transformer import sinusoids

N_OBSERVATIONS, N_ACTIONS, BATCH, STEPS = 7, 5, 3, 24
SMALL = {"n_units": 24, "n_modules": 4, "n_key": 16, "n_sensory": 16, "n_hidden": 16}
SMALL_TEM = {"n_abstract": (9, 6, 6), "smoothing": (0.9, 0.3, 0.1), "chunk": 7}
VARIANTS = [
    ("tem-t", SMALL),
    ("tem-t", SMALL | {"activation": "relu"}),
    ("tem-t", SMALL | {"write_gate": 0.9}),
    ("tem-t", SMALL | {"landmark_correction": True, "write_gate": 0.9}),
    ("transformer", {}),
    ("lstm", {}),
    ("tem", SMALL_TEM),
]

# The first three losses of a seeded agent on seeded walks. They move only if what an agent computes has changed.
GOLDEN_LOSSES: dict[str, list[float]] = {
    "tem-t": [2.943601, 2.965712, 2.938024],
    "transformer": [2.064498, 2.036157, 2.142951],
    "lstm": [1.96542, 1.939365, 1.946488],
    "tem": [6.047139, 6.039361, 5.949964],
}


@pytest.fixture(params=VARIANTS, ids=str)
def agent(request) -> Agent:
    name, sizes = request.param
    torch.manual_seed(0)
    agent = make_agent(name, N_OBSERVATIONS, N_ACTIONS, **sizes).double().eval()
    if name == "tem":
        torch.nn.init.normal_(agent.transition, std=0.1)  # as built, every action leaves it where it is
    return agent


def seeded_walks(seed=0):
    generator = torch.Generator().manual_seed(seed)
    observations = torch.randint(N_OBSERVATIONS, (BATCH, STEPS), generator=generator)
    return observations, torch.randint(N_ACTIONS, (BATCH, STEPS), generator=generator)


def start(agent):
    return agent.initial_state(BATCH, torch.Generator().manual_seed(1))


def test_every_agent_in_the_table_is_tested_here():
    assert {name for name, _ in VARIANTS} == set(AGENTS)


def test_an_unknown_agent_is_refused_by_name():
    with pytest.raises(ValueError, match=r"no agent 'tem-u'.*tem-t"):
        make_agent("tem-u", N_OBSERVATIONS, N_ACTIONS)


def test_sizes_that_went_through_json_are_those_that_went_in():
    config = find_config("tem", **SMALL_TEM)
    assert find_config("tem", **json.loads(json.dumps(asdict(config)))) == config


@pytest.mark.parametrize("chunks", [[24], [1] * 24, [5, 1, 18]])
def test_a_whole_walk_equals_stepping_however_it_is_cut(agent, chunks):
    observations, actions = seeded_walks()
    stepped = Agent.forward(agent, observations, actions, start(agent))
    state, logits = start(agent), []
    with torch.no_grad():
        for seen, done in zip(observations.split(chunks, dim=1), actions.split(chunks, dim=1), strict=True):
            prediction = agent(seen, done, state)
            state = prediction.state
            logits.append(prediction.logits)
    torch.testing.assert_close(torch.cat(logits, dim=1), stepped.logits, rtol=0, atol=1e-9)
    for ours, theirs in zip(state, stepped.state, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("changed", ["observations", "actions"])
def test_prediction_depends_on_the_past_only(agent, changed):
    """Change everything from step 10 on: nothing up to step 10 moves, and something after it does."""
    walks = dict(zip(("observations", "actions"), seeded_walks(), strict=True))
    other = dict(walks)
    other[changed] = walks[changed].clone()
    n_symbols = N_OBSERVATIONS if changed == "observations" else N_ACTIONS
    other[changed][:, 10:] = (walks[changed][:, 10:] + 1) % n_symbols
    before, after = (agent(w["observations"], w["actions"], start(agent)).logits for w in (walks, other))
    assert torch.equal(before[:, :11], after[:, :11])
    assert not torch.allclose(before[:, 11:], after[:, 11:])


def test_walks_of_a_batch_do_not_mix(agent):
    observations, actions = seeded_walks()
    other = observations.clone()
    other[1:] = (other[1:] + 1) % N_OBSERVATIONS
    state = start(agent)
    assert torch.equal(agent(observations, actions, state).logits[0], agent(other, actions, state).logits[0])


def test_activity_is_named_and_has_a_row_for_every_step(agent):
    activity = agent(*seeded_walks(), start(agent)).activity
    assert activity
    for values in activity.values():
        assert values.shape[:2] == (BATCH, STEPS)


def test_only_known_steps_are_learnt_from(agent):
    observations, actions = seeded_walks()
    known = torch.zeros(BATCH, STEPS, dtype=torch.bool)
    known[:, 5] = True
    other = observations.clone()
    other[:, 20:] = (other[:, 20:] + 1) % N_OBSERVATIONS

    def losses(seen):
        return agent.losses(Batch(seen, actions, known), torch.Generator().manual_seed(1))

    assert losses(observations) == losses(other)
    expected = F.cross_entropy(agent(observations, actions, start(agent)).logits[:, 5], observations[:, 5])
    torch.testing.assert_close(losses(observations)["cross_entropy"], expected)


def golden_losses(name):
    torch.manual_seed(0)
    agent = make_agent(name, N_OBSERVATIONS, N_ACTIONS, **{"tem-t": SMALL, "tem": SMALL_TEM}.get(name, {}))
    optimiser = torch.optim.Adam(agent.parameters(), lr=1e-3)
    known = torch.ones(BATCH, STEPS, dtype=torch.bool)
    losses = []
    for update in range(3):
        named = agent.update(Batch(*seeded_walks(update), known), optimiser, update / 3)
        losses.append(sum(named.values()).item())
    return losses


@pytest.mark.parametrize("name", AGENTS)
def test_first_losses_are_what_they_were(name):
    assert golden_losses(name) == pytest.approx(GOLDEN_LOSSES[name], rel=1e-4)


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_learns_a_world_it_can_learn(name):
    """Walk a ring of four symbols, always the same one: any agent must come to know what comes next."""
    torch.manual_seed(0)
    agent = make_agent(name, 4, 2)
    generator = torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(agent.parameters(), lr=3e-3)
    losses = []
    n_updates = 200 if name == "tem" else 100  # it must find out what its memory is good for
    for update in range(n_updates):
        actions = torch.randint(2, (8, 16), generator=generator)
        node = torch.cat([torch.zeros(8, 1, dtype=torch.long), (2 * actions - 1).cumsum(dim=1)[:, :-1]], dim=1) % 4
        known = torch.tensor([[bool((row[:t] == row[t]).any()) for t in range(16)] for row in node])
        losses.append(agent.update(Batch(node, actions, known), optimiser, update / n_updates)["cross_entropy"].item())
    assert losses[-1] < 0.3 * losses[0]


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


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_the_gradient_by_hand_equals_autograd(activation):
    torch.manual_seed(0)
    integrator = PathIntegrator(n_actions=3, n_units=6, n_modules=2, activation=activation).double()
    start_code = (F.normalize(torch.randn(4, 2, 3, dtype=torch.float64), dim=-1).flatten(1) / 2**0.5).requires_grad_()
    actions = torch.randint(3, (4, 9))
    weighting = torch.randn(4, 10, 6, dtype=torch.float64)
    of_lengths = torch.randn(4, 9, 2, dtype=torch.float64)

    def by_autograd():
        codes, lengths = [start_code], []
        for action in actions.unbind(1):
            by_module = codes[-1].unflatten(1, (2, 3))
            moved = torch.einsum("bmd,bmde->bme", by_module, integrator.transition[action])
            moved = (moved.relu() if activation == "relu" else moved) * 2**0.5
            lengths.append(moved.norm(dim=-1))
            codes.append(F.normalize(moved, dim=-1).flatten(1) / 2**0.5)
        return torch.stack(codes, dim=1), torch.stack(lengths, dim=1)

    walked = integrator.walk(start_code, actions)
    ours = torch.cat([walked.positions, walked.next_position[:, None]], dim=1)
    expected_codes, expected_lengths = by_autograd()
    torch.testing.assert_close(ours, expected_codes, rtol=0, atol=1e-12)
    torch.testing.assert_close(walked.lengths, expected_lengths, rtol=0, atol=1e-12)
    inputs = (start_code, integrator.transition)
    found = torch.autograd.grad((ours * weighting).sum() + (walked.lengths * of_lengths).sum(), inputs)
    expected = torch.autograd.grad((expected_codes * weighting).sum() + (expected_lengths * of_lengths).sum(), inputs)
    for gradient, oracle in zip(found, expected, strict=True):
        torch.testing.assert_close(gradient, oracle, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("n_steps", "gain"), [(1, 1.0), (3, 1.0), (16, 1.0), (30, 1.0), (1_000, 0.2), (1_000, 5.0)])
def test_the_parallel_scan_equals_the_recurrence(n_steps, gain):
    """Also where every step shrinks or stretches the code so much that products over a block would leave the floats."""
    torch.manual_seed(0)
    integrator = PathIntegrator(n_actions=3, n_units=12, n_modules=3, activation="linear")
    actions = torch.randint(3, (5, n_steps))
    weighting = torch.randn(n_steps + 1, 3, 5, 4)
    dtype, tolerance = (torch.float32, 2e-3) if n_steps == 1_000 else (torch.float64, 1e-10)
    start_code = F.normalize(torch.randn(3, 5, 4, dtype=dtype), dim=-1)
    transition = (gain * integrator.transition.detach()).to(dtype).requires_grad_()
    results = []
    for recurrence in (scan, lambda *inputs: _Recurrence.apply(*inputs, False)):
        codes, lengths = recurrence(start_code, transition, actions)
        loss = (codes * weighting).mean() + lengths.square().mean()
        results.append((codes, lengths, torch.autograd.grad(loss, transition)[0]))
    for scanned, stepped in zip(*results, strict=True):
        torch.testing.assert_close(scanned, stepped, rtol=tolerance, atol=tolerance)


def test_a_rectified_code_starts_as_one_that_is_moved_around_whole():
    """The numbers of a module are the same after every walk, in another order: nothing dies on the way."""
    torch.manual_seed(0)
    integrator = PathIntegrator(n_actions=3, n_units=12, n_modules=3, activation="relu").double()
    origin = integrator.normalise(integrator.origin.flatten())[None]
    walked = integrator.walk(origin, torch.randint(3, (1, 40))).positions[0]
    sorted_modules = walked.unflatten(-1, (3, 4)).sort(dim=-1).values
    assert (origin > 0).all()
    torch.testing.assert_close(sorted_modules, sorted_modules[:1].expand_as(sorted_modules), rtol=0, atol=1e-12)
    assert not torch.allclose(walked[1:], walked[:1], atol=1e-3)


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


def test_an_unknown_activation_is_refused():
    """In a process of its own, for here the type checker of the tests would be the first to say so."""
    program = "from agents import make_agent; make_agent('tem-t', 7, 5, activation='tanh')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "ValueError: The activation is linear or relu, got 'tanh'." in done.stderr


def test_units_must_split_into_modules():
    with pytest.raises(ValueError, match="10 units cannot be split evenly into 4 modules"):
        make_agent("tem-t", N_OBSERVATIONS, N_ACTIONS, n_units=10, n_modules=4)


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


def tem_t(**sizes):
    torch.manual_seed(0)
    return make_agent("tem-t", N_OBSERVATIONS, N_ACTIONS, **{**SMALL, **sizes}).double().eval()


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
