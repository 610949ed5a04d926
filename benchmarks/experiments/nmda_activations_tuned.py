"""Activation functions again, each at the learning rate that suits it best."""

from dataclasses import replace

from benchmarks.experiment import Claim
from benchmarks.experiments import nmda_activations
from benchmarks.experiments.nmda_ltrm_by_alpha import LATE

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
}

EXPERIMENT = replace(
    FIRST,
    name="nmda-activations-tuned",
    statement="Each at its own learning rate, the NMDA nonlinearity with alpha = 10 leads to better reference memory "
    "than a linear layer, and than common activation functions.",
    variants={name: replace(FIRST.variants[name], learning_rate=rate) for name, rate in RATES.items()},
    claims=(
        Claim(f"{OURS} - {LINEAR}", "quick", f"ltrm_64{LATE}", at_least=0.10),
        *(
            Claim(f"{OURS} - {name}", "quick", f"ltrm_64{LATE}", at_least=0.0)
            for name in RATES
            if name not in (OURS, LINEAR)
        ),
        *(Claim(name, "quick", f"stwm_64{LATE}", at_least=0.99) for name in (OURS, LINEAR)),
    ),
)
