"""TEM trained to the end as it was published: small squares, each walked for thousands of steps."""

from dataclasses import replace

from benchmarks.experiments.experiment import Claim, Decay, Experiment, Lasting, Variant
from benchmarks.experiments.presets import QUICK, SMOKE

# torch_tem: walks of 25 to 300 chunks of 20 steps, from a window of 55 that slides down over 20,000 updates.
HOUR = replace(
    QUICK,
    n_updates=20_000,
    walk_length=6_000,
    evaluation_length=512,
    lasting=Lasting(chunk=20, shortest=500, window=1_100),
)
LATE = "[257-512]"

EXPERIMENT = Experiment(
    name="tem-published",
    statement=(
        "Trained to the end, TEM has a map of space: in worlds it has never seen it predicts where untried steps lead; "
        "position cells keep their relations between worlds, and place cells remap to places where the same position "
        "cells fire."
    ),
    source="Whittington et al. (2020), Cell 183, figures 2 to 6; task and schedules of torch_tem",
    environment="hippo/Rectangle-v0",
    arguments={"width": 5, "n_observations": 45, "stay": True},
    evaluations={"8x8": {"width": 8}},
    variants={
        "tem": Variant(
            "tem",
            learning_rate=9.4e-4,
            decay=Decay(lowest=8e-5, halvings=5),
            measurements=("map_share", "place_cells", "tem_cells", "tem_as_attention"),
        ),
    },
    presets={
        "smoke": replace(
            SMOKE,
            walk_length=80,
            lasting=Lasting(chunk=20, shortest=20, window=20),
            sizes={"n_abstract": (9, 6, 6), "smoothing": (0.9, 0.3, 0.1)},
        ),
        # All schedules, and the lengths of walks with them, in a tenth of the updates.
        "quick": replace(HOUR, n_updates=2_000, walk_length=600, lasting=Lasting(chunk=20, shortest=60, window=100)),
        "hour": HOUR,
        # The sizes of the paper's worlds, which take the authors' first code about 50,000 updates.
        "paper": replace(HOUR, n_updates=50_000, evaluation_length=1_024, arguments={"width": (8, 9, 10, 11)}),
    },
    claims=(
        Claim("tem", "hour", "map_share", at_least=0.90),
        Claim("tem", "hour", "loop_closure", at_least=0.90),
        Claim("tem", "hour", "zero_shot", at_least=0.90),
        Claim("tem", "hour", f"revisit{LATE}", at_least=0.95),
        Claim("tem", "hour", "abstract_at_place - abstract_at_place_untrained", at_least=0.0),
        Claim("tem", "hour", "grounded_place_score - grounded_place_score_untrained", at_least=0.0),
        Claim("tem", "hour", "abstract_relations - abstract_relations_chance", at_least=0.0),
        Claim("tem", "hour", "abstract_relations - grounded_relations", at_least=0.0),
        Claim("tem", "hour", "grid_at_place_grounded - grid_at_place_grounded_chance", at_least=0.0),
        Claim("tem", "hour", "weighting_x_variation", at_most=0.1),
        Claim("tem", "hour", "weighting_g_variation", at_most=0.1),
        Claim("tem", "hour", "retrieval_softmax - retrieval_linear", at_least=0.0),
    ),
)
