"""The attractor and the writes of TEM's memory: gradients by hand against finite differences, NumPy against PyTorch."""

import pytest
import torch

from agents import make_agent
from agents.base import Batch
from agents.parts import hebbian
from agents.parts.hebbian import Memory, Reach, RetrieveAndWrite, attract

N_WALKS, N_STEPS, N_BEFORE, KAPPA = 2, 3, 2, 0.8
N_UPDATED = [6, 4, 2]  # units at each iteration: three scales of two units, the slowest stopping first
SCALE_OF_UNIT = torch.arange(6) // 2
ORIGIN_MASK = (torch.arange(3)[:, None] <= SCALE_OF_UNIT).double()
TARGET_MASK = (torch.arange(3)[:, None] == SCALE_OF_UNIT).double()
GENERATOR = torch.Generator().manual_seed(0)


def draw(*shape, needs_gradient=True):
    values = 0.6 * torch.randn(*shape, dtype=torch.float64, generator=GENERATOR)
    return values.requires_grad_(needs_gradient)


def reach_of(n_steps, n_written):
    """Weights that no two writes or steps share."""
    steps = torch.arange(n_steps, dtype=torch.float64)
    ages = n_written + steps[:, None] - torch.arange(n_written + n_steps)
    return Reach(0.9 ** (1 + steps[:, None]), 0.7 * 0.8**ages * (ages > 0), n_written)


@pytest.fixture(params=["NumPy", "PyTorch"])
def _module(request, monkeypatch):
    if request.param == "PyTorch":
        monkeypatch.setattr(hebbian, "FEW_QUERIES", 0)


@pytest.mark.usefixtures("_module")
@pytest.mark.parametrize("n_rows", [0, 6], ids=["before the first clamp", "after it"])
def test_the_attractor_has_the_gradient_of_finite_differences(n_rows):
    matrix = draw(N_WALKS, n_rows, 6, needs_gradient=False)
    reach = reach_of(N_STEPS, N_BEFORE)._replace(writes=draw(N_STEPS, N_BEFORE, needs_gradient=False))

    def settled(start, first, origins, targets):
        copied = Memory(matrix, origins, targets)
        return attract(start, first, copied, reach, KAPPA, [(6, 3), (4, 2), (2, 1)])

    rows, written = (N_WALKS, N_STEPS, 6), (N_WALKS, 3, N_BEFORE, 6)
    inputs = draw(*rows), draw(*rows), draw(*written), draw(*written)
    settled(*inputs).sum().backward()
    assert all(of.grad is not None and of.grad.abs().max() > 0 for of in inputs)
    assert torch.autograd.gradcheck(settled, inputs)


@pytest.mark.usefixtures("_module")
@pytest.mark.parametrize("n_rows", [0, 6], ids=["before the first clamp", "after it"])
def test_retrieving_and_writing_has_the_gradient_of_finite_differences(n_rows):
    matrix, reach = draw(N_WALKS, n_rows, 6, needs_gradient=False), reach_of(N_STEPS, N_BEFORE)

    def retrieved(queries, grounded, origins, targets):
        masks = ORIGIN_MASK, TARGET_MASK
        return RetrieveAndWrite.apply(queries, grounded, matrix, origins, targets, reach, KAPPA, N_UPDATED, *masks)

    steps, written = (N_WALKS, N_STEPS, 6), (N_WALKS, N_BEFORE, 6)
    assert torch.autograd.gradcheck(retrieved, (draw(*steps), draw(*steps), draw(*written), draw(*written)))


@pytest.mark.parametrize("n_before", [0, 17])
def test_numpy_and_pytorch_say_the_same(n_before, monkeypatch):
    """From the start of a walk, and three steps after the second clamp."""
    torch.manual_seed(0)
    agent = make_agent("tem", 9, 4, n_abstract=(9, 6, 6), smoothing=(0.9, 0.3, 0.1), chunk=7, remember=10.0).double()
    observations, actions = torch.randint(9, (3, n_before + 20)), torch.randint(4, (3, n_before + 20))

    def of(few):
        monkeypatch.setattr(hebbian, "FEW_QUERIES", few)
        state = agent.initial_state(3)
        if n_before:
            with torch.no_grad():
                state = agent(observations[:, :n_before], actions[:, :n_before], state).state
        batch = Batch(observations[:, n_before:], actions[:, n_before:], torch.ones(3, 20, dtype=torch.bool))
        losses, _ = agent._losses_from(state, batch)
        agent.zero_grad()
        sum(losses.values()).backward()
        return *losses.values(), *(weights.grad for weights in agent.parameters() if weights.grad is not None)

    for ours, theirs in zip(of(few=1_000), of(few=0), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=1e-10)
