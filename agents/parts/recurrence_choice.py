"""Ways through a walk on a device, and which of them is the fastest: measured, for each size of walks that comes.

No rule says which it is: a scan does more arithmetic in fewer launches, one kernel goes step by step without any.
"""

import time
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from .recurrence import Recurrence, scan

WIDEST_FUSED = 512  # units of a module; 1,024 take minutes to compile, and Triton has no tensor for a larger matrix
GOES = 5

Way = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]  # start, transition, actions -> codes, lengths


class Size(NamedTuple):
    """Of a walk through position codes."""

    n_actions: int
    n_modules: int
    n_walks: int
    n_steps: int
    width: int  # units of a module


def ways_on(device_type: str, width: int, rectify: bool) -> Mapping[str, Way]:
    """Step by step (`loop`), in blocks (`scan`, of linear recurrences only), or in one kernel (`fused`, on a GPU)."""
    ways: dict[str, Way] = {"loop": lambda *on: Recurrence.apply(*on, rectify)}
    if not rectify:
        ways["scan"] = scan
    fused = recurrence_on(device_type, width)
    if fused is not Recurrence:
        ways["fused"] = lambda *on: fused.apply(*on, rectify)
    return ways


@cache
def fastest_way(device: torch.device, size: Size, rectify: bool) -> Way:
    """On a GPU by measurement, the first time that a size comes; on a CPU the loop, which is the fastest there.

    Ways differ in the last bits of their numbers, as anything does that a GPU sums in another order.
    """
    ways = ways_on(device.type, size.width, rectify)
    if device.type == "cpu" or len(ways) == 1:
        return ways["loop"]
    times = milliseconds(ways, size, device)
    return ways[min(times, key=times.__getitem__)]


def milliseconds(ways: Mapping[str, Way], size: Size, device: torch.device) -> dict[str, float]:
    """Of a forward and backward pass, by way, the least of several goes: other work only ever takes time away."""
    shape = size.n_actions, size.n_modules, size.width, size.width
    generator = torch.Generator().manual_seed(0)  # the global one belongs to whoever trains
    with torch.inference_mode(False), torch.enable_grad():  # whoever is the first to ask
        transition = torch.eye(size.width).expand(shape).contiguous().to(device).requires_grad_()
        start = F.normalize(torch.ones(size.n_modules, size.n_walks, size.width, device=device), dim=-1)
        actions = torch.randint(size.n_actions, (size.n_walks, size.n_steps), generator=generator).to(device)
        return {
            name: 1e3 * min(_seconds(way, start, transition, actions) for _ in range(GOES))
            for name, way in ways.items()
        }


def _seconds(way: Way, start: Tensor, transition: Tensor, actions: Tensor) -> float:
    """Of one go, until the device has done with it."""
    _wait(start.device)
    before = time.perf_counter()
    codes, lengths = way(start, transition, actions)
    torch.autograd.grad(codes.mean() + lengths.mean(), transition)
    _wait(start.device)
    return time.perf_counter() - before


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def recurrence_on(device_type: str, width: int) -> type[torch.autograd.Function]:
    """`Recurrence`; on a GPU the same in one kernel, where that works and a module is not too wide for it."""
    return _fused_on(device_type) if device_type == "cuda" and width <= WIDEST_FUSED else Recurrence


@cache
def _fused_on(device_type: str) -> type[torch.autograd.Function]:
    """The recurrence in one kernel, where Triton is installed and has the C compiler it needs; else `Recurrence`."""
    try:
        from .fused_recurrence import FusedRecurrence

        with torch.inference_mode(False), torch.enable_grad():  # both kernels are tried, whoever is the first to ask
            one = torch.ones((1, 1, 1), device=device_type, requires_grad=True)
            action = torch.zeros((1, 1), dtype=torch.long, device=device_type)
            codes, _ = FusedRecurrence.apply(one, one[None], action, True)
            torch.autograd.grad(codes.sum(), one)
    except Exception as error:  # of Triton, of the C compiler, or of what it does not find
        warnings.warn(f"Triton does not work here, so walks on the GPU go step by step, slowly: {error}", stacklevel=2)
        return Recurrence
    return FusedRecurrence
