"""Freed memory is kept for the next update, which asks for as much again."""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_MAX = -1, -4  # of mallopt, in glibc's malloc.h
LARGEST = 2**31 - 1


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
