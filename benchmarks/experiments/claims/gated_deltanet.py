"""Gated DeltaNet on a line: does it help to turn around what a key holds?"""

from dataclasses import replace

from benchmarks.experiments.experiment import Claim, Variant
from benchmarks.experiments.hippo_1 import LINE

# Of .003 and .01, and of A up to 1 and up to 16, the best on validation worlds of the line; one seed, with eigenvalues
# from -1 to 1.
FROM_MINUS_ONE = Variant("gated-deltanet", learning_rate=1e-2)

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
        "gated-deltanet-positive": replace(FROM_MINUS_ONE, sizes={"negative_eigenvalues": False}),
    },
    claims=(Claim("gated-deltanet - gated-deltanet-positive", "quick", "loop_closure", at_least=0.0),),
)
