"""Familiar maps learnt by counting: is a graph of clones, which uses no gradient, ahead of what learns by them?"""

from dataclasses import replace

from benchmarks.experiments.experiment import Claim, Variant
from benchmarks.experiments.hippo_1 import CSCG, REFERENCE_MEMORY

EXPERIMENT = replace(
    REFERENCE_MEMORY,
    name="cscg-familiar-maps",
    statement=(
        "A clone-structured graph learns 32 maps by counting, finds out on which of them it is, and knows the nodes "
        "that it has not visited yet."
    ),
    source="George et al. (2021), Nature Communications 12, 2392; the maps are those of the suite's reference-memory",
    variants={"cscg": CSCG, "lstm": Variant("lstm", learning_rate=5e-3)},
    claims=(
        Claim("cscg", "quick", "never_in_trial[33-128]", at_least=0.85),
        Claim("cscg - lstm", "quick", "never_in_trial[33-128]", at_least=0.0),
    ),
    stepped=False,
)
