"""Freed memory is kept for the next update, which asks for as much again."""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt, in glibc's malloc.h
LARGEST = 2**31 - 1
MAPPED_FROM = 2**30  # bytes of a single array


def keep_freed_memory() -> bool:
    """Have the C library keep what this process frees; whether it does, which is with glibc on Linux only.

    As it comes it gives arrays of some megabytes back and asks for them again at every operation, and each of their
    pages is cleared anew: a sixth of the time of an update of the NMDA transformer. No number changes.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(MMAP_THRESHOLD, MAPPED_FROM) and mallopt(TRIM_THRESHOLD, LARGEST))
