"""Experiments: agents trained and scored on environments, one short data-only file for each claim of a paper."""

import os

# Before NumPy is imported, here and in every worker: `torch.set_num_threads` does not reach the threads of its BLAS,
# and on products as small as TEM's they only wait for each other (.46 CPU seconds an update instead of .24).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
