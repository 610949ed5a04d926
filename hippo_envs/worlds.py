"""Worlds: a graph with an observation placed at every node, drawn one at a time from a family."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippo_envs.graph import Graph
from hippo_envs.graph_union import GraphUnion
from hippo_envs.walk_policies import WalkPolicy

NO_SYMBOL = -1


class World(NamedTuple):
    """One world."""

    graph_index: int
    observation_at: NDArray[np.int64]  # (n_nodes,)
    start_node: int


@dataclass(frozen=True, eq=False)
class WorldFamily:
    """What a world is drawn from: its possible graphs, its symbols, and how an animal walks there.

    A draw picks a graph uniformly, puts an independent uniform symbol at every node (symbols repeat) and starts at a
    uniform node. All of it comes from the one generator passed in, so a seed *is* a world:
    `family.draw(np.random.default_rng(seed))` is what `env.reset(seed=seed)` shows.

    Args:
        graphs: at least one graph; all share their actions and headings, their sizes may differ.
        n_observations: how many different symbols there are.
        policy: the default way to walk.

    Raises:
        ValueError: if there is no graph, if the actions differ between graphs, or if there are fewer than two symbols.
    """

    graphs: tuple[Graph, ...]
    n_observations: int
    policy: WalkPolicy

    def __post_init__(self) -> None:
        object.__setattr__(self, "graphs", tuple(self.graphs))
        if not self.graphs:
            raise ValueError("A family needs at least one graph, got none.")
        names = {graph.action_names for graph in self.graphs}
        if len(names) > 1:
            raise ValueError(f"All graphs of a family share their actions, got {sorted(names)}.")
        if len({None if graph.headings is None else graph.headings.tobytes() for graph in self.graphs}) > 1:
            raise ValueError("All graphs of a family share the headings of their actions, these do not.")
        if self.n_observations < 2:
            raise ValueError(
                f"n_observations must be at least 2, or there is nothing to tell, got {self.n_observations}."
            )

    @property
    def n_actions(self) -> int:
        return self.graphs[0].n_actions

    @property
    def action_names(self) -> tuple[str, ...]:
        return self.graphs[0].action_names

    @cached_property
    def union(self) -> GraphUnion:
        """The graphs' tables stacked, as the walker and the vector environment read them."""
        return GraphUnion.of(self.graphs)

    def draw(self, rng: np.random.Generator) -> World:
        """Draw one world; the order of the three draws is part of what a seed means."""
        graph_index = int(rng.integers(len(self.graphs)))
        n_nodes = self.graphs[graph_index].n_nodes
        observation_at = rng.integers(self.n_observations, size=n_nodes)
        return World(graph_index, observation_at, int(rng.integers(n_nodes)))


def whole_numbers(name: str, values: int | Sequence[int]) -> tuple[int, ...]:
    """The sizes of a family, given as one number or a list of them; a ValueError that names them if they are not."""
    numbers = tuple(values) if isinstance(values, Sequence | np.ndarray) else (values,)
    if not numbers or not all(isinstance(number, int | np.integer) for number in numbers):
        raise ValueError(f"{name} must be a whole number or a list of them, got {values!r}.")
    return tuple(int(number) for number in numbers)


@dataclass(frozen=True, eq=False)
class Worlds:
    """A batch of B worlds of one family; their graphs may differ in size (N is the largest)."""

    family: WorldFamily
    graph_index: NDArray[np.int64]  # (B,)
    observation_at: NDArray[np.int64]  # (B, N), -1 beyond a world's own nodes
    start_node: NDArray[np.int64]  # (B,)

    @classmethod
    def of(cls, family: WorldFamily, worlds: Sequence[World]) -> "Worlds":
        max_nodes = max(graph.n_nodes for graph in family.graphs)
        observation_at = np.full((len(worlds), max_nodes), NO_SYMBOL, dtype=np.int64)
        for row, world in zip(observation_at, worlds, strict=True):
            row[: len(world.observation_at)] = world.observation_at
        return cls(
            family,
            graph_index=np.array([world.graph_index for world in worlds], dtype=np.int64),
            observation_at=observation_at,
            start_node=np.array([world.start_node for world in worlds], dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.graph_index)

    def graph(self, world: int) -> Graph:
        return self.family.graphs[self.graph_index[world]]
