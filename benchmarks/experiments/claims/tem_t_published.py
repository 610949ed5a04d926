"""TEM-t as published, with all its parts and losses: does it learn the rules of space, and from which weights?"""

from dataclasses import replace

from benchmarks.experiments.claims.zero_shot_rectangle import CELLS
from benchmarks.experiments.experiment import Claim, Experiment, Variant
from benchmarks.experiments.hippo_1 import SQUARE
from benchmarks.experiments.presets import QUICK, SMOKE

PUBLISHED = Variant("tem-t-published", learning_rate=3e-3, measurements=CELLS)
LARGE = {"width": (8, 9, 10, 11), "n_observations": 45}  # the worlds of zero-shot-rectangle
LATE = "[129-256]"

EXPERIMENT = Experiment(
    name="tem-t-published",
    statement=(
        "With one position code that nothing sets to a length, and the correction, the write rule and the five losses "
        "of the paper, TEM-t learns the rules of space, from first weights that keep the code as long as it is."
    ),
    source="Whittington, Warren and Behrens (2022), ICLR, figures 1 and 4, appendix",
    environment=SQUARE.environment,
    arguments=SQUARE.arguments,
    evaluations={"16x16": {"width": 16}},
    variants={
        "tem-t-published": PUBLISHED,
        "tem-t-published-relu": replace(PUBLISHED, sizes={"activation": "relu"}),
        "tem-t-published-normal": replace(PUBLISHED, sizes={"initial": "normal"}, measurements=()),
        "tem-t": Variant("tem-t", learning_rate=3e-3),
    },
    presets={
        "smoke": SMOKE,
        "quick": QUICK,
        # An update takes .3 CPU seconds, so a run about an hour.
        "hour": replace(
            QUICK,
            n_updates=10_000,
            evaluation_length=512,
            arguments=LARGE,
        ),
        "paper": replace(
            QUICK,
            n_updates=20_000,
            batch=64,
            n_evaluation_worlds=1_000,
            evaluation_length=1_024,
            arguments=LARGE,
        ),
    },
    claims=(
        *(
            claim
            for preset in ("quick", "hour")
            for claim in (
                Claim("tem-t-published", preset, "loop_closure", at_least=0.95),
                Claim("tem-t-published", preset, "zero_shot", at_least=0.90),
                Claim("tem-t-published-relu", preset, "loop_closure", at_least=0.90),
                Claim("tem-t-published - tem-t-published-normal", preset, "loop_closure", at_least=0.1),
                Claim("tem-t - tem-t-published", preset, f"loop_closure{LATE}", at_least=0.0),
                Claim("tem-t - tem-t-published", preset, f"loop_closure@16x16{LATE}", at_least=0.0),
            )
        ),
        Claim("tem-t-published", "hour", "grid_score_90_share - grid_score_90_share_rotated", at_least=0.0),
        Claim("tem-t-published-relu", "hour", "grid_score_90_share - grid_score_90_share_rotated", at_least=0.0),
        Claim("tem-t-published", "hour", "memory_place - memory_place_untrained", at_least=0.0),
    ),
)
