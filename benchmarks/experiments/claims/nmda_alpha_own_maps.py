"""Reference memory by alpha where every run has familiar maps of its own.

`nmda-alpha-tuned` and `nmda-alpha-equal-gain` train all five runs on one set of maps: what their intervals say is how
sure the difference is on those maps.
"""

from dataclasses import replace

from benchmarks.experiments.claims import nmda_alpha_equal_gain, nmda_alpha_tuned
from benchmarks.experiments.claims.nmda_ltrm_by_alpha import LATE
from benchmarks.experiments.experiment import Claim

FIRST = nmda_alpha_tuned.EXPERIMENT
LINEAR, SILU, NMDA = "nmda-a0", "nmda-a1", "nmda-a10"
SCALED = ("nmda-a1-unit-slope", "nmda-a10-unit-slope")
SEEN = f"ltrm_64{LATE}"

EXPERIMENT = replace(
    FIRST,
    name="nmda-alpha-own-maps",
    statement=(
        "With each alpha at its own learning rate, and maps that differ from run to run, reference memory is better "
        "with alpha = 1 and 10 than with a linear layer; which of the two is ahead is a question."
    ),
    variants={
        **{name: FIRST.variants[name] for name in (LINEAR, SILU, NMDA)},
        **{name: nmda_alpha_equal_gain.EXPERIMENT.variants[name] for name in SCALED},
    },
    by_seed={"map_seed": 100},  # 0 is that of the experiments before, 1 that of learning rates
    claims=(
        Claim(f"{NMDA} - {LINEAR}", "quick", SEEN, at_least=0.10),
        Claim(f"{SILU} - {LINEAR}", "quick", SEEN, at_least=0.10),
        Claim(f"{SILU} - {NMDA}", "quick", SEEN, at_least=0.0),
        Claim(f"{SCALED[1]} - {SCALED[0]}", "quick", SEEN, at_least=-0.05),
        Claim(f"{SCALED[1]} - {SCALED[0]}", "quick", SEEN, at_most=0.05),
        *(Claim(name, "quick", f"stwm_64{LATE}", at_least=0.99) for name in (LINEAR, SILU, NMDA)),
    ),
)
