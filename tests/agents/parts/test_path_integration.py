"""Path integration: gradients by hand, the parallel scan, and how a code starts."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional as F

from agents import make_agent
from agents.parts import recurrence_choice
from agents.parts.path_integration import PathIntegrator
from agents.parts.recurrence import Recurrence, scan
from agents.parts.recurrence_choice import Size, _fused_on, fastest_way, recurrence_on
from benchmarks.reports.timings import recurrence_speed
from tests.helpers.small import N_ACTIONS, N_OBSERVATIONS


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
    for recurrence in (scan, lambda *inputs: Recurrence.apply(*inputs, False)):
        codes, lengths = recurrence(start_code, transition, actions)
        loss = (codes * weighting).mean() + lengths.square().mean()
        results.append((codes, lengths, torch.autograd.grad(loss, transition)[0]))
    for scanned, stepped in zip(*results, strict=True):
        torch.testing.assert_close(scanned, stepped, rtol=tolerance, atol=tolerance)


def test_without_triton_a_gpu_goes_step_by_step_and_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "agents.parts.fused_recurrence", None)
    with pytest.warns(UserWarning, match="Triton does not work here, so walks on the GPU go step by step"):
        assert _fused_on.__wrapped__("cuda") is Recurrence
    assert recurrence_on("cpu", 4) is Recurrence


class OneWay(torch.autograd.Function):
    """A recurrence whose backward kernel does not compile."""

    @staticmethod
    def forward(ctx, start, transition, actions, rectify):
        return Recurrence.forward(ctx, start, transition, actions, rectify)

    @staticmethod
    def backward(_, *grads):
        raise RuntimeError(f"no kernel for {len(grads)} gradients")


def test_a_kernel_is_tried_both_ways_where_no_gradient_is_asked_for_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "agents.parts.fused_recurrence", SimpleNamespace(FusedRecurrence=OneWay))
    with torch.no_grad(), pytest.warns(UserWarning, match=r"step by step, slowly: no kernel for 2 gradients"):
        assert _fused_on.__wrapped__("cpu") is Recurrence
    monkeypatch.setitem(sys.modules, "agents.parts.fused_recurrence", SimpleNamespace(FusedRecurrence=Recurrence))
    with torch.inference_mode():
        assert _fused_on.__wrapped__("cpu") is Recurrence


def test_a_module_too_wide_for_a_kernel_goes_step_by_step(monkeypatch):
    monkeypatch.setattr(recurrence_choice, "_fused_on", {"cuda": OneWay}.get)
    found = [recurrence_on("cuda", width) is OneWay for width in (1, 512, 513, 1_100)]
    assert found == [True, True, False, False]


def test_a_gpu_takes_the_way_that_is_measured_to_be_the_fastest(monkeypatch):
    """And a CPU the loop, without measuring anything."""
    times, asked = {"loop": 3.0, "scan": 1.0}, []
    monkeypatch.setattr(recurrence_choice, "recurrence_on", lambda *_: Recurrence)
    monkeypatch.setattr(recurrence_choice, "milliseconds", lambda *on: asked.append(on) or times)
    gpu, size = torch.device("cuda"), Size(n_actions=3, n_modules=2, n_walks=4, n_steps=5, width=6)
    choose = fastest_way.__wrapped__
    assert choose(gpu, size, False) is scan
    times |= {"loop": 0.5}
    assert choose(gpu, size, False) is not scan
    assert len(asked) == 2
    assert choose(gpu, size, True) is not scan, "it cannot rectify"
    assert choose(torch.device("cpu"), size, False) is not scan
    assert len(asked) == 2, "where there is one way there is nothing to measure"


def test_measuring_ways_leaves_the_random_numbers_of_training_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    size = Size(n_actions=3, n_modules=2, n_walks=4, n_steps=5, width=6)
    with torch.inference_mode():
        times = recurrence_choice.milliseconds(recurrence_choice.ways_on("cpu", 6, False), size, torch.device("cpu"))
    assert set(times) == {"loop", "scan"}
    assert min(times.values()) > 0
    assert torch.equal(torch.get_rng_state(), before)


def test_agents_do_not_import_triton():
    """It takes a third of a second, is not everywhere, and only a GPU needs it; making an optimiser imports it."""
    program = "import sys, agents.tem_t; assert not {'triton', 'agents.parts.fused_recurrence'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


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


def test_an_unknown_activation_is_refused():
    """In a process of its own, for here the type checker of the tests would be the first to say so."""
    program = "from agents import make_agent; make_agent('tem-t', 7, 5, activation='tanh')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "ValueError: activation must be one of" in done.stderr


def test_units_must_split_into_modules():
    with pytest.raises(ValueError, match="10 units cannot be split evenly into 4 modules"):
        make_agent("tem-t", N_OBSERVATIONS, N_ACTIONS, n_units=10, n_modules=4)


def test_ways_to_compute_the_recurrence_are_timed():
    """As `python -m benchmarks speed --recurrence cpu` does, on a few short walks."""
    shown = recurrence_speed.as_table(torch.device("cpu"), "smoke")
    loop, scanned, fused = ([bool(cell) for cell in column.cells] for column in shown.columns[-3:])
    assert (loop, scanned, fused) == ([True] * 4, [True, False] * 2, [False] * 4)
