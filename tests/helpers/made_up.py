"""Results of agents that are right as often as asked: real counts of real walks, without any training."""

from functools import cache

import numpy as np

from benchmarks.evaluation.scored import scored
from benchmarks.experiments.suites import SUITES
from benchmarks.records.predictions import predictions_hash
from benchmarks.records.provenance import walks_hash
from benchmarks.records.result import Result
from benchmarks.records.settings import settings_of

SUITE = SUITES["hippo-1"]


@cache
def walks_of(task):
    return settings_of(SUITE.tasks[task].experiment, "lstm", SUITE.preset, 0).evaluation_walks()


@cache
def made_up(task, variant, seed, skill):
    """A result, and its predictions: on revisits right with probability `skill`, otherwise a guess."""
    settings = settings_of(SUITE.tasks[task].experiment, variant, SUITE.preset, seed)
    walks = walks_of(task)
    rng = np.random.default_rng([seed, len(task), len(variant)])
    predictions = {}
    for kind, kind_walks in walks.items():
        guesses = rng.integers(settings.n_observations, size=kind_walks.nodes.shape)
        predictions[kind] = np.where(rng.random(kind_walks.nodes.shape) < skill, kind_walks.observations, guesses)
    updates = np.linspace(0, settings.n_updates, 11)
    result = Result(
        experiment=settings.experiment,
        preset=settings.preset,
        variant=variant,
        seed=seed,
        settings=settings.as_json(),
        **scored(predictions, walks, settings.masks)._asdict(),
        measurements={},
        learning={
            "update": updates.tolist(),
            "cpu_seconds": (updates / 40).tolist(),
            **{mask: (skill * (1 - np.exp(-updates / 200))).round(4).tolist() for mask in settings.masks},
        },
        provenance={
            "versions": {"python": "3.11"},
            "commit": "0" * 40,
            "device": "cpu",
            "n_parameters": 1_000,
            "train_cpu_seconds": 30.0,
            "evaluation_hash": {kind: walks_hash(kind_walks) for kind, kind_walks in walks.items()},
            "weights_hash": f"{seed:064d}",
            "predictions_hash": predictions_hash(predictions),
        },
    )
    return result, predictions
