"""Which learning rate suits each activation function? On maps and with a seed that nothing is scored on."""

from dataclasses import replace

from benchmarks.experiments import nmda_activations

RATES = (0.002, 0.004, 0.008, 0.016)
TUNED = (nmda_activations.OURS, nmda_activations.LINEAR, "relu")  # as far as they have been run
FIRST = nmda_activations.EXPERIMENT

EXPERIMENT = replace(
    FIRST,
    name="nmda-learning-rates",
    statement="Which learning rate suits each activation function? On other maps than those of `nmda-activations`.",
    source="Kim, Kwon, Cha and Lee (2023), NeurIPS, LTRM error by activation function",
    arguments={**FIRST.arguments, "map_seed": 1},
    variants={
        f"{name}-at-{rate:g}": replace(FIRST.variants[name], learning_rate=rate) for name in TUNED for rate in RATES
    },
    presets={name: replace(preset, seeds=(5,)) for name, preset in FIRST.presets.items()},
    claims=(),
)
