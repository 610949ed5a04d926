"""What a study is: an experiment with a program of its own in place of walks, as plain data.

An experiment trains agents on walks and counts right answers. A study is a program of its own, a row of
`benchmarks.running.programs.PROGRAMS`, that is given settings and seeds and gives back named numbers and curves for
each seed. All else is shared: runs, results, seeds, claims, figures. Nothing here imports torch.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from benchmarks.experiments.experiment import Claim, check_seeds, look_up
from benchmarks.experiments.world_seeds import check_run_seed

Settings = Mapping[str, Any]
Steps = Callable[[int], Iterator[int]]  # counts to a number on a progress bar


class Outcome(NamedTuple):
    """What a program found for one seed: named numbers and nested lists, hashes of its data and weights, and times.

    Times are no measurement: a run made again has all else the same. Files, contents by name, are kept in the run's
    folder.
    """

    measurements: dict[str, Any]
    hashes: dict[str, str]
    times: Mapping[str, float] = {}
    files: Mapping[str, bytes] = {}


@dataclass(frozen=True)
class StudySettings:
    """Settings of one run of a study: which run it is, and what its program is given."""

    experiment: str
    variant: str
    preset: str
    seed: int
    program: str
    given: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """As they are kept, and as the program has them: all in one."""
        return {**self.given, **{name: value for name, value in vars(self).items() if name != "given"}}


@dataclass(frozen=True)
class Scale:
    """How much to spend: the runs of a complete study, and settings that differ from the study's own."""

    seeds: tuple[int, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_seeds(self.seeds)


@dataclass(frozen=True)
class Study:
    """One claim of a paper that is not about walks, made into something that runs.

    Args:
        name: as typed on the command line.
        statement: what the paper says, or what is asked, in a sentence.
        source: the paper and its figure.
        program: a row of `benchmarks.running.programs.PROGRAMS`, and of `reports.figures.draw.OF_PROGRAM`.
        settings: what its program is given; plain data.
        variants: by name, settings that differ.
        presets: by name: smoke, quick and paper.
        claims: the numbers that decide.
    """

    name: str
    statement: str
    source: str
    program: str
    settings: Mapping[str, Any]
    variants: Mapping[str, Mapping[str, Any]]
    presets: Mapping[str, Scale]
    claims: tuple[Claim, ...]

    masks: ClassVar[tuple[str, ...]] = ()  # there are no steps of walks to score
    about_walks: ClassVar[bool] = False
    along: ClassVar[str] = ""  # nor one number that tells its variants apart

    def variant(self, name: str) -> Mapping[str, Any]:
        """Settings of a variant; a ValueError says which there are."""
        return look_up(self.variants, name, f"variant of {self.name}")

    def preset(self, name: str) -> Scale:
        """A preset; a ValueError says which there are."""
        return look_up(self.presets, name, f"preset of {self.name}")

    def based_on(self, preset: str) -> str:
        """The preset itself: a program has no number of updates that could be another."""
        return preset

    def begins_with(self, variant: str) -> None:
        """Nothing: a program of its own trains all that it needs."""

    def settings_of(self, variant: str, preset: str, seed: int) -> StudySettings:
        """Everything that decides a run's numbers.

        Raises:
            ValueError: for an unknown variant or preset, a seed out of range, or a setting that there is not.
        """
        check_run_seed(seed)
        changed = {**self.variant(variant), **self.preset(preset).settings}
        for name in changed:
            if name not in self.settings:
                raise ValueError(f"{self.name} has no setting {name!r}: it has {', '.join(self.settings)}.")
        as_json = {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}
        return StudySettings(self.name, variant, preset, seed, self.program, {**self.settings, **as_json})
