"""Learning from reward on hexagons: six ways on from each node."""

from benchmarks.experiments.claims import rl_predict

STUDY = rl_predict.on_view(
    rl_predict.STUDY,
    "hippo/Hexagonal-Predict-v0",
    name="rl-predict-hexagonal",
    statement="On hexagons, too, a learner from reward needs a memory, and a trained one works unchanged.",
    memory={},
)
