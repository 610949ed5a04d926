"""Learning from reward on hexagons where the learner chooses its moves: more loops to close than on squares."""

from benchmarks.experiments.claims import rl_explore, rl_predict

STUDY = rl_predict.on_view(
    rl_explore.STUDY,
    "hippo/Hexagonal-Explore-v0",
    name="rl-explore-hexagonal",
    statement="Where the learner chooses its moves on hexagons, a trained memory makes the difference.",
    memory={},
)
