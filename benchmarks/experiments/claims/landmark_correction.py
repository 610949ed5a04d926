"""What landmarks are worth on long walks: TEM-t with and without correction of its position by what it sees."""

from dataclasses import replace

from benchmarks.experiments.claims import length_generalisation
from benchmarks.experiments.experiment import Claim, Experiment, Variant

LONG = length_generalisation.EXPERIMENT
SHORT_GRADIENTS = {"chunk": 20}  # seven steps of the optimiser for one walk: with landmarks a walk is dear
PAPER = {"landmark_correction": True, "landmark_attention": "product"}

EXPERIMENT = Experiment(
    name="landmark-correction",
    statement="A position code does not drift if it is corrected at recognised symbols (landmarks).",
    source="a question of ours, of a correction of ours (landmarks) and of that of Whittington, Warren and Behrens "
    "(2022), ICLR, appendix (landmarks-product)",
    environment=LONG.environment,
    arguments=LONG.arguments,
    evaluations=LONG.evaluations,
    variants={
        "tem-t": Variant("tem-t", learning_rate=3e-3, sizes=SHORT_GRADIENTS),
        "landmarks": Variant("tem-t", learning_rate=3e-3, sizes={**SHORT_GRADIENTS, "landmark_correction": True}),
        "landmarks-product": Variant("tem-t", learning_rate=3e-3, sizes=SHORT_GRADIENTS | PAPER),
    },
    presets={
        # Correction goes step by step through all that is remembered: `quick` walks a quarter as far as `paper`.
        name: replace(preset, n_updates=400, evaluation_length=1_024) if name == "quick" else preset
        for name, preset in LONG.presets.items()
    },
    claims=(
        # The paper's, fixed before its runs, when those of the other two were known.
        *(
            claim
            for worlds in LONG.evaluations
            for claim in (
                Claim("landmarks-product", "quick", f"loop_closure@{worlds}[513-1024]", at_least=0.95),
                Claim("landmarks-product - landmarks", "quick", f"loop_closure@{worlds}[513-1024]", at_least=0.0),
                Claim("landmarks-product - tem-t", "quick", f"loop_closure@{worlds}[513-1024]", at_least=-0.05),
            )
        ),
        *(
            claim
            for preset, late in (("quick", "[513-1024]"), ("paper", "[2049-4096]"))
            for worlds in LONG.evaluations
            for claim in (
                Claim("landmarks", preset, f"loop_closure@{worlds}{late}", at_least=0.95),
                Claim("landmarks - tem-t", preset, f"loop_closure@{worlds}{late}", at_least=0.0),
            )
        ),
    ),
)
