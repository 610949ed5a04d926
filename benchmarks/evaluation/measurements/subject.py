"""The subject of every measurement: an agent, walks and the agent's activity on them; and plain data to return."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from agents.base import Agent
from benchmarks.evaluation.answers import activities_along, activity_widths, lacks_activity
from hippo_envs import Walks, WorldFamily
from hippo_envs.arrays import Floats

DECIMALS = 4
LONGEST = 1_024  # steps of a walk that are looked at: a map of a walk on which the agent gets lost would be blurred


class Subject(NamedTuple):
    """What is measured: the agent, the same agent before any training, and held-out walks.

    `learnt_in` are the worlds that it was trained in, where they are others than those of the walks.
    """

    agent: Agent[Any]
    untrained: Agent[Any]
    walks: Walks
    device: torch.device
    seed: int
    learnt_in: WorldFamily | None = None

    @property
    def trained_in(self) -> WorldFamily:
        """The worlds that the agent was trained in."""
        return self.walks.worlds.family if self.learnt_in is None else self.learnt_in

    @property
    def both(self) -> Mapping[str, Agent[Any]]:
        """The agent, and the untrained one, by what their numbers' names end in."""
        return {"": self.agent, "_untrained": self.untrained}

    def activities(self, agent: Agent[Any], names: Sequence[str], worlds: Sequence[int]) -> list[dict[str, Floats]]:
        """Named activities (T, N) along the walks of some worlds, at most `LONGEST` steps of each."""
        return activities_along(agent, names, self.walks, worlds, self.device, self.seed, LONGEST)

    def codes(self, names: Sequence[str]) -> list[str]:
        """Those of the names that are activities of the agent, in their order; a ValueError if none is."""
        has = activity_widths(self.agent, self.walks, self.device)
        found = [name for name in names if name in has]
        if not found:
            raise lacks_activity(self.agent, names, has)
        return found

    @property
    def n_modules(self) -> int:
        """Parts of the position code with a recurrence of their own: as many as the lengths that the agent reports."""
        return activity_widths(self.agent, self.walks, self.device).get("length", 1)

    def nodes(self, world: int) -> NDArray[np.int64]:
        """Where the walk of a world goes (T,), at most `LONGEST` steps of it."""
        return self.walks.nodes[world, :LONGEST]


def largest_world(walks: Walks) -> int:
    """The first of the worlds with the most nodes."""
    return int(np.argmax([walks.worlds.graph(i).n_nodes for i in range(len(walks.worlds))]))


def worlds_of_one_shape(walks: Walks, at_most: int) -> list[int]:
    """Worlds that share their graph, and only that: the first `at_most` of the largest graph walked at least twice.

    Raises:
        ValueError: if no two walks share their graph.
    """
    by_graph: dict[bytes, list[int]] = {}
    for world in range(len(walks.worlds)):
        by_graph.setdefault(walks.worlds.graph(world).next_node.tobytes(), []).append(world)
    shared = [worlds for worlds in by_graph.values() if len(worlds) > 1]
    if not shared:
        raise ValueError(
            f"Remapping is measured between two worlds of one shape, and none of these {len(walks.worlds)} walks share "
            "theirs: give more walks, or fewer shapes."
        )
    return max(shared, key=lambda worlds: walks.worlds.graph(worlds[0]).n_nodes)[:at_most]


def rounded(value: float) -> float | None:
    """A number as results keep it: four decimals, and None for what is not a number, which JSON lacks."""
    return round(float(value), DECIMALS) if np.isfinite(value) else None


def median(values: ArrayLike) -> float | None:
    """The median of the values that are known; None if none is."""
    known = _known(values)
    return rounded(float(np.median(known))) if len(known) else None


def mean(values: ArrayLike) -> float | None:
    """The mean of the values that are known; None if none is."""
    known = _known(values)
    return rounded(float(known.mean())) if len(known) else None


def _known(values: ArrayLike) -> Floats:
    floats = np.asarray(values, dtype=np.float64)
    return floats[~np.isnan(floats)]


def as_lists(values: NDArray[np.float64], decimals: int = DECIMALS) -> list[Any]:
    """An array as nested lists with few decimals, and None for NaN, which JSON lacks."""
    as_objects = np.round(values, decimals).astype(object)
    as_objects[np.isnan(values)] = None
    return as_objects.tolist()


def distribution(values: ArrayLike, at_most: int = 192, decimals: int = 3) -> list[float]:
    """The known values in order, for a figure of all of them; of more than `at_most`, that many spread evenly."""
    known = np.sort(_known(values))
    kept = np.linspace(0, len(known) - 1, min(at_most, len(known))).round().astype(int)
    return np.round(known[kept], decimals).tolist()
