"""Learning from reward on Explore: a learner that chooses its moves must also learn to explore."""

from benchmarks.experiments.claims import rl_predict
from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.study import Study

STUDY = Study(
    name="rl-explore",
    statement=(
        "Where the learner chooses the moves and only predictions across edges never taken are rewarded, a trained "
        "memory makes the difference."
    ),
    source=rl_predict.STUDY.source,
    program="reinforcement",
    settings={**rl_predict.SETTINGS, "view": "hippo/Rectangle-Explore-v0", "gamma": 0.9, "ent_coef": 0.01},
    variants=rl_predict.LEARNERS,
    presets=rl_predict.STUDY.presets,
    claims=(
        Claim("ppo-memory - ppo", "quick", "return", at_least=1.0),
        Claim("ppo-memory - recurrent-ppo", "quick", "return", at_least=0.0),
        Claim("ppo-window - ppo", "quick", "return", at_least=0.0),
    ),
)
