"""Zero-shot inference on squares it has never seen: does a transformer with a recurrent position code know space?"""

from benchmarks.experiment import Experiment, Preset, Target, Variant

EXPERIMENT = Experiment(
    name="zero-shot-rectangle",
    claim="Having learnt the rules of space, TEM-t predicts what it has never experienced in worlds it has never seen.",
    source="Whittington, Warren and Behrens (2022), ICLR, section 3 and figure 1",
    environment="hippo/Rectangle-v0",
    arguments={"width": (8, 9, 10, 11), "n_observations": 45, "stay": True},
    variants={
        "tem-t": Variant("tem-t", learning_rate=3e-3, rate_maps_of="position"),
        "lstm": Variant("lstm", learning_rate=5e-3),
    },
    presets={
        "smoke": Preset(n_updates=5, batch=4, walk_length=32, n_evaluation_worlds=4, evaluation_length=256, seeds=(0,)),
        "quick": Preset(
            n_updates=3_000,
            batch=16,
            walk_length=128,
            n_evaluation_worlds=200,
            evaluation_length=1_024,
            seeds=(0, 1, 2, 3, 4),
        ),
        "paper": Preset(
            n_updates=20_000,
            batch=64,
            walk_length=256,
            n_evaluation_worlds=1_000,
            evaluation_length=4_096,
            seeds=(0, 1, 2, 3, 4),
        ),
    },
    targets=(
        Target("quick", "tem-t", "loop_closure", 1, 128, at_least=0.99),
        Target("quick", "tem-t", "zero_shot", 1, 128, at_least=0.99),
        Target("quick", "tem-t", "loop_closure", 257, 512, at_least=0.97),
    ),
)
