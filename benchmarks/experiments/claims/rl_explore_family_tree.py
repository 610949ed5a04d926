"""Learning from reward in family trees where the learner chooses its moves: any walk closes loops there."""

from benchmarks.experiments.claims import rl_explore, rl_predict

STUDY = rl_predict.on_view(
    rl_explore.STUDY,
    "hippo/FamilyTree-Explore-v0",
    name="rl-explore-family-tree",
    statement="Where the learner chooses its moves in family trees, a trained memory makes the difference.",
    memory=rl_predict.IN_TREES,
)
