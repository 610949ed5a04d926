"""What an experiment is: plain data that `run` turns into results.

Nothing here imports torch, so that listing experiments is instant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Variant:
    """One agent to train.

    Args:
        agent: a row of `agents.AGENTS`.
        learning_rate: of Adam, after warm-up; it falls to 0 along a cosine.
        sizes: fields of the agent's config that differ from its defaults.
        rate_maps_of: the activity whose rate maps are kept with the result, or None.
    """

    agent: str
    learning_rate: float
    sizes: Mapping[str, Any] = field(default_factory=dict)
    rate_maps_of: str | None = None


@dataclass(frozen=True)
class Preset:
    """How much to spend. `smoke` takes seconds, `quick` minutes on two CPU cores, `paper` is for a GPU.

    Args:
        n_updates: updates of the weights, each on `batch` new worlds walked for `walk_length` steps.
        n_evaluation_worlds: held-out worlds, walked for `evaluation_length` steps.
        seeds: the runs of a complete experiment.
    """

    n_updates: int
    batch: int
    walk_length: int
    n_evaluation_worlds: int
    evaluation_length: int
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Target:
    """An accuracy that a variant should reach on a mask, over steps `first_step` to `last_step` of a walk."""

    preset: str
    variant: str
    metric: str
    first_step: int
    last_step: int
    at_least: float


@dataclass(frozen=True)
class Experiment:
    """One claim of a paper, made into something that runs.

    Args:
        name: as typed on the command line.
        claim: what the paper says, or what is asked, in a sentence.
        source: the paper and its figure.
        environment: a registered id, with `arguments`.
        variants: the agents, by the names that results carry.
        presets: by name.
        targets: what would count as success, fixed before the runs.
    """

    name: str
    claim: str
    source: str
    environment: str
    arguments: Mapping[str, Any]
    variants: Mapping[str, Variant]
    presets: Mapping[str, Preset]
    targets: tuple[Target, ...]

    def variant(self, name: str) -> Variant:
        return _look_up(self.variants, name, f"variant of {self.name}")

    def preset(self, name: str) -> Preset:
        return _look_up(self.presets, name, f"preset of {self.name}")


def _look_up(table: Mapping[str, Any], name: str, kind: str) -> Any:
    if name not in table:
        raise ValueError(f"There is no {kind} called {name!r}: use one of {', '.join(table)}.")
    return table[name]
