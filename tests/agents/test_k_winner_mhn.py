"""The K-winner network and its family, against slow NumPy written from the equations."""

import numpy as np
import pytest
import torch

from agents.k_winner_mhn import (
    KWinnerConfig,
    KWinnerMHN,
    LayerConfig,
    SeparationLayer,
    StackedKWinner,
    connected,
    energy,
    settle,
)
from hippo_envs import random_patterns
from hippo_envs.envs.patterns import overlap_baseline, partial_cue

SMALL = {"n_visible": 40, "n_ones": 8, "n_hidden": 30, "fan_in": 0.25, "n_winners": 5, "learning_rate": 0.3}
ONE_WINNER = {"fan_in": 1.0, "n_winners": 1, "learning_rate": 1.0}
FAMILY = [
    SMALL,
    SMALL | {"symmetric": False},
    SMALL | ONE_WINNER,
    SMALL | ONE_WINNER | {"learning_rate": 0.3},
]


def networks(sizes, n=3, seed=0):
    return KWinnerMHN(KWinnerConfig(**sizes), n, torch.Generator().manual_seed(seed), torch.float64)


def streams(n_networks, n, n_visible=40, n_ones=8, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(np.stack([random_patterns(n, n_visible, n_ones, rng) for _ in range(n_networks)]))


def winners_of(drive, k):
    on = np.zeros(len(drive))
    on[np.argsort(drive)[-k:]] = 1
    return on


@pytest.mark.parametrize("sizes", FAMILY, ids=str)
def test_storing_and_retrieving_follow_the_equations(sizes):
    memory, patterns = networks(sizes), streams(3, 25)
    cues = torch.from_numpy(partial_cue(patterns[:, :10].flatten(0, 1).numpy(), 0.5, np.random.default_rng(1)))
    cues = cues.view(3, 10, 40)
    mask = connected(memory.inputs, 40).numpy()
    to_hidden, to_visible = memory.forward_weights.numpy().copy(), memory.return_weights.numpy().copy()
    memory.store(patterns)
    answers = memory.retrieve(cues).numpy()
    k, rate = sizes["n_winners"], sizes["learning_rate"]
    for r in range(3):
        m, down, up = mask[r].T, to_hidden[r].T, to_visible[r]
        for x in patterns[r].numpy().astype(float):
            y = winners_of((m * down) @ x, k)
            down = down + rate * y[:, None] * m * (x - down)
            up = up + rate * (y[:, None] * m * (x - up.T)).T
        np.testing.assert_allclose(memory.forward_weights[r].numpy(), (m * down).T, rtol=0, atol=1e-12)
        np.testing.assert_allclose(memory.return_weights[r].numpy(), up * m.T, rtol=0, atol=1e-12)
        for cue, answer in zip(cues[r].numpy().astype(float), answers[r], strict=True):
            y = winners_of((m * down) @ cue, k)
            np.testing.assert_array_equal(winners_of((m.T * up) @ y, 8), answer)


@pytest.mark.parametrize("sizes", FAMILY, ids=str)
def test_networks_do_not_mix_and_streams_may_be_cut(sizes):
    memory, alone, patterns = networks(sizes), networks(sizes), streams(3, 12)
    memory.store(patterns)
    other = patterns.clone()
    other[1:] = streams(2, 12, seed=5)
    alone.store(other[:, :5])
    alone.store(other[:, 5:])
    torch.testing.assert_close(alone.forward_weights[0], memory.forward_weights[0], rtol=0, atol=0)
    assert not torch.allclose(alone.forward_weights[1], memory.forward_weights[1])


def test_every_hidden_unit_has_as_many_inputs_and_no_other_weights():
    memory = networks(SMALL)
    assert memory.inputs.shape == (3, 30, 10)
    assert (connected(memory.inputs, 40).sum(dim=1) == 10).all()
    memory.store(streams(3, 50))
    assert (memory.forward_weights[~connected(memory.inputs, 40)] == 0).all()


def test_a_symmetric_network_has_one_matrix_and_two_matrices_grow_alike():
    one = networks(SMALL)
    assert one.return_weights is one.forward_weights
    both = networks(SMALL | {"symmetric": False})
    apart = (both.forward_weights - both.return_weights).abs().sum()
    both.store(streams(3, 400))
    assert (both.forward_weights - both.return_weights).abs().sum() < 0.01 * apart


def test_one_winner_keeps_a_pattern_whole_until_its_unit_is_taken():
    memory, patterns = networks(SMALL | ONE_WINNER), streams(3, 60)
    memory.store(patterns)
    rows = memory.forward_weights.mT  # what each hidden unit keeps
    for r in range(3):
        assert torch.equal(memory.retrieve(patterns[:, -1:])[r, 0], patterns[r, -1])
        touched = (rows[r] == rows[r].round()).all(dim=1)
        kept = {tuple(row.tolist()) for row in rows[r][touched]}
        assert kept <= {tuple(pattern.tolist()) for pattern in patterns[r].double()}


def test_one_winner_meets_the_exact_theory():
    """Retrieval of pseudo-patterns, and how fast what was stored decays to it (A.2.4, with the exact maximum)."""
    sizes = {"n_visible": 100, "n_ones": 20, "n_hidden": 20, **ONE_WINNER}
    rng = np.random.default_rng(0)
    patterns = torch.from_numpy(np.stack([random_patterns(360, 100, 20, rng) for _ in range(200)]))
    memory = networks(sizes, n=200)
    memory.store(patterns[:, :260])
    pseudo = patterns[:, 260:]
    baseline = overlap_baseline(20, 100, 20, 20)
    measured = (memory.retrieve(pseudo) & pseudo).sum(dim=2).double().mean() / 20
    assert measured.item() == pytest.approx(baseline, abs=2e-3)
    stored = patterns[:, :260].flip(1)[:, :40]
    by_age = (memory.retrieve(stored) & stored).sum(dim=2).double().mean(dim=0) / 20
    theory = baseline + (1 - baseline) * 0.95 ** torch.arange(40)
    assert (by_age - theory).abs().max() < 0.1
    assert (by_age - theory).mean().abs() < 0.01


def test_a_cue_in_part_is_completed():
    memory = networks(SMALL | {"n_visible": 400, "n_ones": 40, "n_hidden": 400, "fan_in": 0.1, "n_winners": 20})
    patterns = streams(3, 5, 400, 40)
    for _ in range(6):
        memory.store(patterns)
    cues = torch.from_numpy(partial_cue(patterns.flatten(0, 1).numpy(), 0.5, np.random.default_rng(1))).view(3, 5, 400)
    recovered = (memory.retrieve(cues) & patterns).sum(dim=2) / 40
    assert recovered.min() > 0.75


def test_energy_falls_along_its_own_steps():
    """S2 is one step of size 1 down the gradient of S1, and never goes up."""
    generator = torch.Generator().manual_seed(0)
    patterns = torch.randn(6, 12, generator=generator, dtype=torch.float64)
    state = torch.randn(9, 12, generator=generator, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(energy(state, patterns, 0.7).sum(), state)
    torch.testing.assert_close(settle(state, patterns, 0.7), state - gradient, rtol=0, atol=1e-12)
    energies = [energy(state, patterns, 0.7)]
    for _ in range(20):
        state = settle(state, patterns, 0.7)
        energies.append(energy(state, patterns, 0.7))
    assert (torch.stack(energies).diff(dim=0) <= 1e-12).all()


def test_cold_settling_is_one_winner_retrieval():
    memory, patterns = networks(SMALL | ONE_WINNER), streams(3, 60)
    memory.store(patterns)
    slots, cues = memory.forward_weights[0].mT, patterns[0].double()
    best_two = (cues @ slots.mT).topk(2, dim=1).values
    is_clear = best_two[:, 0] - best_two[:, 1] > 0.01
    settled = settle(cues, slots, 1e4).topk(8, dim=1).indices.sort(dim=1).values
    retrieved = memory.retrieve(patterns)[0].nonzero()[:, 1].view(60, 8)
    assert is_clear.sum() > 20
    assert torch.equal(settled[is_clear], retrieved[is_clear])


def stack_of(n_networks=2):
    generator = torch.Generator().manual_seed(0)
    layer = SeparationLayer(LayerConfig(200, 20, 1_600, 0.1, 80), n_networks, generator)
    memory = KWinnerMHN(KWinnerConfig(1_600, 80, 400, 0.25, 20, 0.5), n_networks, generator)
    return StackedKWinner([layer], memory)


def test_a_stack_separates_what_is_alike_and_finds_its_way_back():
    stack, rng = stack_of(), np.random.default_rng(0)
    first = torch.from_numpy(random_patterns(60, 200, 20, rng)).view(2, 30, 200)
    alike = first.clone()
    on, off = (kind.nonzero()[:, 2].view(2, 30, -1)[..., :5] for kind in (first, ~first))
    alike.scatter_(2, on, value=False).scatter_(2, off, value=True)
    below = (first & alike).sum(dim=2).double().mean() / 20
    above = (stack.encode(first) & stack.encode(alike)).sum(dim=2).double().mean() / 80
    assert below == 0.75
    assert above < below - 0.15
    stack.store(first[:, :10])
    answers = stack.retrieve(first[:, :10])
    assert ((answers & first[:, :10]).sum(dim=2) / 20).mean() > 0.85
    assert (stack.encode(first).sum(dim=2) == 80).all()


def test_layers_that_do_not_fit_are_refused():
    generator = torch.Generator().manual_seed(0)
    layer = SeparationLayer(LayerConfig(200, 20, 400, 0.1, 12), 1, generator)
    with pytest.raises(ValueError, match=r"12 of 400 units.*got one for 8 of 40\b"):
        StackedKWinner([layer], networks(SMALL, n=1))
    with pytest.raises(TypeError, match="does not learn"):
        layer.store(streams(1, 1, 200, 20))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"n_winners": 31}, r"n_winners must be in 1\.\.30, which is n_hidden, got 31"),
        ({"n_winners": 0}, r"n_winners must be in 1\.\.30.*got 0"),
        ({"n_ones": 41}, r"n_ones must be in 1\.\.40, which is n_visible, got 41"),
        ({"n_hidden": 0}, "n_hidden must be at least 1, got 0"),
        ({"fan_in": 0.26}, r"fan_in must be .* 1/40 to 1, got 0\.26: 10\.4 of 40"),
        ({"fan_in": 0.0}, r"1/40 to 1, got 0\.0"),
        ({"fan_in": 1.5}, r"1/40 to 1, got 1\.5"),
        ({"learning_rate": 0.0}, r"above 0 and at most 1, got 0\.0"),
        ({"learning_rate": 1.1}, r"above 0 and at most 1, got 1\.1"),
    ],
)
def test_sizes_that_cannot_be_are_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        KWinnerConfig(**SMALL | wrong)


def test_patterns_that_cannot_be_are_refused():
    memory, patterns = networks(SMALL), streams(3, 2)
    for call in (memory.store, memory.retrieve):
        with pytest.raises(ValueError, match=r"\(3, any number, 40\).*got \(3, 2, 39\)"):
            call(patterns[..., :39])
        with pytest.raises(ValueError, match=r"\(3, any number, 40\).*got \(2, 2, 40\)"):
            call(patterns[:2])
        with pytest.raises(ValueError, match=r"binary.*got 0\.5"):
            call(patterns * 0.5)
    patterns[0, 0] = False
    with pytest.raises(ValueError, match="n_ones = 8 units on, got 0"):
        memory.store(patterns)
