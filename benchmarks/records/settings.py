"""What of a run no agent has a say in: its worlds, what counts there, and its budget. Nothing here imports torch."""

from collections.abc import Mapping
from typing import Any

from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HEADLINES, HELD_OUT
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS
from benchmarks.records.provenance import settings_hash
from hippo_envs import Walks, make_family, sample_walks

TRAINING = "training"  # the kind of worlds of a run that learns in others than it is scored in
SPENT = ("n_updates", "batch", "walk_length", "n_evaluation_worlds", "evaluation_length")  # fields of a preset


def world_settings(experiment: Experiment, variant: str, preset: str) -> dict[str, Any]:
    """The settings of a run but for its agent and seed; a ValueError names an unknown variant or preset."""
    chosen, spent = experiment.variant(variant), experiment.preset(preset)
    arguments = {**experiment.arguments, **spent.arguments}
    worlds = {
        kind: make_family(experiment.environment, **{**arguments, **changed}).specification()
        for kind, changed in ({HELD_OUT: {}} | dict(experiment.evaluations)).items()
    }
    if chosen.trains_in:
        worlds[TRAINING] = make_family(experiment.environment, **{**arguments, **chosen.trains_in}).specification()
    return {
        "environment": experiment.environment,
        "arguments": plain(arguments),
        "evaluations": {name: plain(changed) for name, changed in experiment.evaluations.items()},
        "worlds": {kind: settings_hash(specification) for kind, specification in worlds.items()},
        "n_observations": worlds[HELD_OUT]["n_observations"],
        **{name: getattr(spent, name) for name in SPENT},
        "n_updates": chosen.n_updates.get(preset, spent.n_updates),
        "evaluation_length": chosen.evaluation_length.get(preset, spent.evaluation_length),
        **({} if experiment.masks == HEADLINES else {"masks": list(experiment.masks)}),
        **({} if experiment.learns == "revisit" else {"learns": experiment.learns}),
        **({"stepped": True} if experiment.stepped else {}),
        **({"trains_in": plain(chosen.trains_in)} if chosen.trains_in else {}),
    }


def evaluation_walks(settings: Mapping[str, Any]) -> dict[str, Walks]:
    """The published walks that runs of these settings are scored on, by kind of worlds."""
    seeds = EVALUATION_SEEDS[: settings["n_evaluation_worlds"]]
    kinds = {HELD_OUT: {}, **settings["evaluations"]}
    families = {
        kind: make_family(settings["environment"], **{**settings["arguments"], **changed})
        for kind, changed in kinds.items()
    }
    return {kind: sample_walks(family, seeds, settings["evaluation_length"]) for kind, family in families.items()}


def plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives it back: lists for tuples."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in arguments.items()}
