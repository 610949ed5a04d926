"""MapFormer in family trees: rotations in planes commute, and relations do not."""

from benchmarks.experiments.claims import zero_shot_family_tree
from benchmarks.experiments.experiment import Claim, Experiment, Variant

TREES = zero_shot_family_tree.EXPERIMENT
N_UPDATES = TREES.variants["tem-t"].n_updates

EXPERIMENT = Experiment(
    name="mapformer-trees",
    statement="What sums up angles cannot hold a family tree; what multiplies matrices can.",
    source="a question of ours, after Rambaud, Mascarenhas and Lakretz (2025), arXiv 2511.19279",
    environment=TREES.environment,
    arguments=TREES.arguments,
    evaluations=TREES.evaluations,
    variants={
        "mapformer": Variant("mapformer", learning_rate=3e-3, n_updates=N_UPDATES),
        "mapformer-em": Variant("mapformer", learning_rate=3e-3, sizes={"memory": "episodic"}, n_updates=N_UPDATES),
        "tem-t": TREES.variants["tem-t"],
    },
    presets=TREES.presets,
    claims=(
        Claim("mapformer", "quick", "loop_closure", at_most=0.5),
        Claim("tem-t - mapformer", "quick", "loop_closure", at_least=0.0),
    ),
)
