"""Zero-shot inference on squares: does a transformer with a recurrent position code learn the structure of space?"""

from dataclasses import replace

from benchmarks.experiments.experiment import Claim, Experiment, Variant
from benchmarks.experiments.presets import QUICK, SMOKE

# Grid, band and place cells, remapping: whole distributions beside nulls.
CELLS = ("position_tuning", "position_spectrum", "memory_fields", "remapping", "place_remapping")

# What fits in ten minutes on one core; sample-efficiency compares TEM with TEM-t step by step.
TEM = Variant(
    "tem",
    learning_rate=4e-3,
    n_updates={"quick": 100},
    evaluation_length={"quick": 256},
    measurements=("map_share",),
)

EXPERIMENT = Experiment(
    name="zero-shot-rectangle",
    statement="TEM-t learns the rules of space: in new worlds it predicts the symbols that edges never taken lead to.",
    source="Whittington, Warren and Behrens (2022), ICLR, section 3 and figure 1",
    environment="hippo/Rectangle-v0",
    arguments={"width": (8, 9, 10, 11), "n_observations": 45, "stay": True},
    evaluations={"7x13": {"width": 7, "height": 13}, "16x16": {"width": 16}, "32x32": {"width": 32}},
    variants={
        "tem-t": Variant("tem-t", learning_rate=3e-3, measurements=CELLS),
        "lstm": Variant("lstm", learning_rate=5e-3),
        "tem-t-relu": Variant(
            "tem-t", learning_rate=3e-3, sizes={"activation": "relu", "n_modules": 8}, measurements=CELLS
        ),
        "tem": TEM,
        "transformer": Variant("transformer", learning_rate=3e-3),
        "tem-t-one-module": Variant("tem-t", learning_rate=3e-3, sizes={"n_modules": 1}),
    },
    presets={
        "smoke": replace(SMOKE, n_evaluation_worlds=6, evaluation_length=256),
        "quick": replace(QUICK, n_updates=2_400, evaluation_length=1_024),
        "paper": replace(
            QUICK, n_updates=20_000, batch=64, walk_length=256, n_evaluation_worlds=1_000, evaluation_length=4_096
        ),
    },
    claims=(
        Claim("tem-t", "quick", "loop_closure", at_least=0.99),
        Claim("tem-t", "quick", "zero_shot", at_least=0.99),
        Claim("tem-t", "quick", "loop_closure[257-512]", at_least=0.97),
        Claim("tem-t", "quick", "loop_closure@7x13[513-1024]", at_least=0.95),
        Claim("tem-t", "quick", "loop_closure@16x16[513-1024]", at_least=0.95),
        Claim("tem-t", "quick", "loop_closure@32x32[513-1024]", at_least=0.95),
        Claim("tem-t-relu", "quick", "loop_closure", at_least=0.995),
        Claim("tem-t-relu", "quick", "loop_closure@32x32[513-1024]", at_least=0.95),
        Claim("tem-t - transformer", "quick", "loop_closure", at_least=0.5),
        Claim("tem-t - lstm", "quick", "loop_closure", at_least=0.5),
        Claim("tem-t", "quick", "grid_score_90_share - grid_score_90_share_rotated", at_least=0.0),
        Claim("tem-t", "quick", "band_score_share - band_score_share_rotated", at_least=0.0),
        Claim("tem-t", "quick", "band_score_share - band_score_share_untrained", at_least=0.0),
        Claim("tem-t-relu", "quick", "grid_score_90_share - grid_score_90_share_rotated", at_least=0.0),
        Claim("tem-t", "quick", "memory_place - memory_place_untrained", at_least=0.0),
        Claim("tem-t", "quick", "memory_relations - memory_relations_chance", at_most=0.0),
        Claim("tem-t", "quick", "position_relations - position_relations_untrained", at_least=0.0),
        Claim("tem-t", "quick", "grid_at_place_g - grid_at_place_g_chance", at_least=0.0),
        Claim("tem-t - tem-t-one-module", "quick", "loop_closure@32x32[513-1024]", at_least=0.05),
        Claim("tem", "paper", "map_share", at_least=0.90),
    ),
)
