"""A run's use of the machine: its device, and freed memory that is kept for the next update."""

import ctypes
import sys

import torch

TRIM_THRESHOLD, MMAP_MAX = -1, -4  # of mallopt, in glibc's malloc.h
LARGEST = 2**31 - 1


def find_device(name: str) -> torch.device:
    """The device of that name; "auto" is a CUDA GPU where there is one, else the CPU.

    From then on an LSTM computes on a GPU in single precision, as everything else does: as it comes, cuDNN rounds its
    factors to 10 bits.

    Raises:
        ValueError: if there is no such device here.
    """
    n_gpus = torch.cuda.device_count()
    known = ["cpu", *(["cuda"] if n_gpus else []), *(f"cuda:{index}" for index in range(n_gpus))]
    if name == "auto":
        name = "cuda" if n_gpus else "cpu"
    if name not in known:
        raise ValueError(f"There is no device {name!r} on this machine: use auto or one of {', '.join(known)}.")
    torch.backends.cudnn.allow_tf32 = False
    return torch.device(name)


def keep_freed_memory() -> bool:
    """Have the C library keep what this process frees; whether it does, which is with glibc on Linux only.

    As it comes it gives arrays of some megabytes back and asks for them again at every operation, and each of their
    pages is cleared anew: a sixth of the time of an update of the NMDA transformer. No number changes.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    # No array is mapped on its own, and what is free at the end of the heap is not given back.
    return mallopt is not None and all([mallopt(MMAP_MAX, 0), mallopt(TRIM_THRESHOLD, LARGEST)])
