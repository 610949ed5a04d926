"""Reference memory by alpha at equal gain: every activation scaled to a slope of 1 at 0, as linear has it.

Above 0 the slope still grows, to 1 + alpha: what is equal is the gain of weak inputs.
"""

from dataclasses import replace
from itertools import pairwise

from benchmarks.experiments.claims import nmda_ltrm_by_alpha
from benchmarks.experiments.claims.nmda_ltrm_by_alpha import LATE, at_unit_slope
from benchmarks.experiments.experiment import Claim

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
LINEAR = "nmda-a0"
# The best of `nmda-learning-rates`, a factor of 2 apart; one seed, on other maps. At equal gain one rate suits all.
RATE = 0.004
SCALED = at_unit_slope({f"nmda-a{alpha:g}": FIRST.variants[f"nmda-a{alpha:g}"] for alpha in (0.1, 1, 10, 100)})
ORDER = (LINEAR, *SCALED)

EXPERIMENT = replace(
    FIRST,
    name="nmda-alpha-equal-gain",
    statement="Scaled to a slope of 1 at 0, and at the learning rate that suits them, reference memory improves with "
    "alpha, and saturates.",
    evaluations={},
    variants={
        name: replace(variant, learning_rate=RATE)
        for name, variant in ({LINEAR: FIRST.variants[LINEAR]} | SCALED).items()
    },
    claims=(
        Claim(f"nmda-a10-unit-slope - {LINEAR}", "quick", f"ltrm_64{LATE}", at_least=0.10),
        *(Claim(f"{more} - {less}", "quick", f"ltrm_64{LATE}", at_least=0.0) for less, more in pairwise(ORDER[:-1])),
        Claim(f"{ORDER[-1]} - {ORDER[-2]}", "quick", f"ltrm_64{LATE}", at_least=-0.05),
    ),
)
