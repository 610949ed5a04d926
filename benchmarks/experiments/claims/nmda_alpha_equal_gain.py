"""Reference memory by alpha at equal gain: two ways of scaling the activation by a constant.

`unit-slope` multiplies by 1 + alpha. The slope at 0 is then 1, as linear has it: weak inputs have equal gain, and
active units 1 + alpha times the gain that they had. `unit-variance` makes outputs vary as much as those of linear
before anything is learnt.
"""

from dataclasses import replace
from itertools import pairwise

from benchmarks.experiments.claims import nmda_ltrm_by_alpha
from benchmarks.experiments.claims.nmda_ltrm_by_alpha import LATE, at_unit_slope, at_unit_variance
from benchmarks.experiments.experiment import Claim

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
LINEAR = "nmda-a0"
# The best of `nmda-learning-rates`, a factor of 2 apart; one seed, on other maps. At a slope of 1 one rate suits all.
RATE = 0.004
RATE_AT_EQUAL_VARIANCE = {1: 0.008, 10: 0.008, 100: 0.002}
SCALED = at_unit_slope({f"nmda-a{alpha:g}": FIRST.variants[f"nmda-a{alpha:g}"] for alpha in (0.1, 1, 10, 100)})
ORDER = (LINEAR, *SCALED)
EQUAL = at_unit_variance(
    {
        f"nmda-a{alpha:g}": replace(FIRST.variants[f"nmda-a{alpha:g}"], learning_rate=rate)
        for alpha, rate in RATE_AT_EQUAL_VARIANCE.items()
    }
)
OF_1, OF_10, OF_100 = EQUAL

EXPERIMENT = replace(
    FIRST,
    name="nmda-alpha-equal-gain",
    statement=(
        "With activations scaled to a slope of 1 at 0, or to outputs of equal variance, and each at its own learning "
        "rate, reference memory improves with alpha, and saturates."
    ),
    evaluations={},
    variants={
        name: replace(variant, learning_rate=RATE)
        for name, variant in ({LINEAR: FIRST.variants[LINEAR]} | SCALED).items()
    }
    | EQUAL,
    claims=(
        Claim(f"nmda-a10-unit-slope - {LINEAR}", "quick", f"ltrm_64{LATE}", at_least=0.10),
        *(Claim(f"{more} - {less}", "quick", f"ltrm_64{LATE}", at_least=0.0) for less, more in pairwise(ORDER[:-1])),
        Claim(f"{ORDER[-1]} - {ORDER[-2]}", "quick", f"ltrm_64{LATE}", at_least=-0.05),
        # At equal variance: linear against nonlinear, and, above 1, no difference to speak of.
        Claim(f"{OF_10} - {LINEAR}", "quick", f"ltrm_64{LATE}", at_least=0.10),
        Claim(f"{OF_10} - {OF_1}", "quick", f"ltrm_64{LATE}", at_least=-0.05),
        Claim(f"{OF_10} - {OF_1}", "quick", f"ltrm_64{LATE}", at_most=0.05),
        Claim(f"{OF_100} - {OF_10}", "quick", f"ltrm_64{LATE}", at_least=-0.05),
    ),
)
