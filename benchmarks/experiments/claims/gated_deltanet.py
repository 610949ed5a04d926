"""Gated DeltaNet on a line: does it help to turn around what a key holds?"""

from dataclasses import replace

from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.hippo_1 import GATED_DELTANET, LINE

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
        "gated-deltanet": GATED_DELTANET,
        "gated-deltanet-positive": replace(GATED_DELTANET, sizes={"negative_eigenvalues": False}),
    },
    claims=(Claim("gated-deltanet - gated-deltanet-positive", "quick", "loop_closure", at_least=0.0),),
)
