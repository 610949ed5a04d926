"""Learning from reward on Predict: what does a learner need to be rewarded for remembering?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.experiments.claims import sample_efficiency
from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.study import Scale, Study
from hippo_envs import ENVIRONMENTS, SIZES

TEM_T = sample_efficiency.EXPERIMENT.variants["tem-t-bptt-20"]
TRAINED = sample_efficiency.EXPERIMENT.presets["quick"]

SETTINGS: dict[str, Any] = {
    "view": "hippo/Rectangle-Predict-v0",
    "stream": "hippo/Rectangle-v0",
    "arguments": dict(sample_efficiency.EXPERIMENT.arguments),  # squares of 16 places
    "walk_length": 128,
    "learner": "ppo",
    "window": 64,
    # Not tuned: those of stable-baselines3 but for the larger rounds.
    "n_envs": 32,
    "n_steps": 128,
    "batch_size": 512,
    "n_epochs": 4,
    "learning_rate": 1e-3,
    "gamma": 0.0,  # nothing that is said changes what comes
    "ent_coef": 0.0,
    "n_env_steps": 122_880,
    "n_evaluation_worlds": 200,
    "memory": {
        "n_updates": TRAINED.n_updates,
        "batch": TRAINED.batch,
        "walk_length": TRAINED.walk_length,
        "learning_rate": TEM_T.learning_rate,
        "sizes": dict(TEM_T.sizes),
    },
}
SMOKE = {
    "n_envs": 4,
    "n_steps": 16,
    "batch_size": 32,
    "n_env_steps": 128,
    "n_evaluation_worlds": 4,
    "walk_length": 32,
    "memory": {**SETTINGS["memory"], "n_updates": 2, "batch": 2, "walk_length": 16},
}
LEARNERS = {name: {"learner": name} for name in ("ppo", "recurrent-ppo", "ppo-window", "ppo-memory")}

STUDY = Study(
    name="rl-predict",
    statement="A learner from reward needs a memory, and a memory that was trained to predict works unchanged.",
    source="a question of ours: PPO as in Schulman et al. (2017), arXiv 1707.06347, by stable-baselines3",
    program="reinforcement",
    settings=SETTINGS,
    variants=LEARNERS,
    presets={
        "smoke": Scale((0,), SMOKE),
        "quick": Scale(tuple(range(5))),
        "paper": Scale(tuple(range(5)), {"n_env_steps": 4_096_000}),
    },
    claims=(
        Claim("ppo-memory", "quick", "revisit", at_least=0.95),
        Claim("ppo-memory - recurrent-ppo", "quick", "revisit", at_least=0.2),
        Claim("recurrent-ppo - ppo", "quick", "revisit", at_least=0.0),
        Claim("ppo-window - ppo", "quick", "revisit", at_least=0.0),
    ),
)


def on_view(
    study: Study, view: str, name: str, statement: str, memory: Mapping[str, Any], walk_length: int = 128
) -> Study:
    """The same learners, budget and targets on another view, at its easy size.

    Args:
        study: that is done again, on squares.
        view: an id.
        name, statement: of the study.
        memory: what is other of the memory that is trained first.
        walk_length: steps of a walk.
    """
    trained = {**SETTINGS["memory"], "walk_length": walk_length, **memory}
    settings = {
        **study.settings,
        "view": view,
        "stream": ENVIRONMENTS[view].arguments["stream"],
        "arguments": dict(SIZES[view]["easy"]),
        "walk_length": walk_length,
        "memory": trained,
    }
    shortest = min(walk_length, 16)
    smoke = {
        **SMOKE,
        "walk_length": min(walk_length, SMOKE["walk_length"]),
        "memory": {**trained, "n_updates": 2, "batch": 2, "walk_length": shortest},
    }
    presets = {**study.presets, "smoke": Scale((0,), smoke)}
    return replace(study, name=name, statement=statement, settings=settings, presets=presets)


# A person in a tree, and a moment of a sequence, is no sum of waves; nor can every action be taken everywhere.
ONE_THING = {"sizes": {"n_units": 128, "n_modules": 1, "n_actions_before_start": 0, "drift_penalty": 0.1}}
IN_TREES = {**ONE_THING, "n_updates": 1_200}  # whose relations take longer to learn than moves in the plane
