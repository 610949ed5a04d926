"""Learning from reward in family trees, which are no plane: a window that adds up angles has no map of them."""

from dataclasses import replace

from benchmarks.experiments.claims import rl_predict
from benchmarks.experiments.experiment import Claim

STUDY = replace(
    rl_predict.on_view(
        rl_predict.STUDY,
        "hippo/FamilyTree-Predict-v0",
        name="rl-predict-family-tree",
        statement="In family trees, too, a learner from reward needs a memory, and a trained one works unchanged.",
        memory=rl_predict.IN_TREES,
    ),
    claims=(
        Claim("ppo-memory", "quick", "revisit", at_least=0.8),
        Claim("ppo-memory - recurrent-ppo", "quick", "revisit", at_least=0.1),
        Claim("recurrent-ppo - ppo", "quick", "revisit", at_least=0.0),
        Claim("ppo-memory - ppo-window", "quick", "revisit", at_least=0.1),
    ),
)
