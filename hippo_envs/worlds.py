"""Worlds: a graph with an observation placed at every node, drawn from a family."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arguments import MOST_SYMBOLS, number, whole_number
from hippo_envs.arrays import Answers, Floats, Ints, Mask
from hippo_envs.conditions import BARE, Conditions, bare_or_symbol
from hippo_envs.graph import Graph
from hippo_envs.walking.graph_union import GraphUnion
from hippo_envs.walking.slips import SlipTable
from hippo_envs.walking.step_table import StepTable
from hippo_envs.walking.symmetries import action_orders
from hippo_envs.walking.walk_policies import WalkPolicy

NO_SYMBOL = -1
MOST_SHUFFLED = 6  # moves, which have 720 orders


class World(NamedTuple):
    """One world."""

    graph_index: int
    observation_at: Ints  # (n_nodes,)
    start_node: int
    observation_later: Ints  # (n_nodes,), what the nodes show from step `remap_after` on
    meaning: Ints | None = None  # (n_actions,), the action of the graph that each one is; None if its own
    noise: float | None = None  # what chance at its steps follows from, in [0, 1); None if there is none


@dataclass(frozen=True, eq=False)
class WorldFamily:
    """What a world is drawn from: its possible graphs, its symbols, and how an animal walks there.

    A draw picks a graph uniformly, starts at a uniform one of its start nodes and puts an independent uniform symbol at
    every node (symbols repeat; nodes of one appearance share theirs). All of it is a function of `n_draws` numbers from
    the one generator passed in, so a seed *is* a world: `family.draw(np.random.default_rng(seed))` is what
    `env.reset(seed=seed)` shows. A subclass places observations in its own way.

    Args:
        graphs: at least one graph; all share their actions and headings, their sizes may differ.
        n_observations: how many different symbols there are.
        policy: the default way to walk.
        remap_after: the step of a walk at which some nodes have their symbol drawn anew; None for never.
        remap_share: the probability that a node (an appearance) is one of them; what is drawn may be what was there.
        conditions: what else makes it harder.

    Raises:
        ValueError: if there is no graph, if the actions differ between graphs, if there are fewer than two symbols, or
            if the remapping is not one or has nothing to change, or if a condition makes no sense here.
    """

    graphs: tuple[Graph, ...]
    n_observations: int
    policy: WalkPolicy
    remap_after: int | None = None
    remap_share: float = 0.5
    conditions: Conditions = field(default_factory=Conditions, kw_only=True)

    can_be_remapped: ClassVar[bool] = True  # False where no node is come back to
    refused_conditions: ClassVar[Mapping[str, str]] = {}  # why one makes no sense here, by its name

    def __post_init__(self) -> None:
        object.__setattr__(self, "graphs", tuple(self.graphs))
        if not self.graphs:
            raise ValueError("A family needs at least one graph, got none.")
        names = {graph.action_names for graph in self.graphs}
        if len(names) > 1:
            raise ValueError(f"All graphs of a family share their actions, got {sorted(names)}.")
        if len({None if graph.headings is None else graph.headings.tobytes() for graph in self.graphs}) > 1:
            raise ValueError("All graphs of a family share the headings of their actions, these do not.")
        n_observations = whole_number("n_observations", self.n_observations, at_least=2, at_most=MOST_SYMBOLS)
        object.__setattr__(self, "n_observations", n_observations)
        if self.remap_after is not None:
            if not self.can_be_remapped:
                raise ValueError(
                    f"In a {type(self).__name__} no node is come back to: there is nothing to remap, "
                    f"got remap_after={self.remap_after!r}."
                )
            object.__setattr__(self, "remap_after", whole_number("remap_after", self.remap_after, at_least=1))
        object.__setattr__(self, "remap_share", number("remap_share", self.remap_share, above=0, at_most=1))
        self._check_conditions()

    def _check_conditions(self) -> None:
        for name, value in self.conditions.on.items():
            if name in self.refused_conditions:
                reason = self.refused_conditions[name]
                raise ValueError(f"{reason}: leave out {name}, got {name}={value!r}.")
        if self.conditions.bare_share and self.n_observations < 3:
            raise ValueError(
                "With bare places one symbol stands for them, and there are to be two others at least: "
                f"n_observations must be 3 or more, got {self.n_observations}."
            )
        if self.conditions.shuffle_actions:
            self._check_moves()
        if self.conditions.slip and not self.slip_table.n_others.any():
            raise ValueError("Wherever one is in these graphs there is one way on: nothing can slip, leave out slip.")

    def _check_moves(self) -> None:
        headings = self.graphs[0].headings
        n_moves = 0 if headings is None else int((~np.isnan(headings)).sum())
        if not 2 <= n_moves <= MOST_SHUFFLED:
            raise ValueError(
                f"Only moves with directions in the plane can be shuffled, 2 to {MOST_SHUFFLED} of them, as on "
                f"rectangles and hexagons; here {n_moves} have one: leave out shuffle_actions."
            )

    @property
    def n_actions(self) -> int:
        return self.graphs[0].n_actions

    @property
    def action_names(self) -> tuple[str, ...]:
        return self.graphs[0].action_names

    @property
    def n_answers(self) -> int:
        """How many symbols may be the answer where a step is scored: all, but for that of bare places."""
        return self.n_observations - bool(self.conditions.bare_share)

    @property
    def chance(self) -> float:
        """What one gets where a step is scored who knows no more than which symbols may be the answer."""
        return 1 / self.n_answers

    @property
    def symbol_shares(self) -> Floats:
        """(K,), how often a place shows each symbol, where its symbol is drawn."""
        share = self.conditions.bare_share
        shares = np.full(self.n_observations, (1 - share) / self.n_answers)
        if share:
            shares[self.bare_symbol] = share
        return shares

    @property
    def n_heard(self) -> int:
        """How many symbols an agent may hear: all, and one more for the dark."""
        return self.n_observations + self.conditions.can_be_dark

    @property
    def bare_symbol(self) -> int:
        """What bare places show, `NO_SYMBOL` if there are none."""
        return BARE if self.conditions.bare_share else NO_SYMBOL

    @property
    def walk_length(self) -> int | None:
        """How many steps the whole of a task has; None if its walks may have any number."""
        return None

    @cached_property
    def alphabet(self) -> tuple[str, ...] | None:
        """What each symbol stands for; None if they stand for nothing."""
        return None

    @cached_property
    def maps(self) -> Ints | None:
        """The symbols of each of a few maps, (n_maps, appearances), if every world shows one; None if each is new."""
        return None

    # Of these two, `walks` is a `walks.Walks`, which is made of worlds and so cannot be named here.

    def scored(self, walks: Any) -> Mask | None:
        """The steps whose symbol a perfect memory knows, (B, T); None if those are what was seen in the walk."""
        return None

    def ceiling(self, walks: Any) -> Answers | None:
        """What one answers who knows the rules; None to have it from a Bayes filter."""
        return None

    def specification(self) -> dict[str, Any]:
        """All that decides its worlds and walks, as plain data; two families with the same one are the same."""
        tables = hashlib.sha256()
        for graph in self.graphs:
            for table in (graph.next_node, graph.appearance, graph.start_nodes, graph.end_nodes):
                tables.update(np.array(table.shape, dtype="<i8").tobytes() + table.astype("<i8").tobytes())
            for table in (graph.headings, graph.habits):
                tables.update(b"" if table is None else table.astype("<f8").tobytes())
        return {
            "family": type(self).__name__,
            "graphs": tables.hexdigest(),
            "n_observations": self.n_observations,
            "policy": repr(self.policy),
            "remap_after": self.remap_after,
            "remap_share": self.remap_share,
            **self.conditions.on,
        }

    @cached_property
    def union(self) -> GraphUnion:
        """The graphs' tables stacked, as the walker and the vector environment read them."""
        return GraphUnion.of(self.graphs)

    @cached_property
    def step_table(self) -> StepTable:
        """Where every step leads, as policies read it."""
        return StepTable.of(self.union)

    @cached_property
    def slip_table(self) -> SlipTable:
        """What a step may slip to."""
        return SlipTable.of(self.union)

    @cached_property
    def max_nodes(self) -> int:
        return max(graph.n_nodes for graph in self.graphs)

    @property
    def n_draws(self) -> int:
        """How many uniform numbers make a world."""
        return self._n_placing_draws + self.conditions.shuffle_actions + self.conditions.has_noise

    @property
    def _n_placing_draws(self) -> int:
        """How many choose the graph, the start and the symbols."""
        return 2 + self.n_symbol_draws + (0 if self.remap_after is None else 2 * self._max_appearances)

    @cached_property
    def meanings(self) -> Ints:
        """(n, A), what the actions may mean in a world: the action of the graph that each one is."""
        headings = self.graphs[0].headings
        if headings is None or not self.conditions.shuffle_actions:
            return np.arange(self.n_actions)[None]
        return action_orders(headings.tolist())

    @property
    def n_symbol_draws(self) -> int:
        """How many of them place the observations."""
        return self._max_appearances

    @cached_property
    def _max_appearances(self) -> int:
        return max(graph.n_appearances for graph in self.graphs)

    def draw(self, rng: np.random.Generator) -> World:
        """Draw one world."""
        worlds = self.worlds(rng.random(self.n_draws)[None])
        graph_index = int(worlds.graph_index[0])
        n_nodes = self.graphs[graph_index].n_nodes
        return World(
            graph_index,
            worlds.observation_at[0, :n_nodes],
            int(worlds.start_node[0]),
            worlds.observation_later[0, :n_nodes],
            None if worlds.meaning is None else worlds.meaning[0],
            None if worlds.noise is None else float(worlds.noise[0]),
        )

    def worlds(self, draws: Floats) -> "Worlds":
        """The worlds that numbers (B, n_draws) in [0, 1) stand for; which is for what is part of a seed's meaning.

        The first chooses the graph, the second the start, then one for each appearance its symbol; where there is a
        remapping, one for each whether it changes and one for each to what; where actions are shuffled, one for how;
        where there is chance at single steps, one that it follows from.
        """
        meaning = None
        noise = draws[:, -1].copy() if self.conditions.has_noise else None
        if self.conditions.shuffle_actions:
            meaning = self.meanings[_choose(draws[:, self._n_placing_draws], len(self.meanings))]
        graph_index = _choose(draws[:, 0], len(self.graphs))
        start_node = self.union.start_nodes[graph_index, _choose(draws[:, 1], self.union.n_starts[graph_index])]
        symbols = self.place_symbols(draws[:, 2 : 2 + self.n_symbol_draws])
        if self.remap_after is None:
            observation_at = self._at_nodes(graph_index, symbols)
            return Worlds(self, graph_index, observation_at, start_node, observation_at, meaning, noise)
        changes, to = np.split(draws[:, 2 + self.n_symbol_draws : self._n_placing_draws], 2, axis=1)
        changed = np.where(changes < self.remap_share, self.symbols_from(to), symbols)
        return Worlds(
            self,
            graph_index,
            self._at_nodes(graph_index, symbols),
            start_node,
            self._at_nodes(graph_index, changed),
            meaning,
            noise,
        )

    def place_symbols(self, draws: Floats) -> Ints:
        """The symbol of every appearance, (B, appearances), from draws (B, n_symbol_draws).

        A new array, which the caller may overwrite.
        """
        return self.symbols_from(draws)

    def symbols_from(self, draws: Floats) -> Ints:
        """Independent symbols from uniform numbers in [0, 1), in a new array of their shape."""
        if self.conditions.bare_share:
            return bare_or_symbol(draws, self.conditions.bare_share, self.n_observations)
        return _choose(draws, self.n_observations)

    def _at_nodes(self, graph_index: Ints, symbols: Ints) -> Ints:
        """Symbols of appearances (B, appearances) put at the nodes (B, N), -1 beyond a world's own."""
        if not self._all_unlike:
            symbols = np.take_along_axis(symbols, self._padded_appearance[graph_index], axis=1)
        if len(self.graphs) == 1:
            return symbols
        np.copyto(symbols, NO_SYMBOL, where=self._is_beyond[graph_index])
        return symbols

    @cached_property
    def _padded_appearance(self) -> Ints:
        """(G, N), `Graph.appearance`, 0 beyond a graph's own nodes."""
        padded = np.zeros((len(self.graphs), self.max_nodes), dtype=np.int64)
        for row, graph in zip(padded, self.graphs, strict=True):
            row[: graph.n_nodes] = graph.appearance
        return padded

    @cached_property
    def _is_beyond(self) -> NDArray[np.bool_]:
        """(G, N), whether a graph has no such node."""
        return np.arange(self.max_nodes) >= np.array([[graph.n_nodes] for graph in self.graphs])

    @cached_property
    def _all_unlike(self) -> bool:
        """Whether every node of every graph has a symbol of its own, in the order of nodes."""
        return all((graph.appearance == np.arange(graph.n_nodes)).all() for graph in self.graphs)


@dataclass(frozen=True, eq=False)
class Worlds:
    """A batch of B worlds of one family; their graphs may differ in size (N is the largest)."""

    family: WorldFamily
    graph_index: Ints  # (B,)
    observation_at: Ints  # (B, N), -1 beyond a world's own nodes
    start_node: Ints  # (B,)
    observation_later: Ints  # (B, N), from step `remap_after` on; the same array where there is no remapping
    meaning: Ints | None = None  # (B, n_actions), the action of the graph that each one is; None if its own
    noise: Floats | None = None  # (B,), what chance at their steps follows from, in [0, 1); None if there is none

    def __len__(self) -> int:
        return len(self.graph_index)

    def graph(self, world: int) -> Graph:
        return self.family.graphs[self.graph_index[world]]

    @cached_property
    def start_place(self) -> Ints:
        """(B,), as `GraphUnion` numbers places."""
        return self.family.union.first_place[self.graph_index] + self.start_node


def _choose(draws: Floats, n: int | Ints) -> Ints:
    """Uniform numbers in [0, 1) to whole numbers in 0..n-1."""
    # Not `(draws * n).astype(np.int64)`: for many worlds, making room for the product takes longer than all the rest.
    return np.multiply(draws, n, out=np.empty(draws.shape, dtype=np.int64), casting="unsafe")
