"""Reference memory by alpha again, each alpha at the learning rate that suits it best."""

from dataclasses import replace

from benchmarks.experiments.claims import nmda_ltrm_by_alpha
from benchmarks.experiments.claims.nmda_ltrm_by_alpha import OF_ALPHA

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
# The best of `nmda-learning-rates`, a factor of 2 apart; one seed, on other maps.
RATES = {"nmda-a0": 0.004, "nmda-a0.1": 0.008, "nmda-a1": 0.008, "nmda-a10": 0.008, "nmda-a100": 0.004}

EXPERIMENT = replace(
    FIRST,
    name="nmda-alpha-tuned",
    statement="With each alpha at its own learning rate, reference memory improves with alpha, and saturates.",
    evaluations={},
    variants={name: replace(FIRST.variants[name], learning_rate=rate) for name, rate in RATES.items()},
    claims=OF_ALPHA,
)
