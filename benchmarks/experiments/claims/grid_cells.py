"""When are there grid cells? One thing changed at a time, in TEM-t as published and in ours.

`quick` explores all conditions on seeds of its own; `hour` confirms two of them on others. A run of TEM-t as published
takes 7 CPU minutes at `quick` and about an hour at `hour`, ten of which confirm.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.experiments.claims.zero_shot_hexagonal import EXPERIMENT as HEXAGONS
from benchmarks.experiments.experiment import Claim, Experiment, Variant
from benchmarks.experiments.presets import QUICK, SMOKE

MEASURED = ("position_tuning", "position_spectrum", "grid_units")
RECTIFIED = {"activation": "relu"}
ENERGY = {"position_penalty": 0.1}
APART = {"apart_weight": 1.0}
NULLS = ("untrained", "rotated", "mixed", "noise")


def _published(sizes: Mapping[str, Any], **trains_in: Any) -> Variant:
    return Variant("tem-t-published", learning_rate=3e-3, sizes=sizes, measurements=MEASURED, trains_in=trains_in)


def _ours(n_modules: int, activation: str = "linear") -> Variant:
    sizes = {"n_modules": n_modules, "activation": activation}
    return Variant("tem-t", learning_rate=3e-3, sizes=sizes, measurements=MEASURED)


# Chosen before the exploration, by theory: a code that is rectified and costs energy has grid cells (Sorscher et al.
# 2019), or one that keeps places apart as well (Dorrell et al. 2023). Where `quick` finds better ones, they come here
# before `hour` is run.
CONFIRMED = ("tem-t-published-relu-energy", "tem-t-published-relu-energy-apart")

EXPERIMENT = Experiment(
    name="grid-cells",
    statement="On hexagons, in which conditions are position units of TEM-t grid cells, more than by chance?",
    source=(
        "Whittington, Warren and Behrens (2022), ICLR, figures 1, 9 and 10; codes that are kept apart: Dorrell et al. "
        "(2023), ICLR, Actionable neural representations"
    ),
    environment=HEXAGONS.environment,
    arguments={**HEXAGONS.arguments, "n_observations": 10},
    evaluations={},
    variants={
        "tem-t-published": _published({}),
        "tem-t-published-no-energy": _published({"position_penalty": 0.0}),
        "tem-t-published-energy": _published(ENERGY),
        "tem-t-published-weights": _published({"weight_penalty": 1e-3}),
        "tem-t-published-apart": _published(APART),
        "tem-t-published-torus": _published({}, torus=True),
        "tem-t-published-slip": _published({}, slip=0.05),
        "tem-t-published-relu": _published(RECTIFIED),
        "tem-t-published-relu-energy": _published({**RECTIFIED, **ENERGY}),
        "tem-t-published-relu-energy-apart": _published({**RECTIFIED, **ENERGY, **APART}),
        # Ours sets codes to one length: of one module that is population normalisation alone.
        **{f"tem-t-{n}-modules": _ours(n) for n in (1, 4, 16)},
        **{f"tem-t-{n}-modules-relu": _ours(n, "relu") for n in (1, 4, 16)},
    },
    presets={
        "smoke": replace(SMOKE, evaluation_length=256),
        "quick": replace(QUICK, evaluation_length=1_024, seeds=(5, 6, 7, 8, 9)),
        "hour": replace(QUICK, n_updates=10_000, evaluation_length=1_024),
        "paper": replace(QUICK, n_updates=20_000, batch=64, n_evaluation_worlds=1_000, evaluation_length=1_024),
    },
    claims=(
        *(
            Claim(name, "hour", f"grid_score_60_share - grid_score_60_share_{null}", at_least=0.2)
            for name in CONFIRMED
            for null in NULLS
        ),
        *(Claim(name, "hour", "loop_closure", at_least=0.90) for name in CONFIRMED),
    ),
)
