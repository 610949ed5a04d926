"""Memory that was freed is used again: pages are not asked for anew at every operation."""

import platform
import subprocess
import sys

import pytest

# Twenty arrays of 40 MB, each made and dropped, and how many pages had to be fetched for them.
PROGRAM = """
import resource, sys
import torch
from benchmarks.running.machine import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
x = torch.ones(10_000_000)
for _ in range(20):  # small things end up between large ones: it takes some before there is room for all
    x.mul(2)
before = faults()
for _ in range(20):
    x.mul(2)
print(faults() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator can be told to")
def test_pages_are_fetched_once():
    kept, as_it_comes = (
        int(subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, check=True, text=True).stdout)
        for how in ("keep", "not")
    )
    assert 4 * kept < as_it_comes
