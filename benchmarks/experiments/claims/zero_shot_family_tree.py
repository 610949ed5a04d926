"""Zero-shot inference in family trees: relations that are not spatial and cannot be undone."""

from benchmarks.experiments.claims import zero_shot_rectangle
from benchmarks.experiments.experiment import Claim, Experiment, Variant

# One module, for a tree is one thing and not a sum of waves; and no actions before the start, most of which a person
# who has no such relation could not have taken.
TREE = {"n_units": 128, "n_modules": 1, "n_actions_before_start": 0, "drift_penalty": 0.1}

EXPERIMENT = Experiment(
    name="zero-shot-family-tree",
    statement="TEM-t learns how relations combine: the child of my uncle is my cousin.",
    source="Whittington, Warren and Behrens (2022), ICLR, section 3; trees as in Whittington et al. (2020), Cell 183",
    environment="hippo/FamilyTree-v0",
    arguments={"levels": (3, 4, 5), "n_observations": 45},
    evaluations={"levels-6": {"levels": 6}},
    variants={
        # TEM-t learns trees more slowly than space; the baselines, which stop learning sooner, are not claimed against.
        "tem-t": Variant("tem-t", learning_rate=3e-3, sizes=TREE, n_updates={"quick": 4_000}),
        "tem-t-relu": Variant(
            "tem-t", learning_rate=3e-3, sizes={**TREE, "activation": "relu"}, n_updates={"quick": 4_000}
        ),
        "tem": zero_shot_rectangle.TEM,
        "transformer": Variant("transformer", learning_rate=3e-3),
        "lstm": Variant("lstm", learning_rate=5e-3),
    },
    presets=zero_shot_rectangle.EXPERIMENT.presets,
    claims=(
        Claim("tem-t", "quick", "loop_closure", at_least=0.90),
        Claim("tem-t", "quick", "loop_closure[257-512]", at_least=0.90),
        Claim("tem-t-relu", "quick", "loop_closure", at_least=0.90),
        Claim("tem", "paper", "map_share", at_least=0.90),
    ),
)
