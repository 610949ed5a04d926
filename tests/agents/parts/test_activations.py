"""NMDA_alpha against its closed forms, and the functions it is compared with."""

import math

import pytest
import torch
from torch.nn import functional as F

from agents.parts.activations import ACTIVATIONS, NMDA, activation_of

X = torch.linspace(-8, 8, 321, dtype=torch.float64)


@pytest.mark.parametrize("alpha", [0.1, 1.0, 3.0, 10.0, 100.0])
def test_its_values_are_those_of_the_formula(alpha):
    torch.testing.assert_close(NMDA(alpha)(X), X / (1 + alpha * torch.exp(-X)))


@pytest.mark.parametrize("alpha", [0.0, -1.0])
def test_without_magnesium_it_is_the_identity(alpha):
    assert torch.equal(NMDA(alpha)(X), X)


def test_it_is_silu_at_1():
    torch.testing.assert_close(NMDA(1.0)(X), F.silu(X))


@pytest.mark.parametrize(("alpha", "at", "lowest"), [(0.1, -2.16, -1.157), (1.0, -1.28, -0.278), (10.0, -1.04, -0.036)])
def test_its_minimum(alpha, at, lowest):
    values = NMDA(alpha)(X)
    assert values.min().item() == pytest.approx(lowest, abs=1e-3)
    assert X[values.argmin()].item() == pytest.approx(at, abs=0.05)


def test_it_does_not_overflow():
    far = torch.tensor([-1e4, 1e4])
    torch.testing.assert_close(NMDA(10.0)(far), torch.tensor([0.0, 1e4]))


@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0, 10.0])
def test_its_slope_at_0(alpha):
    x = torch.zeros((), dtype=torch.float64, requires_grad=True)
    NMDA(alpha)(x).backward()
    assert x.grad.item() == pytest.approx(1 / (1 + alpha)) == NMDA(alpha).slope


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_function_can_have_unit_slope(name):
    """Measured from both sides, since two of them have a corner at 0."""
    function = activation_of(name, alpha=3.0, unit_slope=True)
    step = 1e-6
    below, above = function(torch.tensor([-step, step], dtype=torch.float64)).tolist()
    assert (above - below) / (2 * step) == pytest.approx(1, rel=1e-5)
    plain = activation_of(name, alpha=3.0)
    not_0 = X[plain(X) != 0]
    ratio = function(not_0) / plain(not_0)
    assert ratio.max() == pytest.approx(ratio.min().item())


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_function_can_have_outputs_that_vary_as_much_as_the_first_inputs_of_a_layer(name):
    torch.manual_seed(0)
    layer = torch.nn.Linear(64, 2_000, bias=False)
    inputs = layer(F.layer_norm(torch.randn(2_000, 64), (64,)))
    assert inputs.var().item() == pytest.approx(1 / 3, rel=0.02)
    outputs = activation_of(name, alpha=10.0, unit_variance=True)(inputs)
    assert outputs.var().item() == pytest.approx(inputs.var().item(), rel=0.02)


def test_one_constant_is_asked_for_at_a_time():
    with pytest.raises(ValueError, match="not to both"):
        activation_of("nmda", unit_slope=True, unit_variance=True)


def test_what_is_no_activation_is_refused():
    with pytest.raises(ValueError, match=r"'swish'.*nmda, relu"):
        activation_of("swish")
    with pytest.raises(ValueError, match="finite"):
        NMDA(math.inf)
