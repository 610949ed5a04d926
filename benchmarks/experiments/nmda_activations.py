"""The NMDA nonlinearity beside common activation functions, as they are and at equal gain."""

from dataclasses import replace

from benchmarks.experiment import Claim, Variant
from benchmarks.experiments import nmda_ltrm_by_alpha
from benchmarks.experiments.nmda_ltrm_by_alpha import LATE

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
OURS, LINEAR = "nmda-a10", "nmda-a0"
COMMON = ("relu", "gelu", "silu", "leaky-relu", "sigmoid", "tanh")
# Of slope 1 at 0: gain alone moves the speed of learning.
AT_UNIT_SLOPE = {"nmda-a10": {"alpha": 10.0}, "relu": {"activation": "relu"}, "gelu": {"activation": "gelu"}}

EXPERIMENT = replace(
    FIRST,
    name="nmda-activations",
    statement="The NMDA nonlinearity with alpha = 10 leads to better reference memory than common activation "
    "functions; here at one budget.",
    source="Kim, Kwon, Cha and Lee (2023), NeurIPS, LTRM error by activation function",
    along="",
    evaluations={},
    variants={
        OURS: FIRST.variants[OURS],
        LINEAR: FIRST.variants[LINEAR],
        **{name: Variant("nmda", learning_rate=2e-3, sizes={"activation": name}) for name in COMMON},
        **{
            f"{name}-unit-slope": Variant("nmda", learning_rate=2e-3, sizes={**sizes, "unit_slope": True})
            for name, sizes in AT_UNIT_SLOPE.items()
        },
    },
    claims=(
        *(Claim(f"{OURS} - {name}", "quick", f"ltrm_64{LATE}", at_least=0.0) for name in COMMON),
        *(
            Claim(f"{OURS}-unit-slope - {name}-unit-slope", "quick", f"ltrm_64{LATE}", at_least=0.0)
            for name in AT_UNIT_SLOPE
            if name != OURS
        ),
        *(Claim(f"{name}-unit-slope - {name}", "quick", f"ltrm_64{LATE}", at_least=0.0) for name in AT_UNIT_SLOPE),
    ),
)
