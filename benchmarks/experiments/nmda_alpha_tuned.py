"""Reference memory by alpha again, each alpha at the learning rate that suits it best."""

from dataclasses import replace

from benchmarks.experiment import Claim
from benchmarks.experiments import nmda_ltrm_by_alpha
from benchmarks.experiments.nmda_ltrm_by_alpha import LATE

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
# The best of `nmda-learning-rates`, a factor of 2 apart; one seed, on other maps.
RATES = {"nmda-a0": 0.004, "nmda-a0.1": 0.008, "nmda-a1": 0.008, "nmda-a10": 0.008, "nmda-a100": 0.004}

EXPERIMENT = replace(
    FIRST,
    name="nmda-alpha-tuned",
    statement="Each at its own learning rate, reference memory improves with alpha, and saturates.",
    evaluations={},
    variants={name: replace(FIRST.variants[name], learning_rate=rate) for name, rate in RATES.items()},
    claims=(
        Claim("nmda-a10 - nmda-a0", "quick", f"ltrm_64{LATE}", at_least=0.10),
        Claim("nmda-a1 - nmda-a0.1", "quick", f"ltrm_64{LATE}", at_least=0.0),
        Claim("nmda-a10 - nmda-a1", "quick", f"ltrm_64{LATE}", at_least=0.0),
        Claim("nmda-a10 - nmda-a0.1", "quick", f"ltrm_64{LATE}", at_least=0.0),
        Claim("nmda-a100 - nmda-a10", "quick", f"ltrm_64{LATE}", at_least=-0.05),
    ),
)
