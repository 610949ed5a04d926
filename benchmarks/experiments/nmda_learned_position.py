"""The published position code, a recurrence that is learnt as well: what comes first, and does alpha matter?"""

from dataclasses import replace

from benchmarks.experiment import Claim
from benchmarks.experiments import nmda_ltrm_by_alpha
from benchmarks.experiments.nmda_ltrm_by_alpha import LATE

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
LINEAR, NONLINEAR = "nmda-a0", "nmda-a10"
# Of .002 and .004 the better with alpha = 10, on other maps.
RATE = 0.004

EXPERIMENT = replace(
    FIRST,
    name="nmda-learned-position",
    statement="With a position code that is learnt, position and working memory come first and reference memory after, "
    "and more of it with alpha = 10 than with a linear layer.",
    along="",
    variants={
        name: replace(variant, learning_rate=RATE, sizes={**variant.sizes, "position": "learned"})
        for name, variant in FIRST.variants.items()
        if name in (LINEAR, NONLINEAR)
    },
    claims=(
        Claim(f"{NONLINEAR} - {LINEAR}", "quick", f"ltrm_64{LATE}", at_least=0.10),
        Claim(NONLINEAR, "quick", "updates_to_ltrm_64_.50 - updates_to_stwm_64_.70", at_least=0.0),
        *(Claim(name, "quick", f"stwm_64{LATE}", at_least=0.95) for name in (LINEAR, NONLINEAR)),
        Claim(NONLINEAR, "quick", f"stwm_64@novel-maps{LATE}", at_least=0.95),
        Claim(f"{NONLINEAR} - {LINEAR}", "paper", "ltrm_64[1025-2048]", at_least=0.10),
    ),
)
