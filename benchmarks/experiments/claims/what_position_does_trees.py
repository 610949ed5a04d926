"""What position does in family trees, where the order of relations matters."""

from dataclasses import replace

from benchmarks.experiments.claims import what_position_does
from benchmarks.experiments.experiment import Claim

FIRST = what_position_does.EXPERIMENT
# As TEM-t has it there: one module, for a tree is not a sum of waves, and a start at the learned origin.
TREE = {"n_place": 128, "n_modules": 1, "n_actions_before_start": 0}

EXPERIMENT = replace(
    FIRST,
    name="what-position-does-trees",
    statement="In a family tree, angles, which commute, do not say where one is; matrices do.",
    environment="hippo/FamilyTree-v0",
    arguments={"levels": (3, 4), "n_observations": 10},
    evaluations={},
    variants=what_position_does.transformers(matrices=TREE),
    claims=(
        Claim("transformer-given", "quick", "loop_closure", at_least=0.99),
        Claim("transformer-angles", "quick", "loop_closure", at_most=0.5),
        Claim("transformer-matrices - transformer-angles", "quick", "loop_closure", at_least=0.0),
    ),
    masks=("loop_closure", "zero_shot", "revisit"),
)
