"""Zero-shot inference on a line: transitive inference, the smallest structure there is."""

from dataclasses import replace

from benchmarks.experiments.claims import zero_shot_rectangle
from benchmarks.experiments.experiment import Claim, Experiment, Variant

SHORT = {"smoke": (32, 64), "quick": (32, 128), "paper": (32, 512)}  # a line of six nodes is soon known

EXPERIMENT = Experiment(
    name="zero-shot-line",
    statement="TEM-t learns that jumps add up: B is two above A and C one above B, so what is three above A?",
    source="Whittington et al. (2020), Cell 183, figure 2",
    environment="hippo/Line-v0",
    arguments={"length": (4, 5, 6), "jump": 4, "n_observations": 45},
    evaluations={"length-9": {"length": 9}},
    variants={
        "tem-t": Variant("tem-t", learning_rate=3e-3),
        "tem-t-relu": Variant("tem-t", learning_rate=3e-3, sizes={"activation": "relu", "n_modules": 8}),
        # What fits in ten minutes on one core; sample-efficiency compares TEM with TEM-t step by step.
        "tem": Variant("tem", learning_rate=4e-3, n_updates={"quick": 200}, measurements=("map_share",)),
        "transformer": Variant("transformer", learning_rate=3e-3),
        "lstm": Variant("lstm", learning_rate=5e-3),
    },
    presets={
        name: replace(preset, walk_length=SHORT[name][0], evaluation_length=SHORT[name][1])
        for name, preset in zero_shot_rectangle.EXPERIMENT.presets.items()
    },
    claims=(
        Claim("tem-t", "quick", "loop_closure", at_least=0.99),
        Claim("tem-t-relu", "quick", "loop_closure", at_least=0.99),
        Claim("tem-t", "quick", "loop_closure@length-9", at_least=0.95),
        Claim("tem-t - transformer", "quick", "loop_closure", at_least=0.2),
    ),
)
