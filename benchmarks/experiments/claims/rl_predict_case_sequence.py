"""Learning from reward on case sequences, where one answer at the end is paid."""

from dataclasses import replace

from benchmarks.experiments.claims import rl_predict
from benchmarks.experiments.experiment import Claim

N_STEPS = 4  # two letters, the query and the answer

STUDY = replace(
    rl_predict.on_view(
        rl_predict.STUDY,
        "hippo/CaseSequence-Predict-v0",
        name="rl-predict-case-sequence",
        statement="A learner from reward that sees one symbol guesses between two answers; a memory has the right one.",
        # As many steps as of the other views.
        memory={**rl_predict.ONE_THING, "learns": "last", "n_updates": 1_920, "batch": 64},
        walk_length=N_STEPS,
    ),
    claims=(
        Claim("ppo", "quick", "return", at_most=0.6),
        Claim("recurrent-ppo", "quick", "return", at_least=0.95),
        Claim("ppo-memory - ppo", "quick", "return", at_least=0.25),
        Claim("ppo-window - ppo", "quick", "return", at_least=0.0),
    ),
)
