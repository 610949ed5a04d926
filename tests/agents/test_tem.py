"""TEM against a slow reading of its equations, with full matrices that change at every step."""

import math

import pytest
import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from agents import make_agent
from agents.base import Agent, Batch
from agents.parts.hebbian import _slope, rectify
from agents.tem import TEM, TEMConfig, TEMState, schedule, two_hot_codes
from benchmarks.experiments.world_seeds import VALIDATION_SEEDS
from benchmarks.running.schedule import Schedule, learning_rate
from benchmarks.running.training import training_batches, validation_accuracy
from hippo_envs import make_family, sample_walks
from hippo_envs.references import edge_agent
from hippo_envs.scoring import score

SMALL = {"n_abstract": (9, 6, 6), "smoothing": (0.9, 0.3, 0.1), "chunk": 7}
STRONG = {"remember": 10.0, "forget": 0.999}  # so much that the clamp binds
N_ACTIONS = 4


def tem(n_observations=9, **sizes) -> TEM:
    """An agent that already hears its actions: as built, all transitions are the identity."""
    torch.manual_seed(0)
    agent = make_agent("tem", n_observations, N_ACTIONS, **{**SMALL, **sizes}).double()
    assert isinstance(agent, TEM)
    with torch.no_grad():
        agent.transition.normal_(std=0.03)  # with 0.1 walks are chaotic: rounding errors grow a millionfold
        agent.origin_log_deviation.normal_(std=0.3)
        agent.sensory_weight.normal_()
        agent.readout_bias.normal_(std=0.3)
    return agent.eval()


def seeded_walks(agent, n_steps, batch=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    n_observations = len(agent.codes)
    observations = torch.randint(n_observations, (batch, n_steps), generator=generator)
    return observations, torch.randint(N_ACTIONS, (batch, n_steps), generator=generator)


def f_p(p):
    return F.leaky_relu(p.clamp(-1, 1), 0.01)


class Dense:
    """The equations, scale by scale, one walk at a time, as vectors and whole matrices."""

    def __init__(self, agent: TEM) -> None:
        self.agent, self.config = agent, agent.config
        self.n_g = agent.config.n_abstract
        self.n_f = len(self.n_g)
        self.n_sub = [n // 3 for n in self.n_g]
        self.n_code = agent.codes.shape[1]
        self.p_starts = [0, *torch.tensor([n * self.n_code for n in self.n_sub]).cumsum(0).tolist()]
        n_p = self.p_starts[-1]
        self.mask = torch.zeros(n_p, n_p, dtype=torch.float64)
        for source in range(self.n_f):
            for destination in range(source + 1):
                self.mask[self.p_scale(source), self.p_scale(destination)] = 1
        self.zeros = torch.zeros(n_p, n_p, dtype=torch.float64)

    def p_scale(self, f):
        return slice(self.p_starts[f], self.p_starts[f + 1])

    def sense(self, filtered):
        parts = []
        for f in range(self.n_f):
            x = (filtered[f] - filtered[f].mean()).relu()
            x = x / x.norm().clamp_min(1e-8) * torch.sigmoid(self.agent.sensory_weight[f])
            parts.append(x.repeat(self.n_sub[f]))
        return torch.cat(parts)

    def repeat(self, g):
        return torch.cat([part[: len(part) // 3].repeat_interleave(self.n_code) for part in g.split(self.n_g)])

    def attractor(self, query, memory, iterations):
        h = f_p(query)
        for i in range(self.n_f):
            new = f_p(0.8 * h + h @ memory)
            keep = torch.cat([torch.full((n * self.n_code,), iterations[f] > i) for f, n in enumerate(self.n_sub)])
            h = torch.where(keep, new, h)
        return h

    def generate(self, g, memory):
        return self.attractor(self.repeat(g), memory, [self.n_f - f for f in range(self.n_f)])

    def decode(self, p):
        summed = sum(p[self.p_scale(0)].split(self.n_code))
        return self.agent.readout(self.agent.readout_weight * summed + self.agent.readout_bias)

    def network(self, network, parts, activation):
        outputs = []
        for hidden, output, part in zip(network.hidden, network.output, parts, strict=True):
            outputs.append(output(activation(hidden(part))))
        return outputs

    def correct(self, g_gen, log_deviation, p_x, symbol):
        senses = [p_x[self.p_scale(f)].view(-1, self.n_code).sum(dim=1) for f in range(self.n_f)]
        means = self.network(self.agent.memory_mean, senses, F.elu)
        expected = self.decode(p_x).softmax(dim=0).detach()
        error = 0.5 * (F.one_hot(symbol, len(expected)) - expected).square().sum()
        quality = [torch.stack([mean.square().sum(), error]) for mean in means]
        deviation = torch.cat(self.network(self.agent.memory_deviation, quality, torch.tanh)).exp() + self.agent.doubt
        by_path, by_memory = log_deviation.exp() ** -2, deviation**-2
        return (by_path * g_gen + by_memory * torch.cat(means).clamp(-1, 1)) / (by_path + by_memory)

    def transition(self, action):
        one_hot = F.one_hot(action, N_ACTIONS).double()
        matrix = sum(
            h * w for h, w in zip(torch.tanh(self.agent.action_hidden(one_hot)), self.agent.transition, strict=True)
        )
        scale = [f for f, n in enumerate(self.n_g) for _ in range(n)]
        allowed = [[float(source >= destination) for destination in scale] for source in scale]
        return matrix * torch.tensor(allowed, dtype=torch.float64)

    def walk(self, observations, actions, n_steps_before_clamp=None):
        """All variables of one walk, as lists of vectors."""
        agent, period = self.agent, n_steps_before_clamp or self.config.chunk
        g_gen, log_deviation = agent.origin, agent.origin_log_deviation
        filtered = torch.zeros(self.n_f, self.n_code, dtype=torch.float64)
        m_inf = m_gen = self.zeros
        along = {name: [] for name in ("path_integrated", "abstract", "grounded", "recalled", "retrieved", "predicted")}
        for t, (symbol, action) in enumerate(zip(observations, actions, strict=True)):
            smoothing = agent.smoothing.sigmoid()[:, None]
            filtered = (1 - smoothing) * filtered + smoothing * agent.codes[symbol]
            sense = self.sense(filtered)
            p_x = self.attractor(sense, m_inf, [self.n_f] * self.n_f)
            g_inf = self.correct(g_gen, log_deviation, p_x, symbol)
            p_inf = f_p(self.repeat(g_inf) * sense)
            p_g, p_gt = self.generate(g_inf, m_gen), self.generate(g_gen, m_gen)
            for values, value in zip(along.values(), (g_gen, g_inf, p_inf, p_x, p_g, p_gt), strict=True):
                values.append(value)
            m_inf = agent.forget * m_inf + agent.remember * torch.outer(p_inf + p_x, p_inf - p_x)
            m_gen = agent.forget * m_gen + agent.remember * self.mask * torch.outer(p_inf + p_g, p_inf - p_g)
            if (t + 1) % period == 0:
                m_inf, m_gen = m_inf.clamp(-1, 1), m_gen.clamp(-1, 1)
            g_gen = (g_inf + g_inf @ self.transition(action)).clamp(-1, 1)
            log_deviation = torch.cat(self.network(agent.path_deviation, g_inf.split(self.n_g), torch.tanh))
        self.memories = m_inf, m_gen
        return {name: torch.stack(values) for name, values in along.items()}


def known_at_random(observations):
    return torch.rand(observations.shape, generator=torch.Generator().manual_seed(7)) < 0.6


def test_every_variable_of_a_long_walk_is_that_of_the_equations():
    agent = tem(**STRONG)
    observations, actions = seeded_walks(agent, 150, batch=2)
    dense = Dense(agent)
    with torch.no_grad():
        prediction = agent(observations, actions, agent.initial_state(2))
        for b in range(2):
            expected = dense.walk(observations[b], actions[b])
            for name, values in expected.items():
                torch.testing.assert_close(prediction.activity[name][b], values, rtol=0, atol=1e-9, msg=name)
            logits = torch.stack([dense.decode(p) for p in expected["predicted"]])
            torch.testing.assert_close(prediction.logits[b], logits, rtol=0, atol=1e-9)


def test_the_published_sizes_agree_with_the_equations_too():
    torch.manual_seed(0)
    agent = make_agent("tem", 45, N_ACTIONS).double().eval()
    assert agent.codes.shape == (45, 10)
    assert agent.n_grounded == [100, 100, 80, 60, 60]
    torch.nn.init.normal_(agent.transition, std=0.03)
    observations, actions = seeded_walks(agent, 100, batch=1)
    with torch.no_grad():
        prediction = agent(observations, actions, agent.initial_state(1))
        expected = Dense(agent).walk(observations[0], actions[0])
    for name, values in expected.items():
        torch.testing.assert_close(prediction.activity[name][0], values, rtol=0, atol=1e-9, msg=name)


def test_the_clamp_matters_in_these_tests():
    agent = tem(**STRONG)
    observations, actions = seeded_walks(agent, 150, batch=1)
    dense = Dense(agent)
    with torch.no_grad():
        clamped, free = (dense.walk(observations[0], actions[0], period) for period in (7, 1_000))
    assert (clamped["predicted"] - free["predicted"]).abs().max() > 1e-3


def test_what_was_written_goes_into_both_matrices_and_is_clamped():
    agent = tem(forget=0.9)
    state = agent.initial_state(2)
    n_grounded, generator = sum(agent.n_grounded), torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(2, *shape, generator=generator, dtype=torch.float64)

    lists = [draw(7, n_grounded) for _ in range(4)]
    matrices = [0.1 * draw(n_grounded, n_grounded), 0.1 * draw(n_grounded, n_grounded) * Dense(agent).mask]
    after = agent._clamp(TEMState(*state[:3], matrices[0], *lists[:2], matrices[1], *lists[2:]))
    for matrix, (origins, targets), mask, found in zip(
        matrices,
        (lists[:2], lists[2:]),
        (1, Dense(agent).mask),
        (after.inference_matrix, after.generation_matrix),
        strict=True,
    ):
        for k in range(7):
            matrix = agent.forget * matrix + agent.remember * mask * origins[:, k, :, None] * targets[:, k, None, :]
        assert (matrix.abs() > 1).any()
        torch.testing.assert_close(found, matrix.clamp(-1, 1), rtol=0, atol=1e-12)
    assert after.inference_origins.shape[1] == after.generation_targets.shape[1] == 0


@pytest.mark.parametrize("n_before", [0, 14])
def test_the_gradient_of_a_chunk_is_that_of_the_equations(n_before):
    """Of all losses together, from the start of a walk and from a memory that has been clamped."""
    agent = tem(**STRONG)
    agent.grounded_weight.fill_(0.02)
    observations, actions = seeded_walks(agent, n_before + 7)
    known = known_at_random(observations)
    with torch.no_grad():
        state = agent.initial_state(3)
        if n_before:
            state = agent(observations[:, :n_before], actions[:, :n_before], state).state
    batch = Batch(observations[:, n_before:], actions[:, n_before:], known[:, n_before:])
    if n_before == 0:
        state = agent.initial_state(3)
    losses, _ = agent._losses_from(state, batch)
    expected = dense_losses(agent, observations, actions, known, n_before)
    assert list(losses) == list(expected)
    for name, loss in expected.items():
        torch.testing.assert_close(losses[name], loss, rtol=1e-10, atol=1e-12, msg=name)
    if n_before:
        return  # the equations would pass gradients on to the chunks before
    named = dict(agent.named_parameters())
    found = torch.autograd.grad(sum(losses.values()), named.values())
    oracle = torch.autograd.grad(sum(expected.values()), named.values())
    for name, ours, theirs in zip(named, found, oracle, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-11, msg=name)
        assert ours.abs().max() > 0, name


def dense_losses(agent, observations, actions, known, first):
    dense, walks = Dense(agent), []
    for seen, done in zip(observations, actions, strict=True):
        walks.append({name: values[first:] for name, values in dense.walk(seen, done).items()})
    totals = dict.fromkeys(
        ["cross_entropy", "inferred_cross_entropy", "retrieved_cross_entropy", "retrieved", "recalled",
         "path_integrated", "abstract_penalty", "grounded_penalty"], torch.zeros((), dtype=torch.float64)
    )  # fmt: skip
    for b, t in known[:, first:].nonzero().tolist():
        v = {name: values[t] for name, values in walks[b].items()}
        target = observations[b, first + t]
        terms = {
            "cross_entropy": -dense.decode(v["predicted"]).log_softmax(0)[target],
            "inferred_cross_entropy": -dense.decode(v["grounded"]).log_softmax(0)[target],
            "retrieved_cross_entropy": -dense.decode(v["retrieved"]).log_softmax(0)[target],
            "retrieved": agent.match_weight * 0.5 * (v["grounded"] - v["retrieved"]).square().sum(),
            "recalled": agent.recall_weight * 0.5 * (v["grounded"] - v["recalled"]).square().sum(),
            "path_integrated": agent.match_weight * 0.5 * (v["abstract"] - v["path_integrated"]).square().sum(),
            "abstract_penalty": 0.01 * v["abstract"].square().sum(),
            "grounded_penalty": agent.grounded_weight * v["grounded"].abs().sum(),
        }
        totals = {name: total + terms[name] / known[:, first:].sum() for name, total in totals.items()}
    return totals


def test_cuts_need_not_fall_on_clamps():
    agent = tem()
    observations, actions = seeded_walks(agent, 50)
    stepped = Agent.forward(agent, observations, actions, agent.initial_state(3))
    for chunks in ([50], [7] * 7 + [1], [3, 10, 1, 1, 20, 15], [6, 2, 6, 36]):
        state, logits = agent.initial_state(3), []
        for seen, done in zip(observations.split(chunks, dim=1), actions.split(chunks, dim=1), strict=True):
            prediction = agent(seen, done, state)
            state = prediction.state
            logits.append(prediction.logits)
        torch.testing.assert_close(torch.cat(logits, dim=1), stepped.logits, rtol=0, atol=1e-12)
        for ours, theirs in zip(state, stepped.state, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("changed", [0, 1])
def test_prediction_depends_on_the_past_only(changed):
    agent = tem()
    walks = seeded_walks(agent, 40)
    other = [values.clone() for values in walks]
    other[changed][:, 25:] = (other[changed][:, 25:] + 1) % N_ACTIONS
    before, after = (agent(*w, agent.initial_state(3)).logits for w in (walks, other))
    torch.testing.assert_close(before[:, :26], after[:, :26], rtol=0, atol=0)
    assert not torch.allclose(before[:, 26:], after[:, 26:])


def test_a_world_is_predicted_alike_in_any_company():
    """Also where the rest of the batch has seen other symbols: nothing is normalised over walks."""
    agent = tem()
    observations, actions = seeded_walks(agent, 40)
    alone = agent(observations[:1], actions[:1], agent.initial_state(1)).logits
    together = agent(observations, actions, agent.initial_state(3)).logits[:1]
    torch.testing.assert_close(alone, together, rtol=0, atol=1e-12)


def test_schedules_are_where_the_paper_has_them():
    config = TEMConfig()
    first, early, late = (schedule(update, config) for update in (0.0, 400.0, 20_000.0))
    assert first.remember == pytest.approx(0.5 / 16_000)
    assert first.forget == pytest.approx(0.9999 / 200)
    assert first.match_weight == pytest.approx(1 / 2_000)
    assert first.recall_weight == pytest.approx(1 / 2_000 / (1 + math.exp(2)))
    assert first.doubt == pytest.approx(10_000 / (1 + math.exp(-2)))
    assert first.grounded_weight == pytest.approx(0.02)
    assert (early.forget, early.doubt) == pytest.approx((0.9999, 5_000))
    assert early.recall_weight == pytest.approx(401 / 2_000 / 2)
    assert schedule(2_000.0, config).grounded_weight == pytest.approx(0.01)
    assert schedule(7_999.0, config).remember == pytest.approx(0.25)
    assert late == pytest.approx((0.5, 0.9999, 0, 1, 1, 0))
    assert schedule(999.0, TEMConfig(remember_updates=2_000)).remember == pytest.approx(0.25)


def test_an_update_sets_the_schedule_and_weights_carry_it():
    agent = tem(schedule_updates=10_000)
    at_the_end = agent.remember.item()
    observations, actions = seeded_walks(agent, 16)
    optimiser = torch.optim.Adam(agent.parameters(), lr=1e-3)
    agent.update(Batch(observations, actions, known_at_random(observations)), optimiser, 0.1)
    expected = schedule(1_000.0, agent.config)
    for name, value in expected._asdict().items():
        assert getattr(agent, name).item() == pytest.approx(value)
    again = tem(schedule_updates=10_000)
    assert again.remember.item() == at_the_end == pytest.approx(0.5 * 10_001 / 16_000)
    again.load_state_dict(agent.state_dict())
    assert again.remember.item() == agent.remember.item()


def test_an_update_takes_one_optimiser_step_for_each_chunk():
    agent = tem()
    observations, actions = seeded_walks(agent, 16)
    optimiser = torch.optim.Adam(agent.parameters(), lr=1e-3)
    agent.update(Batch(observations, actions, known_at_random(observations)), optimiser, 0.5)
    n_steps = {name: int(optimiser.state[parameter]["step"]) for name, parameter in agent.named_parameters()}
    assert {name for name, n in n_steps.items() if n == 1} == {"origin", "origin_log_deviation"}  # of the first chunk
    assert set(n_steps.values()) == {1, 3}


def test_a_chunk_without_known_steps_is_no_loss():
    agent = tem()
    observations, actions = seeded_walks(agent, 7)
    losses = agent.losses(Batch(observations, actions, torch.zeros_like(observations, dtype=torch.bool)))
    assert all(loss.item() == 0 for loss in losses.values())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_slope_of_f_p_is_told_from_its_value(dtype):
    """Where it rises, where it leaks, and where it is cut off at either end."""
    grounded = torch.linspace(-1.5, 1.5, 44, dtype=dtype, requires_grad=True)
    grad = torch.linspace(1, 2, 44, dtype=dtype)
    (expected,) = torch.autograd.grad(rectify(grounded), grounded, grad)
    found = grad * _slope(rectify(grounded).detach())
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)
    assert len((found / grad).round(decimals=6).unique()) == 3


class LargeResults(TorchDispatchMode):
    """Names the operations that made something as large as a full matrix for every walk."""

    def __init__(self, n_elements: int) -> None:
        super().__init__()
        self.n_elements, self.names = n_elements, []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        is_new = isinstance(result, torch.Tensor) and func._schema.returns[0].alias_info is None
        if is_new and result.numel() >= self.n_elements:
            self.names.append(str(func))
        return result


def test_memory_is_a_full_matrix_only_at_clamps():
    """Neither when it is read, written or learnt through; only every eighth step here makes one, of each memory.

    Before the first of these there is none at all.
    """
    agent = tem(n_abstract=(60, 30, 30), n_hidden_transition=2, chunk=8)
    n_grounded = sum(agent.n_grounded)
    observations, actions = seeded_walks(agent, 24)
    start = agent.initial_state(3)
    state = agent(observations[:, :8], actions[:, :8], start).state
    state = type(state)(*(tensor.detach() for tensor in state))

    def large_results(state, first, last):
        steps = observations[:, first:last], actions[:, first:last]
        with LargeResults(3 * n_grounded**2) as large:
            losses, _ = agent._losses_from(state, Batch(*steps, known_at_random(steps[0])))
            torch.stack(list(losses.values())).sum().backward()
        return large.names

    assert large_results(start, 0, 7) == large_results(state, 8, 15) == []
    assert large_results(start, 0, 8) == large_results(state, 8, 16) == ["aten.constant_pad_nd.default"] * 2
    assert max(tensor.numel() for tensor in start) < n_grounded**2


@pytest.mark.parametrize(("n_observations", "n_code"), [(1, 2), (3, 3), (4, 4), (45, 10), (46, 11)])
def test_a_code_has_as_few_units_as_have_enough_pairs(n_observations, n_code):
    codes = two_hot_codes(n_observations)
    assert codes.shape == (n_observations, n_code)
    assert (codes.sum(dim=1) == 2).all()
    assert len(codes.unique(dim=0)) == n_observations


@pytest.mark.parametrize(
    ("sizes", "message"),
    [({"smoothing": (0.9, 0.1)}, r"\(0.9, 0.1\) are not 3"), ({"n_abstract": (9, 6, 2)}, r"got \(9, 6, 2\)")],
)
def test_sizes_that_do_not_fit_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        make_agent("tem", 9, N_ACTIONS, **{**SMALL, **sizes})


@pytest.mark.slow
def test_it_learns_to_predict_better_than_a_memory_of_edges():
    """Half a minute of new 3 x 3 worlds, where an edge agent is right on .67 of revisits."""
    torch.manual_seed(0)
    family = make_family("hippo/Rectangle-v0", width=3, n_observations=8)
    agent = make_agent(
        "tem", 8, family.n_actions, n_abstract=(18, 12, 9), smoothing=(0.99, 0.3, 0.09), remember_updates=2_000
    )
    plan = Schedule(n_updates=150, batch=16, walk_length=60, learning_rate=3e-3)
    optimiser = torch.optim.Adam(agent.parameters(), fused=True)
    for update, batch in enumerate(training_batches(family, plan, 0, torch.device("cpu"))):
        optimiser.param_groups[0]["lr"] = learning_rate(update, plan)
        agent.update(batch, optimiser, update / plan.n_updates)
    walks = sample_walks(family, VALIDATION_SEEDS[:32], plan.walk_length)
    reference = score(edge_agent(walks), walks, ("revisit",))["revisit"].accuracy(8)
    learnt = validation_accuracy(agent, family, plan.walk_length, torch.device("cpu"))["revisit"]
    assert learnt > reference + 0.1
