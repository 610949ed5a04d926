"""The NMDA nonlinearity beside common activation functions, as they are and at equal gain."""

from dataclasses import replace

from benchmarks.experiments.claims import nmda_ltrm_by_alpha
from benchmarks.experiments.claims.nmda_ltrm_by_alpha import LATE, at_unit_slope
from benchmarks.experiments.experiment import Claim, Variant

FIRST = nmda_ltrm_by_alpha.EXPERIMENT
OURS, LINEAR = "nmda-a10", "nmda-a0"
COMMON = ("relu", "gelu", "silu", "leaky-relu", "sigmoid", "tanh")
AS_THEY_ARE = {
    OURS: FIRST.variants[OURS],
    LINEAR: FIRST.variants[LINEAR],
    **{name: Variant("nmda", learning_rate=2e-3, sizes={"activation": name}) for name in COMMON},
}
SCALED = (OURS, "relu", "gelu")

EXPERIMENT = replace(
    FIRST,
    name="nmda-activations",
    statement="The NMDA nonlinearity with alpha = 10 leads to better reference memory than common activation "
    "functions; here at one budget.",
    source="Kim, Kwon, Cha and Lee (2023), NeurIPS, LTRM error by activation function",
    along="",
    evaluations={},
    variants={**AS_THEY_ARE, **at_unit_slope({name: AS_THEY_ARE[name] for name in SCALED})},
    claims=(
        *(Claim(f"{OURS} - {name}", "quick", f"ltrm_64{LATE}", at_least=0.0) for name in COMMON),
        *(
            Claim(f"{OURS}-unit-slope - {name}-unit-slope", "quick", f"ltrm_64{LATE}", at_least=0.0)
            for name in SCALED
            if name != OURS
        ),
        *(Claim(f"{name}-unit-slope - {name}", "quick", f"ltrm_64{LATE}", at_least=0.0) for name in SCALED),
    ),
)
