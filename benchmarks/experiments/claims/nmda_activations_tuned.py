"""Activation functions again, each at the learning rate that suits it best."""

from dataclasses import replace

from benchmarks.experiments.claims import nmda_activations
from benchmarks.experiments.claims.nmda_ltrm_by_alpha import LATE
from benchmarks.experiments.experiment import Claim

FIRST = nmda_activations.EXPERIMENT
OURS, LINEAR = nmda_activations.OURS, nmda_activations.LINEAR
# The best of `nmda-learning-rates`, a factor of 2 apart; one seed, on other maps. SiLU is NMDA with alpha = 1, which
# `nmda-alpha-tuned` has.
RATES = {
    OURS: 0.008,
    LINEAR: 0.004,
    "relu": 0.008,
    "gelu": 0.008,
    "leaky-relu": 0.008,
    "sigmoid": 0.004,
    "tanh": 0.004,
    f"{OURS}-unit-slope": 0.004,
    "relu-unit-slope": 0.004,
}
PAIRS = (
    *((OURS, name) for name in ("relu", "gelu", "leaky-relu", "sigmoid", "tanh")),
    (f"{OURS}-unit-slope", "relu-unit-slope"),
)

EXPERIMENT = replace(
    FIRST,
    name="nmda-activations-tuned",
    statement=(
        "With each activation at its own learning rate, the NMDA nonlinearity with alpha = 10 leads to better "
        "reference memory than a linear layer, and than common activation functions."
    ),
    variants={name: replace(FIRST.variants[name], learning_rate=rate) for name, rate in RATES.items()},
    claims=(
        # Linear has a slope of 1 at 0 as it is.
        *(
            Claim(f"{name} - {LINEAR}", "quick", f"ltrm_64{LATE}", at_least=0.10)
            for name in (OURS, f"{OURS}-unit-slope")
        ),
        *(Claim(f"{ours} - {name}", "quick", f"ltrm_64{LATE}", at_least=0.0) for ours, name in PAIRS),
        *(Claim(name, "quick", f"stwm_64{LATE}", at_least=0.99) for name in (OURS, LINEAR)),
    ),
)
