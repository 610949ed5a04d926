"""Zero-shot inference on hexagons: the same agents where every node has six neighbours."""

from benchmarks.experiments.claims import zero_shot_rectangle
from benchmarks.experiments.claims.zero_shot_rectangle import CELLS
from benchmarks.experiments.experiment import Claim, Experiment, Variant

EXPERIMENT = Experiment(
    name="zero-shot-hexagonal",
    statement="TEM-t learns the rules of a 6-connected space as it learns those of a 4-connected one.",
    source="Whittington, Warren and Behrens (2022), ICLR, appendix, figure 10",
    environment="hippo/Hexagonal-v0",
    arguments={"radius": (4, 5, 6), "n_observations": 45, "stay": True},
    evaluations={"radius-8": {"radius": 8}},
    variants={
        "tem-t": Variant("tem-t", learning_rate=3e-3, sizes={"n_modules": 8}, measurements=CELLS),
        "tem-t-relu": Variant(
            "tem-t", learning_rate=3e-3, sizes={"activation": "relu", "n_modules": 8}, measurements=CELLS
        ),
        "tem": zero_shot_rectangle.TEM,
        "transformer": Variant("transformer", learning_rate=3e-3),
        "lstm": Variant("lstm", learning_rate=5e-3),
    },
    presets=zero_shot_rectangle.EXPERIMENT.presets,
    claims=(
        Claim("tem-t", "quick", "loop_closure", at_least=0.995),
        Claim("tem-t", "quick", "loop_closure[257-512]", at_least=0.97),
        Claim("tem-t", "quick", "loop_closure@radius-8[513-1024]", at_least=0.95),
        Claim("tem-t", "quick", "grid_score_60_share - grid_score_60_share_rotated", at_least=0.0),
        Claim("tem-t-relu", "quick", "grid_score_60_share - grid_score_60_share_rotated", at_least=0.0),
        Claim("tem-t-relu", "quick", "loop_closure", at_least=0.995),
        Claim("tem-t-relu", "quick", "loop_closure[257-512]", at_least=0.97),
        Claim("tem-t-relu", "quick", "loop_closure@radius-8[513-1024]", at_least=0.95),
        Claim("tem-t-relu - transformer", "quick", "loop_closure", at_least=0.5),
        Claim("tem", "paper", "map_share", at_least=0.90),
    ),
)
