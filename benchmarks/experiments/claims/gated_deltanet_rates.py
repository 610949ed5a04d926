"""Which learning rate suits Gated DeltaNet on a line, with each range of eigenvalues? On worlds of validation."""

from dataclasses import replace

from benchmarks.experiments.claims.gated_deltanet import EXPERIMENT as ON_A_LINE

RATES = (0.003, 0.01, 0.03)

EXPERIMENT = replace(
    ON_A_LINE,
    name="gated-deltanet-rates",
    statement="Which learning rate suits Gated DeltaNet with each range of eigenvalues? Asked of worlds of validation.",
    source="a question of ours",
    variants={
        f"{name}-at-{rate:g}": replace(variant, learning_rate=rate)
        for name, variant in ON_A_LINE.variants.items()
        for rate in RATES
    },
    presets={name: replace(preset, seeds=(0,)) for name, preset in ON_A_LINE.presets.items()},
    claims=(),
    stepped=False,
    chooses=True,
)
