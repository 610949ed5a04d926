"""MapFormer on squares: are sums of angles enough, does its episodic memory last longer, and what do slips undo?"""

from dataclasses import replace

from benchmarks.experiments.claims import zero_shot_rectangle
from benchmarks.experiments.experiment import Claim, Experiment, Variant

SPACE = zero_shot_rectangle.EXPERIMENT
SLIPS = {"slip": 0.1}
SHORT = {"smoke": 256, "quick": 256}  # of agents that are compared under slips alone
LATE = "[1025-2048]"

EXPERIMENT = Experiment(
    name="mapformer",
    statement=(
        "Attention that rotates by the sum of the actions learns the rules of space; in walks much longer than those "
        "of training, it does better where similarities of content and of place are multiplied (EM)."
    ),
    source="Rambaud, Mascarenhas and Lakretz (2025), arXiv 2511.19279; the worlds are those of zero-shot-rectangle",
    environment=SPACE.environment,
    arguments=SPACE.arguments,
    evaluations={"slip": SLIPS},
    variants={
        "mapformer": Variant("mapformer", learning_rate=3e-3),
        "mapformer-em": Variant("mapformer", learning_rate=3e-3, sizes={"memory": "episodic"}),
        "mapformer-slip": Variant("mapformer", learning_rate=3e-3, trains_in=SLIPS, evaluation_length=SHORT),
        "tem-t-slip": Variant("tem-t", learning_rate=3e-3, trains_in=SLIPS, evaluation_length=SHORT),
    },
    presets={
        name: replace(preset, evaluation_length=2_048) if name == "quick" else preset
        for name, preset in SPACE.presets.items()
    },
    claims=(
        Claim("mapformer", "quick", "loop_closure", at_least=0.99),
        Claim("mapformer-em - mapformer", "quick", f"revisit{LATE}", at_least=0.0),
        Claim("mapformer-slip - tem-t-slip", "quick", "unslipped_loop_closure@slip", at_least=0.0),
    ),
    masks=("loop_closure", "unslipped_loop_closure", "zero_shot", "revisit"),
)
