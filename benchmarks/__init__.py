"""Experiments: agents trained and scored on environments, one short data-only file for each claim of a paper."""

import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path

# Before NumPy is imported, here and in every worker: `torch.set_num_threads` does not reach the threads of its BLAS,
# and on products as small as TEM's they only wait for each other (.46 CPU seconds an update instead of .24).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _check_agents() -> None:
    """An ImportError if `agents` is another package or file of that name, of which there are many, and not ours."""
    ours = Path(__file__).parents[1] / "agents"
    loaded = sys.modules.get("agents")
    found = PathFinder.find_spec("agents") if loaded is None else loaded.__spec__
    origin = getattr(loaded, "__file__", None) if found is None else found.origin
    if origin is not None and not (Path(origin).parent / "imported.py").exists():
        # By this package's name, so that `python -m benchmarks` says it in one line instead of a traceback.
        raise ImportError(
            f"benchmarks needs the package `agents` in {ours}, and Python finds {origin} first: put {ours.parent} on "
            "PYTHONPATH, rename a file or folder of your own, or uninstall the other package (openai-agents has one).",
            name=__name__,
        )


_check_agents()
