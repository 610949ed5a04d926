"""Every agent, by being in the table: what the contract promises."""

import json
import math
import re
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pytest
import torch
from torch.fx.experimental import _config as symbolic
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from agents import AGENTS, OF_ONE_TASK, find_agent, find_config, make_agent, max_gradient_norm
from agents.base import Agent, Batch
from agents.parts.given_places import tell_places
from agents.parts.position_codes import CODES
from agents.sizes import Sizes
from tests.helpers.small import (
    BATCH,
    N_ACTIONS,
    N_OBSERVATIONS,
    SMALL,
    SMALL_NMDA,
    SMALL_PUBLISHED,
    SMALL_TEM,
    STEPS,
    seeded_walks,
    start,
)

# Sizes that are tested: small ones, or each way of computing. An agent that is not named is tested as it is by default.
SIZED = [
    ("tem-t", SMALL),
    ("tem-t", SMALL | {"activation": "relu"}),
    ("tem-t", SMALL | {"write_gate": 0.9}),
    ("tem-t", SMALL | {"landmark_correction": True, "write_gate": 0.9}),
    ("tem-t", SMALL | {"landmark_correction": True, "landmark_attention": "product"}),
    ("tem-t-published", SMALL_PUBLISHED | {"chunk": 7}),
    ("tem-t-published", SMALL_PUBLISHED | {"activation": "relu", "same_place": 0.3}),
    ("nmda", SMALL_NMDA),
    ("nmda", SMALL_NMDA | {"position": "learned", "relative_bias": True, "n_layers": 3}),
    ("slot-free", SMALL | {"n_memory_units": 40}),
    ("slot-free", SMALL | {"n_memory_units": 4, "vigilance": 0.5}),
    ("transformer", {}),
    *(("transformer", {"position": code}) for code in ("none", "rope", "angles", "given")),
    ("transformer", {"position": "matrices", "n_place": 24, "n_modules": 4}),
    ("mapformer", {}),
    ("mapformer", {"memory": "episodic"}),
    ("gated-deltanet", {"chunk": 3}),
    ("gated-deltanet", {"negative_eigenvalues": False, "n_layers": 1}),
    ("lstm", {}),
    ("tem", SMALL_TEM),
]
VARIANTS = [*SIZED, *((name, {}) for name in AGENTS if name not in dict(SIZED))]


@pytest.fixture(params=VARIANTS, ids=str)
def agent(request) -> Agent:
    name, sizes = request.param
    torch.manual_seed(0)
    agent = make_agent(name, N_OBSERVATIONS, N_ACTIONS, **sizes).double().eval()
    if name == "tem":
        torch.nn.init.normal_(agent.transition, std=0.1)  # as built, every action leaves it where it is
    if sizes.get("position") == "learned":
        torch.nn.init.normal_(agent.place_code.transition, std=0.1)
    return agent


def test_a_size_that_an_agent_does_not_have_is_told_beside_those_that_it_has():
    with pytest.raises(ValueError, match=r"tem-t has no size 'n_unit': use some of .*n_units"):
        make_agent("tem-t", N_OBSERVATIONS, N_ACTIONS, n_unit=3)


def test_an_unknown_agent_is_refused_by_name():
    with pytest.raises(ValueError, match=r"no agent 'tem-u'.*tem-t"):
        make_agent("tem-u", N_OBSERVATIONS, N_ACTIONS)


def test_sizes_that_went_through_json_are_those_that_went_in():
    config = find_config("tem", **SMALL_TEM)
    assert find_config("tem", **json.loads(json.dumps(asdict(config)))) == config


def test_a_whole_walk_equals_stepping_however_it_is_cut(agent):
    observations, actions = seeded_walks()
    stepped = Agent.forward(agent, observations, actions, start(agent))
    for chunks in ([24], [1] * 24, [5, 1, 18]):
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


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.uint64], ids=str)
def test_whole_numbers_of_any_dtype_are_the_same_walk(agent, dtype):
    observations, actions = (steps[:, :8] for steps in seeded_walks())
    known = torch.ones(BATCH, 8, dtype=torch.bool)
    other, done = observations.to(dtype), actions.to(dtype)
    assert torch.equal(agent(other, done, start(agent)).logits, agent(observations, actions, start(agent)).logits)
    stepped = agent.observe(start(agent), other[:, 0], done[:, 0])
    assert torch.equal(
        agent.predict(stepped), agent.predict(agent.observe(start(agent), observations[:, 0], actions[:, 0]))
    )
    assert agent.losses(Batch(other, done, known)) == agent.losses(Batch(observations, actions, known))
    agent.update(Batch(other, done, known.to(torch.uint8)), torch.optim.SGD(agent.parameters(), lr=0.0), progress=0.5)


@pytest.mark.parametrize(
    "wrong", [torch.zeros(BATCH, STEPS), torch.zeros(BATCH, STEPS, dtype=torch.bool), [[0] * STEPS]]
)
def test_what_is_no_whole_number_is_refused_by_its_dtype(wrong):
    agent = make_agent("lstm", N_OBSERVATIONS, N_ACTIONS)
    got = "list" if isinstance(wrong, list) else str(wrong.dtype)
    with pytest.raises(TypeError, match=f"observations must be a tensor of whole numbers, got {got}.*long"):
        agent(wrong, seeded_walks()[1], start(agent))


@pytest.mark.parametrize("n_walks", [0, BATCH])
@pytest.mark.parametrize("n_steps", [0, 3])
def test_no_walks_and_no_steps_have_shapes_as_others_do(agent, n_walks, n_steps):
    observations, actions = (steps[:n_walks, :n_steps] for steps in seeded_walks())
    state = agent.initial_state(n_walks)
    prediction = agent(observations, actions, state)
    assert prediction.logits.shape == (n_walks, n_steps, N_OBSERVATIONS)
    whole = agent(*seeded_walks(), start(agent)).activity
    assert {name: values.shape[:2] for name, values in prediction.activity.items()} == dict.fromkeys(
        whole, (n_walks, n_steps)
    )
    assert agent.predict(prediction.state).shape == (n_walks, N_OBSERVATIONS)
    if n_steps:
        after = agent.observe(state, observations[:, 0], actions[:, 0])
        assert agent.predict(after).shape == (n_walks, N_OBSERVATIONS)
    elif n_walks:
        for ours, before in zip(prediction.state, state, strict=True):
            assert torch.equal(ours, before)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_nothing_is_learnt_from_no_walks_or_no_steps(agent, shape):
    nothing = torch.zeros(shape, dtype=torch.long)
    with pytest.raises(ValueError, match="nothing to learn from"):
        agent.update(Batch(nothing, nothing, nothing.bool()), torch.optim.SGD(agent.parameters()), progress=0.5)


def test_an_agent_of_ones_own_need_not_know_of_dtypes_or_of_no_walks():
    class Counts(Agent):
        """Says what was seen most often."""

        def initial_state(self, batch, generator=None):
            assert batch
            return (torch.zeros(batch, 4),)

        def predict(self, state):
            return state[0]

        def observe(self, state, observation, action):
            assert observation.dtype == torch.int64
            return (state[0] + F.one_hot(observation, 4),)

    agent, nothing = Counts(), torch.zeros(0, 2, dtype=torch.uint8)
    assert agent(nothing, nothing, agent.initial_state(0)).logits.shape == (0, 2, 4)
    assert agent(nothing.T, nothing.T, agent.initial_state(2)).logits.shape == (2, 0, 4)
    seen = torch.tensor([[3, 3]], dtype=torch.uint8)
    assert agent.predict(agent(seen, seen, agent.initial_state(batch=1)).state).argmax() == 3


@pytest.mark.parametrize(
    ("name", "sizes", "message"),
    [
        ("lstm", {"n_units": 0}, "n_units must be at least 1, got 0"),
        ("transformer", {"n_layers": 0}, "n_layers must be at least 1, got 0"),
        ("transformer", {"n_heads": 0}, "n_heads must be at least 1, got 0"),
        ("mapformer", {"n_dimensions": 0}, "n_dimensions must be at least 1, got 0"),
        ("mapformer", {"n_units": 6}, "n_units must be a multiple of twice 2 heads, got 6"),
        ("mapformer", {"longest": 0.5}, "longest must be at least 1 step, got 0.5"),
        ("tem-t", {"n_modules": 0}, "n_modules must be at least 1, got 0"),
        ("tem-t", {"n_actions_before_start": -1}, "n_actions_before_start must be at least 0, got -1"),
        ("slot-free", {"n_memory_units": 0}, "n_memory_units must be at least 1, got 0"),
        ("nmda", {"n_hidden": 0}, "n_hidden must be at least 1, got 0"),
        ("tem", {"chunk": 0}, "chunk must be at least 1, got 0"),
        ("tem", {"remember_updates": 0}, "remember_updates must be at least 1, got 0"),
        ("tem", {"abstract_penalty": math.nan}, "abstract_penalty must be a finite number of at least 0, got nan"),
        ("tem", {"grounded_penalty": -1.0}, "grounded_penalty must be a finite number of at least 0, got -1.0"),
        ("tem", {"forget": 2.0}, "forget must be a finite number from 0 to 1, got 2.0"),
        ("tem-t", {"inferred_weight": -0.5}, "inferred_weight must be a finite number of at least 0, got -0.5"),
        ("tem-t", {"write_gate": math.nan}, "write_gate must be a finite number or None, got nan"),
        ("nmda", {"dropout": 2.0}, "dropout must be a finite number from 0 to 1, got 2.0"),
        ("mhn-transformer", {"key_rate": math.nan}, "key_rate must be a finite number, got nan"),
        ("tem", SMALL_TEM | {"smoothing": (1.0, 0.3, 0.1)}, r"smoothing is between 0 and 1 .* got \(1.0, 0.3, 0.1\)"),
    ],
)
def test_sizes_that_make_no_sense_are_refused_by_name(name, sizes, message):
    with pytest.raises(ValueError, match=message):
        make_agent(name, N_OBSERVATIONS, N_ACTIONS, **sizes)


@dataclass(frozen=True, kw_only=True)
class Many(Sizes):
    """A field of every type that a config has."""

    n: int = 1
    chunk: int | None = None
    penalty: float = 0.0
    gate: float | None = None
    corrects: bool = False
    name: str = "a"
    kind: Literal["a", "b"] = "a"
    widths: tuple[int, ...] = (1,)
    shares: tuple[float, ...] = (0.5,)


@pytest.mark.parametrize(
    ("field", "wrong", "wanted"),
    [
        *(("n", wrong, "a whole number") for wrong in (8.0, "x", None, True, math.nan)),
        *(("chunk", wrong, "a whole number or None") for wrong in (1.5, "x", True)),
        *(("penalty", wrong, "a finite number") for wrong in ("x", None, True, math.inf)),
        *(("gate", wrong, "a finite number or None") for wrong in ("x", math.nan)),
        *(("corrects", wrong, "True or False") for wrong in (1, "x", None)),
        *(("name", wrong, "a word") for wrong in (1, None)),
        *(("kind", wrong, "one of 'a', 'b'") for wrong in ("c", 1, None)),
        *(("widths", wrong, "several, each a whole number") for wrong in (1, (1, 2.5), "x")),
        *(("shares", wrong, "several, each a finite number") for wrong in (0.5, (0.5, math.nan))),
    ],
)
def test_a_size_of_another_type_is_refused_with_what_it_may_be(field, wrong, wanted):
    with pytest.raises(ValueError, match=f"{field} must be {wanted}.*, got {re.escape(repr(wrong))}"):
        Many(**{field: wrong})


def test_sizes_may_be_numbers_of_numpy():
    assert Many(n=np.int32(3), penalty=np.float32(0.5), chunk=np.int64(2)).n == 3


@pytest.mark.parametrize("wrong", [4.0, "5", None])
def test_numbers_of_symbols_of_another_type_are_refused_of_any_agent(wrong):
    class Own(Agent):
        def __init__(self, n_observations, n_actions, width=3):
            super().__init__()

    with pytest.raises(ValueError, match=f"n_actions must be a whole number of at least 1, got {wrong!r}"):
        Own(4, wrong, width=5)


@pytest.mark.parametrize("name", AGENTS)
@pytest.mark.parametrize("wrong", [0, -3, True])
def test_numbers_of_symbols_and_actions_that_are_none_are_refused(name, wrong):
    with pytest.raises(ValueError, match=f"n_observations must be a whole number of at least 1, got {wrong!r}"):
        make_agent(name, wrong, N_ACTIONS)
    with pytest.raises(ValueError, match=f"n_actions must be a whole number of at least 1, got {wrong!r}"):
        find_agent(name)(N_OBSERVATIONS, n_actions=wrong)


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_is_of_one_dtype_whatever_is_the_default(name):
    torch.set_default_dtype(torch.float64)
    try:
        agent = make_agent(name, N_OBSERVATIONS, N_ACTIONS)
        observations, actions = (steps[:, :4] for steps in seeded_walks())
        optimiser = torch.optim.SGD(agent.parameters())
        agent.update(Batch(observations, actions, torch.ones_like(actions).bool()), optimiser, progress=0.5)
        assert agent.predict(agent(observations, actions, start(agent)).state).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_computes_where_it_is_whatever_device_is_the_default(name):
    """A tensor made on the default device would be on "meta" here, and on a GPU where a user made that the default."""
    agent = make_agent(name, N_OBSERVATIONS, N_ACTIONS)
    observations, actions = (steps[:, :4] for steps in seeded_walks())
    optimiser, state = torch.optim.SGD(agent.parameters()), start(agent)
    batch = Batch(observations, actions, torch.ones_like(actions).bool())
    torch.set_default_device("meta")
    try:
        agent.update(batch, optimiser, progress=0.5)
        assert agent.predict(agent(observations, actions, state).state).device.type == "cpu"
    finally:
        torch.set_default_device(None)


def test_where_nothing_is_known_nothing_is_learnt(agent):
    observations, actions = seeded_walks()
    before = [weights.clone() for weights in agent.parameters()]
    with pytest.raises(ValueError, match="no step of these walks is known"):
        agent.update(
            Batch(observations, actions, torch.zeros_like(actions, dtype=torch.bool)),
            torch.optim.Adam(agent.parameters()),
            progress=0.5,
        )
    assert all(torch.equal(*pair) for pair in zip(before, agent.parameters(), strict=True))


class Waits(TorchDispatchMode):
    """Notes what a GPU would make the CPU wait for: a number that Python asks for."""

    def __init__(self):
        super().__init__()
        self.noted = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is torch.ops.aten._local_scalar_dense.default:
            self.noted.append("number")
        return func(*args, **(kwargs or {}))


def test_an_update_asks_whether_anything_is_known_after_its_losses_which_wait_anyhow(monkeypatch):
    agent = make_agent("lstm", N_OBSERVATIONS, N_ACTIONS)
    batch = Batch(*seeded_walks(), torch.ones(BATCH, STEPS, dtype=torch.bool))
    with Waits() as waits:
        losses = agent.losses
        monkeypatch.setattr(agent, "losses", lambda *given: (waits.noted.append("losses"), losses(*given))[1])
        agent.update(batch, torch.optim.SGD(agent.parameters()), progress=0.5)
    assert waits.noted[0] == "losses"


class OneDevice(TorchDispatchMode):
    """Refuses an operation on tensors of two devices, as all but the CPU do; zero-dimensional ones may mix."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor) and leaf.ndim]
        if func is not torch.ops.aten._to_copy.default:
            assert len({tensor.device for tensor in tensors}) <= 1, f"{func} on {[t.device for t in tensors]}"
        return func(*args, **(kwargs or {}))


def test_an_agent_stays_on_its_device(agent):
    """With no GPU at hand: on the device "meta", where tensors have shapes and a device and no values."""
    agent = agent.to("meta")
    optimiser = torch.optim.Adam(agent.parameters())
    observations, actions = (steps[:, :8].to("meta") for steps in seeded_walks())
    with OneDevice(), symbolic.patch(meta_nonzero_assume_all_nonzero=True):
        losses = agent.losses(Batch(observations, actions, torch.ones_like(actions, dtype=torch.bool)))
        total = torch.stack(list(losses.values())).sum()
        if total.requires_grad:  # not of one that counts
            total.backward()
            optimiser.step()
        state = agent.observe(start(agent), observations[:, 0], actions[:, 0])
        prediction = agent.predict(state)
    assert {tensor.device.type for tensor in (prediction, *losses.values(), *tree_leaves(state))} == {"meta"}


SMALLEST = {
    "tem-t": SMALL,
    "tem-t-published": SMALL_PUBLISHED,
    "slot-free": SMALL,
    "tem": SMALL_TEM,
    "nmda": SMALL_NMDA,
}
LEARNERS = {
    **{name: (name, SMALLEST.get(name, {})) for name in AGENTS},
    "mapformer-em": ("mapformer", {"memory": "episodic"}),
    **{f"transformer-{code}": ("transformer", {"position": code}) for code in CODES if code != "sinusoids"},
}


def first_losses(name, sizes):
    torch.manual_seed(0)
    agent = make_agent(name, N_OBSERVATIONS, N_ACTIONS, **sizes)
    optimiser = torch.optim.Adam(agent.parameters(), lr=1e-3)
    known = torch.ones(BATCH, STEPS, dtype=torch.bool)
    losses = []
    for update in range(3):
        observations, actions = seeded_walks(update)
        if agent.told_places:
            actions = tell_places(actions, observations, N_ACTIONS)  # as if each symbol were a place of its own
        named = agent.update(Batch(observations, actions, known), optimiser, update / 3)
        losses.append(sum(named.values()).item())
    return losses


@pytest.mark.parametrize("name", LEARNERS)
def test_first_losses_are_what_they_were(name, golden):
    """Three of them, seeded. They move only if what an agent computes has changed.

    Those of slot-free are those of TEM-t: nothing is overwritten in so short a walk.
    """
    losses = first_losses(*LEARNERS[name])
    assert losses == pytest.approx(golden("first-losses.json", name, [round(loss, 6) for loss in losses]), rel=1e-4)


@pytest.mark.usefixtures("_without_checks_of_shapes")
@pytest.mark.parametrize(
    "name", [pytest.param("tem", marks=pytest.mark.slow), *(name for name in AGENTS if name != "tem")]
)
def test_an_agent_learns_a_world_it_can_learn(name):
    """Walk a ring of four symbols, always the same one: any agent must come to know what comes next."""
    torch.manual_seed(0)
    # The NMDA transformer is told where actions lead: east and west.
    n_actions, west = (5, 2) if name == "nmda" else (2, 1)
    agent = make_agent(name, 4, n_actions, **(SMALL_TEM if name == "tem" else {}))
    generator = torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(agent.parameters(), lr=3e-3)
    losses = []
    # TEM must find out what its memory is good for, and a new agent may be as slow.
    n_updates = {"tem": 150, "tem-t-published": 150}.get(name, 100 if name in dict(SIZED) else 200)
    for update in range(n_updates):
        actions = torch.randint(2, (8, 16), generator=generator)
        node = torch.cat([torch.zeros(8, 1, dtype=torch.long), (2 * actions - 1).cumsum(dim=1)[:, :-1]], dim=1) % 4
        known = torch.tensor([[bool((row[:t] == row[t]).any()) for t in range(16)] for row in node])
        losses.append(
            agent.update(Batch(node, west * actions, known), optimiser, update / n_updates)["cross_entropy"].item()
        )
    assert losses[-1] < 0.3 * losses[0], (
        f"{name} does not learn this in {n_updates} updates: it cannot, or takes more of them"
    )


@pytest.mark.parametrize("name", AGENTS | OF_ONE_TASK)
def test_gradients_are_clipped_as_the_config_says(name):
    """It is read from there, without torch, where settings are compared with those of results."""
    assert max_gradient_norm(name) == find_agent(name).max_gradient_norm


@pytest.mark.parametrize("name", AGENTS)
def test_the_table_of_agents_has_the_number_of_parameters(name):
    counted = sum(parameter.numel() for parameter in make_agent(name, 45, 5).parameters())
    assert AGENTS[name].n_parameters == counted, f"write {counted:_} into the row of {name} in agents/configs.py"
