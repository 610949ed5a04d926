"""Gated DeltaNet on a line: does it help to turn around what a key holds?"""

from dataclasses import replace

from benchmarks.experiments.experiment import Claim, Variant
from benchmarks.experiments.hippo_1 import LINE

# The best of three on worlds of validation, each for itself (`gated-deltanet-rates`).
FROM_MINUS_ONE = Variant("gated-deltanet", learning_rate=3e-3)
FROM_ZERO = Variant("gated-deltanet", learning_rate=1e-2, sizes={"negative_eigenvalues": False})

EXPERIMENT = replace(
    LINE,
    name="gated-deltanet",
    statement=(
        "On a line, a linear recurrence that may turn around what a key holds (eigenvalues from -1 to 1) learns more "
        "of the structure than one that can only reduce it (from 0 to 1)."
    ),
    source=(
        "Grazzi et al. (2024), arXiv 2411.12537, who ask it of formal languages; the worlds are those of hippo-1-line"
    ),
    variants={
        "gated-deltanet": FROM_MINUS_ONE,
        "gated-deltanet-positive": FROM_ZERO,
    },
    claims=(Claim("gated-deltanet - gated-deltanet-positive", "quick", "loop_closure", at_least=0.0),),
)
