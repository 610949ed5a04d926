"""Which runs a GPU is spent on, in the order of what they decide: claims at `paper`, which a CPU takes days for."""

from benchmarks.experiments import EXPERIMENTS
from benchmarks.running.sweep.plan import Job, plan

# One row after the other; within a row seed by seed, so that every agent has one run before any has two.
WORTH: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("nmda-ltrm-by-alpha", ("nmda-a10", "nmda-a0", "nmda-a0.1", "nmda-a100")),
    ("nmda-place-cells", ("nmda-a10", "nmda-a0", "nmda-a0.1")),
    ("nmda-learned-position", ("nmda-a10", "nmda-a0")),
    ("landmark-correction", ("landmarks", "tem-t")),
    ("zero-shot-rectangle", ("tem",)),
    ("zero-shot-hexagonal", ("tem",)),
    ("zero-shot-family-tree", ("tem",)),
)


def runs_by_worth(preset: str) -> list[Job]:
    """All of them, the most telling first."""
    return [job for name, agents in WORTH for job in plan([EXPERIMENTS[name]], agents, preset)]
