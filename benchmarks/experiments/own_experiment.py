"""Experiments of your own: an `Experiment` or a `Study`, named package.module:NAME."""

import re
from collections.abc import Iterable, Mapping

from agents.imported import import_named_module
from agents.names import check_name
from benchmarks.experiments.experiment import Experiment, Preset, look_up
from benchmarks.experiments.study import Study

FOLDER = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)


def import_experiment(name: str, built_in: Mapping[str, Experiment | Study]) -> Experiment | Study:
    """The experiment or study of that name, checked.

    Args:
        name: package.module:NAME.
        built_in: the experiments of this repository, whose names are taken.

    Raises:
        ValueError: if there is no such module or object, if it is no experiment, or if something in it cannot be.
    """
    module_name, _, attribute = name.partition(":")
    members = vars(import_named_module(name, "An experiment of your own is written package.module:NAME"))
    if attribute not in members:
        found = [key for key, value in members.items() if isinstance(value, Experiment | Study)]
        has = f"it has {', '.join(found)}" if found else "it has no experiment"
        raise ValueError(f"There is no {attribute!r} in {module_name}: {has}.")
    experiment = members[attribute]
    if not isinstance(experiment, Experiment | Study):
        raise ValueError(
            f"{name} is not an experiment: make it an Experiment (benchmarks.experiments.experiment) or a Study, "
            f"got {type(experiment).__name__}."
        )
    if built_in.get(experiment.name) is not experiment:
        _check(experiment, name, built_in)
    return experiment


def _check(experiment: Experiment | Study, name: str, built_in: Mapping[str, Experiment | Study]) -> None:
    """A ValueError says what would fail, or mix with other results, after the runs."""
    if experiment.name in built_in:
        raise ValueError(
            f"{name} is called {experiment.name!r}, as an experiment of hippo-envs is: give it another name."
        )
    if not FOLDER.fullmatch(experiment.name):
        raise ValueError(
            f"{name} is called {experiment.name!r}, but its results need a folder of that name: use letters, digits, "
            "hyphens and underscores."
        )
    check_name(experiment.name, name)
    for kind, names in (("variant", experiment.variants), ("preset", experiment.presets)):
        _check_folders(names, f"A {kind} of {name}")
    if not experiment.variants or not experiment.presets:
        raise ValueError(f"{name} has nothing to run: give it variants and presets.")
    if isinstance(experiment, Experiment):
        for preset in experiment.presets.values():
            _check_lengths(preset, name)
    for claim in experiment.claims:
        look_up(experiment.presets, claim.preset, f"preset of {experiment.name}")
        for variant in claim.agent.split(" - "):
            look_up(experiment.variants, variant, f"variant of {experiment.name}")


def _check_folders(names: Iterable[str], what: str) -> None:
    """Results of each are kept in a folder of its own, on systems too to which a capital is no other letter."""
    kept: dict[str, str] = {}
    for name in names:
        folder = check_name(name.replace(":", "."), what).lower()
        if folder in kept:
            raise ValueError(f"{what} is called {name!r}, the same folder as {kept[folder]!r}: give it another name.")
        kept[folder] = name


def _check_lengths(preset: Preset, name: str) -> None:
    """Scores are kept in bins of steps, of which the steps of training have to be a number of whole ones."""
    from hippo_envs.scoring import step_bins  # late: it takes Gymnasium, which listing experiments does without

    ends = step_bins(preset.evaluation_length)
    if preset.walk_length < preset.evaluation_length and preset.walk_length not in ends:
        raise ValueError(
            f"{name} learns from walks of {preset.walk_length} steps, but scores up to {preset.evaluation_length} are "
            f"kept at steps {', '.join(map(str, ends))}: make walk_length one of these."
        )
