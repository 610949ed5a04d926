"""How far TEM-t generalises: trained on short walks in small squares, scored to 4,096 steps in large ones."""

from dataclasses import replace

from benchmarks.experiments.claims import zero_shot_rectangle
from benchmarks.experiments.experiment import Claim, Experiment, Variant

EXPERIMENT = Experiment(
    name="length-generalisation",
    statement="A position code learnt on short walks in small worlds holds on long walks in large ones.",
    source="a question of ours; the parts of the code that carry over: agents/parts/path_integration.py",
    environment=zero_shot_rectangle.EXPERIMENT.environment,
    arguments=zero_shot_rectangle.EXPERIMENT.arguments,
    evaluations={"32x32": {"width": 32}, "64x64": {"width": 64}},
    variants={
        "tem-t": Variant("tem-t", learning_rate=3e-3),
        "tem-t-relu": Variant("tem-t", learning_rate=3e-3, sizes={"activation": "relu", "n_modules": 8}),
    },
    presets={
        name: replace(preset, evaluation_length=4_096, n_evaluation_worlds=200) if name != "smoke" else preset
        for name, preset in zero_shot_rectangle.EXPERIMENT.presets.items()
    },
    claims=(
        Claim("tem-t", "quick", "loop_closure@32x32[2049-4096]", at_least=0.95),
        Claim("tem-t", "quick", "loop_closure@64x64[2049-4096]", at_least=0.95),
        Claim("tem-t-relu", "quick", "loop_closure@32x32[2049-4096]", at_least=0.95),
        Claim("tem-t-relu", "quick", "loop_closure@64x64[2049-4096]", at_least=0.95),
    ),
)
