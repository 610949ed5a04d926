"""Which learning rate suits each alpha on maps of 11 x 11 nodes? Ten minutes of one core each, on other maps."""

from dataclasses import replace

from benchmarks.experiments.claims.nmda_large_maps import ALPHAS, of_alpha
from benchmarks.experiments.claims.nmda_large_maps import EXPERIMENT as LARGE_MAPS

RATES = (0.002, 0.004, 0.008)

EXPERIMENT = replace(
    LARGE_MAPS,
    name="nmda-large-maps-rates",
    statement="Which learning rate suits each alpha on large maps? Asked of maps that are not used to compare them.",
    arguments={**LARGE_MAPS.arguments, "map_seed": 1},
    variants={
        f"nmda-a{alpha}-at-{rate:g}": replace(of_alpha(alpha, rate), measurements=())
        for alpha in ALPHAS
        for rate in RATES
    },
    presets={
        **{name: replace(preset, seeds=(0,)) for name, preset in LARGE_MAPS.presets.items()},
        "hour": replace(LARGE_MAPS.presets["hour"], n_updates=3_500, seeds=(0,)),
    },
    claims=(),
    chooses=True,
)
