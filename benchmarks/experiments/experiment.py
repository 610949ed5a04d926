"""What an experiment is: plain data that `run` turns into results.

Nothing here imports torch, so that listing experiments is instant.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Any, ClassVar, NamedTuple

from agents.names import check_letters
from agents.sizes import above_zero, count
from benchmarks.experiments.metric import HEADLINES

SHOWN = ("node-agent", "bayes-actions", "inverse-agent", "edge-agent", "most-frequent", "chance")
N_SEEDS_TO_DECIDE = 5  # what fewer runs say is no verdict, and no rank
N_LONG_RUNS_TO_DECIDE = 3  # which take hours each: what three are worth is in their t interval, of 2 degrees of freedom
OTHER_UPDATES = re.compile(r"(.+)-([1-9]\d*)", re.ASCII)  # a preset, and how many updates in place of its own
WARM_UP = 50  # updates over which the learning rate rises to its own


class Decay(NamedTuple):
    """A learning rate that falls towards `lowest` without warm-up: what it has beyond that halves again and again."""

    lowest: float
    halvings: float  # in the whole of training


class Lasting(NamedTuple):
    """Worlds that last over many updates, each of which learns from the next `chunk` steps of every row's walk.

    The length of a walk is drawn from a window that slides down in the course of training: it begins below the
    preset's `walk_length` and ends above `shortest`. All three are steps, and `chunk` divides them.
    """

    chunk: int
    shortest: int
    window: int


def check_seeds(seeds: tuple[int, ...]) -> None:
    """A `ValueError` if there are none, or one that is not a whole number of at least 0."""
    if not seeds or any(isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0 for seed in seeds):
        raise ValueError(f"seeds must be one or more whole numbers of at least 0, got {seeds!r}.")


@dataclass(frozen=True)
class Variant:
    """One agent to train.

    Args:
        agent: a row of `agents.AGENTS` or `agents.OF_ONE_TASK`, or a class to import, package.module:Class.
        learning_rate: of Adam, after warm-up; it falls to 0 along a cosine, or by `decay`.
        sizes: fields of the agent's config that differ from its defaults.
        measurements: rows of `benchmarks.evaluation.measurements.MEASUREMENTS`, made on the trained agent.
        n_updates: by preset, where this agent is given another number of updates than the rest.
        evaluation_length: by preset, where this agent is scored on shorter or longer walks than the rest.
        trains_in: arguments of the worlds it learns in, where they differ from the experiment's. It is scored in the
            same worlds as the rest.
        after: a variant of the same experiment whose weights, trained with the same seed, it begins with.
        decay: how the learning rate falls, where not along a cosine.
    """

    agent: str
    learning_rate: float
    sizes: Mapping[str, Any] = field(default_factory=dict)
    measurements: tuple[str, ...] = ()
    n_updates: Mapping[str, int] = field(default_factory=dict)
    evaluation_length: Mapping[str, int] = field(default_factory=dict)
    trains_in: Mapping[str, Any] = field(default_factory=dict)
    after: str | None = None
    decay: Decay | None = None

    def __post_init__(self) -> None:
        above_zero(f"The learning rate of {self.agent}", self.learning_rate)
        for name in ("n_updates", "evaluation_length"):
            for preset, number in getattr(self, name).items():
                count(f"{name} of {self.agent} at {preset}", number)


@dataclass(frozen=True)
class Preset:
    """How much to spend.

    `smoke` takes seconds, `quick` minutes on two CPU cores, `hour` one to three hours of one core for each run, which
    is left going in the background; `paper` is for a GPU.

    Args:
        n_updates: updates of the weights, each on `batch` new worlds walked for `walk_length` steps.
        n_evaluation_worlds: worlds of each kind that is scored, walked for `evaluation_length` steps.
        seeds: the runs of a complete experiment.
        arguments: of the worlds, where they differ from the experiment's.
        sizes: of every agent, where they differ from the variant's.
        lasting: for worlds that last over many updates; `walk_length` is then the longest walk.

    Raises:
        ValueError: for a number of updates, worlds or steps below 1, or for no seeds.
    """

    n_updates: int
    batch: int
    walk_length: int
    n_evaluation_worlds: int
    evaluation_length: int
    seeds: tuple[int, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, Any] = field(default_factory=dict)
    lasting: Lasting | None = None

    def __post_init__(self) -> None:
        for name in ("n_updates", "batch", "walk_length", "n_evaluation_worlds", "evaluation_length"):
            count(name, getattr(self, name))
        check_seeds(self.seeds)


@dataclass(frozen=True)
class Claim:
    """A number that an experiment decides, and what it should be: to be fixed before the runs.

    Args:
        agent: a variant, or a contrast of two, "a - b", paired on seed and on evaluation worlds.
        preset: whose runs decide.
        metric: a `Metric` or an `UpdatesTo` as text, or the name of a scalar measurement; "a - b" is a difference
            within each run, such as from a null.
        at_least, at_most: the target, either or none; a contrast or difference must also differ from 0.
        paper: the number that the paper gives, if it does.
        within: another form of target: how far from the paper's number.
    """

    agent: str
    preset: str
    metric: str
    at_least: float | None = None
    at_most: float | None = None
    paper: float | None = None
    within: float | None = None


@dataclass(frozen=True)
class Experiment:
    """One claim of a paper, made into something that runs.

    Args:
        name: as typed on the command line.
        statement: what the paper says, or what is asked, in a sentence.
        source: the paper and its figure.
        environment: a registered id, with `arguments`: the worlds of training.
        evaluations: other kinds of worlds to score on, by name: the arguments that differ. Held-out worlds like those
            of training are always scored.
        variants: the agents, by the names that results carry.
        presets: by name.
        claims: the numbers that decide.
        masks: names for `hippo_envs.scoring.mask_of`, on which agents are scored; the first is the headline.
        learns: the steps that are learnt from, another such name: on familiar maps more than revisits.
        references: rows of `benchmarks.reports.figures.style.REFERENCE_LINES`, those that its figure shows.
        stepped: score step by step, each observation released after its prediction is in, and keep the predictions:
            slower than whole walks, and what ranked scores are.
        by_seed: arguments of the worlds that every run has its own of, by name: those of seed 0, to which a run adds
            its seed. So five runs are of five sets of familiar maps, and their interval says how sure it is of others.
        along: the size or argument that tells its variants apart, if it is one number: the axis of a figure.
        chooses: score on worlds of validation, as settings are chosen by such scores: worlds of evaluation are for
            what has been chosen.
    """

    name: str
    statement: str
    source: str
    environment: str
    arguments: Mapping[str, Any]
    evaluations: Mapping[str, Mapping[str, Any]]
    variants: Mapping[str, Variant]
    presets: Mapping[str, Preset]
    claims: tuple[Claim, ...]
    masks: tuple[str, ...] = HEADLINES
    learns: str = "revisit"
    references: tuple[str, ...] = SHOWN
    stepped: bool = False
    along: str = ""
    by_seed: Mapping[str, int] = field(default_factory=dict)
    chooses: bool = False

    about_walks: ClassVar[bool] = True  # a `Study` is not

    def variant(self, name: str) -> Variant:
        return look_up(
            self.variants, name, f"variant of {self.name}", ", or an agent of your own, package.module:Class"
        )

    def preset(self, name: str) -> Preset:
        """That preset; of the name quick-300, quick with 300 updates, whatever other updates variants have there."""
        base = self.based_on(name)
        spent = look_up(self.presets, base, f"preset of {self.name}")
        return spent if base == name else replace(spent, n_updates=int(name.removeprefix(f"{base}-")))

    def based_on(self, preset: str) -> str:
        """The preset that differs from it in the number of updates alone, quick for quick-300; else itself."""
        found = OTHER_UPDATES.fullmatch(preset)
        return found[1] if found and preset not in self.presets and found[1] in self.presets else preset

    def begins_with(self, variant: str) -> str | None:
        """The variant whose weights that variant begins with, if there is one."""
        return self.variant(variant).after


def n_seeds_to_decide(preset: str) -> int:
    """How many runs at a preset it takes until claims are met or missed."""
    return N_LONG_RUNS_TO_DECIDE if preset == "hour" else N_SEEDS_TO_DECIDE


def with_updates(experiment: Any, preset: str, n_updates: int) -> str:
    """The name of a preset with other updates; a ValueError for a study, or for fewer than one.

    As results carry it, no claim and no board, which name their presets, is about them.
    """
    if not experiment.about_walks:
        raise ValueError(f"{experiment.name} is a study, whose program has no number of updates: leave out --updates.")
    experiment.preset(preset)
    return f"{experiment.based_on(preset)}-{count('--updates', n_updates)}"


def look_up(table: Mapping[str, Any], name: str, kind: str, otherwise: str = "") -> Any:
    """The row of that name; a ValueError lists the names there are, and says what else there is."""
    if name not in table:
        check_letters(name, f"The {kind}")  # which may look like one of them
        raise ValueError(f"There is no {kind} called {name!r}: use one of {', '.join(table)}{otherwise}.")
    return table[name]
