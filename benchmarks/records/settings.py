"""What a run is made of: everything that decides its numbers, typed. Importing this does not import torch.

Settings are kept in results and checkpoints as JSON, and their hash names the folder of a run. A field that has its
default is left out there, so that a new field with a default leaves all hashes as they were.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, NamedTuple, overload

from agents import find_config, max_gradient_norm
from agents.imported import is_imported
from agents.sizes import as_settings
from benchmarks.experiments.experiment import WARM_UP, Decay, Experiment, Lasting
from benchmarks.experiments.metric import HEADLINES, HELD_OUT
from benchmarks.experiments.study import Study, StudySettings
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS, VALIDATION_SEEDS, check_run_seed
from benchmarks.records.own_agent import source_hash
from benchmarks.records.provenance import settings_hash
from hippo_envs import Walks, WorldFamily, make_family, sample_walks

TRAINING = "training"  # the kind of worlds of a run that learns in others than it is scored in
# What decides the weights of a run, beside its worlds; the rest of its settings say what is done with them.
OF_TRAINING = (
    *("environment", "n_observations", "agent", "sizes", "learning_rate", "warm_up", "max_gradient_norm"),
    *("n_updates", "batch", "walk_length", "seed"),
)


class After(NamedTuple):
    """The variant whose weights a run begins with, and the hash of the settings of its training."""

    variant: str
    training: str


@dataclass(frozen=True, kw_only=True)
class WorldSettings:
    """Settings that no agent has a say in: worlds, what counts there, and the budget.

    Values are as JSON gives them back, with lists for tuples, but for `masks`.

    Args:
        environment, arguments: the worlds that are learnt in and scored in.
        evaluations: other kinds of worlds to score on, by name: the arguments that differ.
        worlds: by kind of worlds, the hash of their specification.
        n_observations: how many symbols there are.
        n_updates, batch, walk_length, n_evaluation_worlds, evaluation_length: as in a `Preset`.
        masks, learns, stepped, chooses: as in an `Experiment`.
        trains_in: arguments of the worlds that are learnt in, where they differ from `arguments`.
        lasting: as in a `Preset`.
    """

    environment: str
    arguments: Mapping[str, Any]
    evaluations: Mapping[str, Mapping[str, Any]]
    worlds: Mapping[str, str]
    n_observations: int
    n_updates: int
    batch: int
    walk_length: int
    n_evaluation_worlds: int
    evaluation_length: int
    masks: tuple[str, ...] = HEADLINES
    learns: str = "revisit"
    stepped: bool = False
    trains_in: Mapping[str, Any] = field(default_factory=dict)
    lasting: Lasting | None = None
    chooses: bool = False

    def as_json(self) -> dict[str, Any]:
        """As they are kept: plain data, without fields that have their default."""
        kept = (each for each in fields(self) if getattr(self, each.name) != _default_of(each))
        return {each.name: _as_kept(getattr(self, each.name)) for each in kept}

    @property
    def scored_worlds(self) -> dict[str, str]:
        """By kind of worlds that are scored, the hash of their specification."""
        return {kind: specification for kind, specification in self.worlds.items() if kind != TRAINING}

    @property
    def n_answers(self) -> int:
        """How many symbols may be the answer where a step is scored: all, but for that of bare places."""
        return self.n_observations - bool(self.arguments.get("bare_share"))

    @property
    def steps_of_an_update(self) -> int:
        """How many steps in worlds an update learns from."""
        return self.batch * (self.lasting.chunk if self.lasting else self.walk_length)

    @property
    def training_arguments(self) -> dict[str, Any]:
        """Arguments of the worlds of training."""
        return {**self.arguments, **self.trains_in}

    @property
    def training_family(self) -> WorldFamily:
        """What the worlds of training are drawn from."""
        return make_family(self.environment, **self.training_arguments)

    def evaluation_family(self, kind: str = HELD_OUT) -> WorldFamily:
        """What the worlds of that kind are drawn from, in which agents are scored."""
        return make_family(self.environment, **{**self.arguments, **self.evaluations.get(kind, {})})

    def evaluation_walks(self) -> dict[str, Walks]:
        """The published walks that agents are scored on, by kind of worlds."""
        seeds = (VALIDATION_SEEDS if self.chooses else EVALUATION_SEEDS)[: self.n_evaluation_worlds]
        families = {kind: self.evaluation_family(kind) for kind in (HELD_OUT, *self.evaluations)}
        return {kind: sample_walks(family, seeds, self.evaluation_length) for kind, family in families.items()}


@dataclass(frozen=True, kw_only=True)
class RunSettings(WorldSettings):
    """Settings of one run of an `Experiment`: which run it is, its worlds and its agent.

    Args:
        experiment, variant, preset, seed: which run it is.
        agent, sizes: the name of an agent and all fields of its config.
        learning_rate, warm_up, max_gradient_norm: of the optimiser.
        measurements: what is measured of the trained agent.
        agent_source: SHA-256 of the code of an agent of one's own; None for ours.
        after: the run whose weights it begins with, if there is one.
        decay: as in a `Variant`.
    """

    experiment: str
    variant: str
    preset: str
    seed: int
    agent: str
    sizes: Mapping[str, Any]
    learning_rate: float
    warm_up: int
    max_gradient_norm: float
    measurements: tuple[str, ...]
    agent_source: str | None = None
    after: After | None = None
    decay: Decay | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "RunSettings":
        """Settings that `as_json` wrote.

        Raises:
            ValueError: naming the fields that are missing, or that there are not.
        """
        if lacking := missing_fields(stored):
            raise ValueError(f"These settings lack {', '.join(lacking)}, which every run needs.")
        if unknown := sorted(set(stored) - {known.name for known in fields(cls)}):
            raise ValueError(f"These settings have {', '.join(unknown)}, which this version does not know.")
        typed = {name: tuple(stored[name]) for name in ("masks", "measurements") if name in stored}
        named = {name: kind(**stored[name]) for name, kind in NAMED.items() if name in stored}
        return cls(**{**stored, **typed, **named})

    def as_json(self) -> dict[str, Any]:
        """As they are kept: plain data, which run it is first, without fields that have their default."""
        which = {name: getattr(self, name) for name in ("experiment", "variant", "preset", "seed")}
        return which | super().as_json()

    @cached_property
    def training(self) -> str:
        """The settings of training alone, as text that can be compared: with equal ones, weights are equal."""
        worlds, written = self.worlds.get(TRAINING, self.worlds[HELD_OUT]), self.as_json()
        rare = (written.get(name) for name in ("learns", "agent_source", "after"))
        chosen = [worlds, self.training_arguments, *(written[name] for name in OF_TRAINING), *rare]
        used = {name: written[name] for name in ("decay", "lasting") if name in written}
        chosen += [used] if used else []  # settings name the hash of this text: where there is neither, it stays
        return json.dumps(chosen, sort_keys=True)


_SPECIFICATIONS: dict[tuple[str, str], Mapping[str, Any]] = {}  # by environment and arguments
_SIZES: dict[tuple[str, str], dict[str, Any]] = {}  # by agent and the sizes that are given
NAMED = {"after": After, "decay": Decay, "lasting": Lasting}  # fields kept as objects, if they are


def missing_fields(stored: Mapping[str, Any]) -> list[str]:
    """What stored settings lack of those that every run of an `Experiment` has."""
    needed = (each.name for each in fields(RunSettings) if _default_of(each) is MISSING)
    return [name for name in needed if stored.get(name) is None]


def _default_of(each: Field[Any]) -> Any:
    """The default of a field; MISSING if it has none."""
    return each.default if each.default_factory is MISSING else each.default_factory()


def _as_kept(value: Any) -> Any:
    if isinstance(value, After | Decay | Lasting):
        return value._asdict()
    return list(value) if isinstance(value, tuple) else value


@overload
def settings_of(experiment: Experiment, variant: str, preset: str, seed: int) -> RunSettings: ...
@overload
def settings_of(experiment: Study, variant: str, preset: str, seed: int) -> StudySettings: ...
def settings_of(experiment: Experiment | Study, variant: str, preset: str, seed: int) -> RunSettings | StudySettings:
    """Everything that decides a run's numbers; a ValueError names an unknown variant, preset or seed."""
    return SETTINGS[type(experiment)](experiment, variant, preset, seed)


def world_settings(experiment: Experiment, variant: str, preset: str) -> WorldSettings:
    """The settings of a run but for its agent and seed, for which torch is not imported.

    Raises:
        ValueError: for an unknown variant or preset.
    """
    chosen, spent, base = experiment.variant(variant), experiment.preset(preset), experiment.based_on(preset)
    arguments = {**experiment.arguments, **spent.arguments}
    worlds = _specifications(experiment, arguments, chosen.trains_in)
    return WorldSettings(
        environment=experiment.environment,
        arguments=_plain(arguments),
        evaluations={name: _plain(changed) for name, changed in experiment.evaluations.items()},
        worlds={kind: settings_hash(specification) for kind, specification in worlds.items()},
        n_observations=worlds[HELD_OUT]["n_observations"],
        n_updates=chosen.n_updates.get(preset, spent.n_updates),
        batch=spent.batch,
        walk_length=spent.walk_length,
        n_evaluation_worlds=spent.n_evaluation_worlds,
        evaluation_length=chosen.evaluation_length.get(base, spent.evaluation_length),
        masks=experiment.masks,
        learns=experiment.learns,
        stepped=experiment.stepped,
        trains_in=_plain(chosen.trains_in),
        lasting=spent.lasting,
        chooses=experiment.chooses,
    )


def _of_experiment(experiment: Experiment, variant: str, preset: str, seed: int) -> RunSettings:
    check_run_seed(seed)
    drawn = {name: first + seed for name, first in experiment.by_seed.items()}
    experiment = replace(experiment, arguments={**experiment.arguments, **drawn})
    chosen, spent = experiment.variant(variant), experiment.preset(preset)
    own = is_imported(chosen.agent)
    # Sizes of a preset are of the agents that the experiment names, not of one that was added to it.
    sizes = {**chosen.sizes, **({} if own and variant == chosen.agent else spent.sizes)}
    return RunSettings(
        experiment=experiment.name,
        variant=variant,
        preset=preset,
        seed=seed,
        **vars(world_settings(experiment, variant, preset)),
        agent=chosen.agent,
        sizes=_sizes(chosen.agent, sizes),
        learning_rate=chosen.learning_rate,
        warm_up=0 if chosen.decay else WARM_UP,
        max_gradient_norm=max_gradient_norm(chosen.agent),
        measurements=chosen.measurements,
        agent_source=source_hash(chosen.agent) if own else None,
        after=_after(_of_experiment(experiment, chosen.after, preset, seed)) if chosen.after else None,
        decay=chosen.decay,
    )


def _sizes(agent: str, sizes: Mapping[str, Any]) -> dict[str, Any]:
    """Those of our agents are checked once: the runs of an experiment differ in seeds and seldom in sizes."""
    key = agent, repr(sorted(sizes.items()))
    if is_imported(agent) or key not in _SIZES:
        _SIZES[key] = _plain(as_settings(find_config(agent, **sizes)))
    return _SIZES[key]


SETTINGS: Mapping[type, Callable[..., Any]] = {Experiment: _of_experiment, Study: Study.settings_of}


def _specifications(
    experiment: Experiment, arguments: Mapping[str, Any], trains_in: Mapping[str, Any]
) -> dict[str, Mapping[str, Any]]:
    """By kind of worlds, all that they are made of."""
    kinds = {HELD_OUT: {}, **experiment.evaluations, **({TRAINING: trains_in} if trains_in else {})}
    return {kind: _specification(experiment.environment, {**arguments, **differ}) for kind, differ in kinds.items()}


def _specification(environment: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Made once: the runs of an experiment differ in agents and seeds, and seldom in worlds."""
    key = environment, repr(sorted(arguments.items()))
    if key not in _SPECIFICATIONS:
        _SPECIFICATIONS[key] = make_family(environment, **arguments).specification()
    return _SPECIFICATIONS[key]


def _after(first: RunSettings) -> After:
    return After(first.variant, settings_hash({"training": first.training}))


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives it back: lists for tuples."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in arguments.items()}
