"""Which learning rate suits each alpha and activation, also at equal gain? Tuned on a seed and maps never scored."""

from dataclasses import replace

from benchmarks.experiments.claims import nmda_activations, nmda_ltrm_by_alpha
from benchmarks.experiments.claims.nmda_ltrm_by_alpha import at_unit_slope, at_unit_variance

RATES = (0.002, 0.004, 0.008, 0.016)
FIRST = nmda_activations.EXPERIMENT
ALPHAS = nmda_ltrm_by_alpha.EXPERIMENT.variants
SCALED = at_unit_slope({name: ALPHAS[name] for name in ("nmda-a0.1", "nmda-a1", "nmda-a100")})
EQUAL = at_unit_variance({name: ALPHAS[name] for name in ("nmda-a1", "nmda-a10", "nmda-a100")})
TUNED = {**ALPHAS, **FIRST.variants, **SCALED, **EQUAL}

EXPERIMENT = replace(
    FIRST,
    name="nmda-learning-rates",
    statement=(
        "Which learning rate suits each alpha, and each activation function? Tuned on maps that are not used to "
        "compare them."
    ),
    source="Kim, Kwon, Cha and Lee (2023), NeurIPS, LTRM error by alpha and by activation function",
    arguments={**FIRST.arguments, "map_seed": 1},
    variants={
        f"{name}-at-{rate:g}": replace(variant, learning_rate=rate) for name, variant in TUNED.items() for rate in RATES
    },
    presets={name: replace(preset, seeds=(5,)) for name, preset in FIRST.presets.items()},
    claims=(),
)
