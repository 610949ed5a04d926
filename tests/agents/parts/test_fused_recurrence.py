"""The recurrence in one kernel, against the loop: in Triton's interpreter on the CPU, compiled where there is a GPU."""

import os
import subprocess
import sys

import pytest
import torch
from torch.nn import functional as F

from agents.parts.path_integration import PathIntegrator
from agents.parts.recurrence import SMALLEST_LENGTH, Recurrence
from agents.parts.recurrence_choice import recurrence_on

HAS_GPU = torch.cuda.is_available()
DEVICE = "cuda" if HAS_GPU else "cpu"
if not HAS_GPU:
    os.environ["TRITON_INTERPRET"] = "1"  # before Triton is imported, which making an optimiser does

pytest.importorskip("triton", reason="Triton is not installed: it comes with PyTorch for CUDA on Linux")

from agents.parts.fused_recurrence import FusedRecurrence

pytestmark = pytest.mark.gpu  # compiled there, and interpreted elsewhere

N_ACTIONS = 3


def start_and_transition(n_modules, n_walks, width, dtype=torch.float64):
    """Positive codes of unit length, and matrices of which the first two keep some of them alive."""
    torch.manual_seed(0)
    start = F.normalize(torch.randn(n_modules, n_walks, width, dtype=dtype).abs(), dim=-1)
    transition = torch.randn(N_ACTIONS, n_modules, width, width, dtype=dtype) / width**0.5
    return start, transition


def along(recurrence, start, transition, actions, rectify):
    """Codes, lengths, and the gradients of start and transition, of a weighted sum of all codes and lengths."""
    torch.manual_seed(1)
    inputs = [tensor.to(DEVICE).requires_grad_() for tensor in (start, transition)]
    codes, lengths = recurrence.apply(*inputs, actions.to(DEVICE), rectify)
    of_codes, of_lengths = (torch.randn(out.shape, dtype=out.dtype).to(DEVICE) for out in (codes, lengths))
    loss = (codes * of_codes).sum() + (lengths * of_lengths).sum()
    return codes, lengths, *torch.autograd.grad(loss, inputs)


@pytest.mark.parametrize("rectify", [True, False])
@pytest.mark.parametrize(
    ("n_modules", "n_walks", "width", "n_steps"),
    [(16, 1, 4, 5), (2, 3, 6, 7), (1, 2, 32, 4), (2, 2, 12, 1), (1, 1, 1, 3), (2, 2, 4, 0)],
)
def test_one_kernel_gives_what_the_loop_gives(n_modules, n_walks, width, n_steps, rectify):
    start, transition = start_and_transition(n_modules, n_walks, width)
    actions = torch.randint(N_ACTIONS, (n_walks, n_steps))
    fused = along(FusedRecurrence, start, transition, actions, rectify)
    loop = along(Recurrence, start, transition, actions, rectify)
    for ours, expected in zip(fused, loop, strict=True):
        torch.testing.assert_close(ours, expected, rtol=0, atol=1e-12)


def test_one_kernel_gives_what_the_loop_gives_in_single_precision():
    start, transition = start_and_transition(2, 2, 24, torch.float32)
    actions = torch.randint(N_ACTIONS, (2, 6))
    fused = along(FusedRecurrence, start, transition, actions, True)
    for ours, expected in zip(fused, along(Recurrence, start, transition, actions, True), strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)


def test_a_code_that_dies_stays_dead_and_gives_no_gradient_to_what_comes_after():
    start, transition = start_and_transition(2, 2, 4)
    transition[2] = -transition[2].abs()
    actions = torch.tensor([[0, 2, 1, 0], [1, 1, 0, 1]])
    fused = along(FusedRecurrence, start, transition, actions, True)
    codes, lengths, _, grad_transition = fused
    assert (codes[2:, :, 0] == 0).all()
    torch.testing.assert_close(
        lengths[1:, :, 0], torch.full_like(lengths[1:, :, 0], SMALLEST_LENGTH), rtol=1e-6, atol=0
    )
    assert (grad_transition[2] == 0).all()
    for ours, expected in zip(fused, along(Recurrence, start, transition, actions, True), strict=True):
        torch.testing.assert_close(ours, expected, rtol=0, atol=1e-12)


def test_it_takes_views_and_gradients_that_are_views():
    start, transition = start_and_transition(3, 2, 4)
    start, transition = start.transpose(0, 1).contiguous().transpose(0, 1), transition.mT.contiguous().mT
    actions = torch.randint(N_ACTIONS, (5, 2)).T
    results = []
    for recurrence in (FusedRecurrence, Recurrence):
        inputs = [tensor.to(DEVICE).requires_grad_() for tensor in (start, transition)]
        codes, lengths = recurrence.apply(*inputs, actions.to(DEVICE), True)
        results.append(torch.autograd.grad(codes.sum() + lengths.sum(), inputs))
    for ours, expected in zip(*results, strict=True):
        torch.testing.assert_close(ours, expected, rtol=0, atol=1e-12)


@pytest.mark.slow
def test_the_kernels_compile_for_a_gpu_that_is_not_here(tmp_path):
    """For A100 and H100, in a process of its own, for in the interpreter nothing is compiled."""
    program = """
from triton import compile
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from agents.parts import fused_recurrence

for kernel in (fused_recurrence._forward, fused_recurrence._backward):
    for width in (12, 128):
        options = fused_recurrence._options(width, True)
        n_warps = options.pop("num_warps")
        kinds = {name: "*fp32" for name in kernel.arg_names} | {"actions": "*i64"}
        kinds |= dict.fromkeys(("n_steps", "n_walks", "n_modules"), "i32") | dict.fromkeys(options, "constexpr")
        source = ASTSource(kernel, kinds, constexprs=options)
        for capability in (80, 90):
            compiled = compile(source, target=GPUTarget("cuda", capability, 32), options={"num_warps": n_warps})
            assert len(compiled.asm["cubin"]) > 1_000
"""
    environment = {**os.environ, "TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not HAS_GPU, reason="there is no CUDA GPU here")
@pytest.mark.parametrize(("n_units", "n_modules"), [(192, 16), (192, 8), (128, 1)])
def test_a_walk_on_a_gpu_is_one_on_the_cpu_and_the_same_each_time(n_units, n_modules):
    assert recurrence_on("cuda", n_units // n_modules) is FusedRecurrence
    torch.manual_seed(0)
    integrator = PathIntegrator(n_actions=5, n_units=n_units, n_modules=n_modules, activation="relu")
    integrator.transition.detach().add_(0.1 * torch.randn_like(integrator.transition))
    actions, weighting = torch.randint(5, (8, 64)), torch.randn(8, 64, n_units)
    origin = integrator.normalise(integrator.origin.detach().flatten()).expand(8, -1)
    results = []
    for device in ("cpu", "cuda", "cuda"):
        walked = integrator.to(device).walk(origin.to(device), actions.to(device))
        loss = (walked.positions * weighting.to(device)).sum() + walked.lengths.sum()
        (gradient,) = torch.autograd.grad(loss, [integrator.transition])
        results.append((walked.positions.cpu(), walked.lengths.cpu(), gradient.cpu()))
    for on_cpu, on_gpu, again in zip(*results, strict=True):
        torch.testing.assert_close(on_gpu, on_cpu, rtol=1e-3, atol=1e-3)
        assert torch.equal(on_gpu, again)
