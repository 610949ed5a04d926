"""Walks: B walks of T steps, and the masks that say what kind of step each one is.

Everything here is a property of the walk, never of an agent, so every agent is scored on the same steps. No mask holds
a step at a bare place (`Conditions.bare_share`).
In the dark (`dark_after`) a place is known if its symbol was seen in the light; an edge is taken even so.
Where steps slip, edges are those truly taken.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arguments import whole_number
from hippo_envs.arrays import Ints, Mask
from hippo_envs.walking.darkness import is_dark
from hippo_envs.walking.first_visits import NEVER, FirstTimes, few_at_once, known_before, time_since
from hippo_envs.walking.step_noise import DARK, keys_of
from hippo_envs.worlds import Worlds

ALL = slice(None)

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Walks:
    """B walks of T steps, one in each world, as arrays (B, T).

    `actions[:, t]` leads from step t to t + 1; the last one is chosen too, though its arrival is not part of the walk.
    Ages and masks are made when first asked for. Ages count steps and are -1 for "never".

    `observations` are what is there, and what is scored; `heard` is what an agent gets: in the dark n_observations.
    `moves` are the actions of the graph that happened. Both are the same array where there is no difference.
    """

    worlds: Worlds
    nodes: Ints
    observations: Ints
    actions: Ints
    moves: Ints = None  # pyright: ignore[reportAssignmentType]  (made in __post_init__)
    heard: Ints = None  # pyright: ignore[reportAssignmentType]

    def __post_init__(self) -> None:
        if self.moves is None:
            if self.worlds.family.conditions.slip:
                raise ValueError("Where steps slip, moves do not follow from actions: give the moves of the walks too.")
            object.__setattr__(self, "moves", self.meant)
        if self.heard is None:
            object.__setattr__(self, "heard", _heard(self.worlds, self.observations))

    @property
    def walk_length(self) -> int:
        return self.nodes.shape[1]

    @cached_property
    def edge(self) -> Ints:
        """The ordered pair (departure, arrival) that led here, as `Graph.edge`; -1 at the first step."""
        return self._of_arrival(self.worlds.family.union.edge)

    @cached_property
    def reverse_edge(self) -> Ints:
        """The ordered pair that leads straight back, as `Graph.edge`; -1 where there is none."""
        return self._of_arrival(self.worlds.family.union.reverse_edge)

    @cached_property
    def age(self) -> Ints:
        """Steps since this node was last visited."""
        return time_since(self.nodes, self.nodes)

    @cached_property
    def edge_age(self) -> Ints:
        """Steps since the edge that led here was last taken, in this direction."""
        return time_since(self.edge, self.edge)

    @cached_property
    def reverse_edge_age(self) -> Ints:
        """Steps since the edge that led here was last taken in the other direction."""
        return time_since(self.reverse_edge, self.edge)

    @cached_property
    def appearance(self) -> Ints:
        """What the node looks like, as `Graph.appearance`: nodes with the same number show the same symbol."""
        return self.worlds.family.union.appearance.take(self._places)

    @cached_property
    def observation_age(self) -> Ints:
        """Steps since what is shown now was last seen, at this node or at one that looks alike.

        Unlike `age` only where nodes look alike or where they are remapped.
        """
        shown = self.appearance * self.worlds.family.n_observations + self.observations
        return time_since(shown, self.if_lit(shown))

    @cached_property
    def dark(self) -> Mask:
        """An agent does not hear what is there."""
        return self.heard == self.worlds.family.n_observations

    @cached_property
    def dark_steps(self) -> Ints:
        """How many steps it has been dark without a break, this one included; 0 in the light."""
        step = np.broadcast_to(np.arange(self.walk_length), self.nodes.shape)
        return step - np.maximum.accumulate(np.where(self.dark, -1, step), axis=1)

    @cached_property
    def dark_revisit(self) -> Mask:
        """Revisits in the dark."""
        return self.revisit & self.dark

    @cached_property
    def dark_loop_closure(self) -> Mask:
        """Loop closures in the dark."""
        return self.loop_closure & self.dark

    @property
    def meant(self) -> Ints:
        """The moves that the actions are, had nothing slipped."""
        return self.actions if self.worlds.meaning is None else take_along(self.worlds.meaning, self.actions)

    @cached_property
    def slipped(self) -> Mask:
        """Arrives by another move than the one that was heard, so that nobody can know what comes."""
        slipped = np.zeros(self.nodes.shape, dtype=bool)
        slipped[:, 1:] = self.moves[:, :-1] != self.meant[:, :-1]
        return slipped

    @cached_property
    def unslipped_loop_closure(self) -> Mask:
        """Loop closures at steps that did not slip themselves: the headline where steps slip."""
        return self.loop_closure & ~self.slipped

    @cached_property
    def meant_place(self) -> Ints:
        """(B, T), where the heard move led from where the walk truly was, as `GraphUnion` numbers places."""
        meant = self._places.copy()
        departure = self._places[:, :-1] * self.worlds.family.n_actions
        meant[:, 1:] = self.worlds.family.union.arrival.ravel().take(departure + self.meant[:, :-1])
        return meant

    def of_meant_arrival(self, table: NDArray[Scalar]) -> NDArray[Scalar]:
        """(B, T), what a table (R, A) says of the heard move, taken from where the walk truly was; -1 at t = 0."""
        of_arrival = np.full(self.nodes.shape, NEVER, dtype=table.dtype)
        departure = self._places[:, :-1] * self.worlds.family.n_actions
        of_arrival[:, 1:] = table.ravel().take(departure + self.meant[:, :-1])
        return of_arrival

    def if_lit(self, keys: Ints) -> Ints:
        """Keys (B, T) that are noted only in the light, -1 in the dark."""
        return np.where(self.dark, NEVER, keys) if self.worlds.family.conditions.can_be_dark else keys

    def _known(self, steps: Mask) -> Mask:
        """Of some steps those that can be scored, and whose place was seen in the light."""
        return steps & self.seen if self.worlds.family.conditions.can_be_dark else self._scorable(steps)

    def _scorable(self, steps: Mask) -> Mask:
        """Of some steps those that can be scored: not those at bare places."""
        if not self.worlds.family.conditions.bare_share:
            return steps
        return steps & (self.observations != self.worlds.family.bare_symbol)

    @cached_property
    def stay(self) -> Mask:
        """The arrival is the departure: nothing moved."""
        stay = np.zeros(self.nodes.shape, dtype=bool)
        stay[:, 1:] = self.nodes[:, 1:] == self.nodes[:, :-1]
        return self._known(stay)

    @cached_property
    def revisit(self) -> Mask:
        """Arrives at a node visited before in this walk."""
        return self._known(known_before(self.nodes))

    @cached_property
    def seen(self) -> Mask:
        """What is shown was seen in this walk, here or where it looks alike, and still holds: memory can know it.

        The same as `revisit` where every node has a symbol of its own and keeps it.
        """
        if self.worlds.family.remap_after is not None:
            return self._scorable(self.observation_age != NEVER)
        lit = self.if_lit(self.appearance) if self.worlds.family.conditions.can_be_dark else None
        return self._scorable(known_before(self.appearance, lit))

    @cached_property
    def knowable(self) -> Mask:
        """What a perfect memory knows: what is `seen`, or what the family says who asks for something else; no slips.

        The first step never counts, for nothing comes before it.
        """
        scored = self.worlds.family.scored(self)
        knowable = (self.seen if scored is None else self._scorable(scored)).copy()
        knowable[:, 0] = False
        return knowable & ~self.slipped if self.worlds.family.conditions.slip else knowable

    @cached_property
    def _edge_taken_before(self) -> tuple[Mask, Mask]:
        """Whether the edge that led here was taken before, in this direction and in the other."""
        same, other = np.zeros((2, *self.nodes.shape), dtype=bool)
        edge, reverse_edge = self.worlds.family.union.edge.ravel(), self.worlds.family.union.reverse_edge.ravel()
        for some in few_at_once(len(self.worlds)):
            steps = self._steps_taken(some)
            times = FirstTimes(edge.take(steps), n_keys=edge.max() + 1)
            same[some, 1:] = times.of_written < times.now
            other[some, 1:] = times.of(reverse_edge.take(steps)) < times.now
        return same, other

    @cached_property
    def zero_shot(self) -> Mask:
        """Revisits over an ordered pair of nodes never taken in this walk, not by staying (the papers' definition)."""
        return self.revisit & ~self.stay & ~self._edge_taken_before[0]

    @cached_property
    def reversal(self) -> Mask:
        """Zero-shot steps that go straight back along an edge already taken: knowing inverses is enough."""
        return self.zero_shot & self._edge_taken_before[1]

    @cached_property
    def loop_closure(self) -> Mask:
        """Zero-shot steps over an edge taken in neither direction: only the structure helps. Our headline."""
        return self.zero_shot & ~self._edge_taken_before[1]

    @cached_property
    def never_in_trial(self) -> Mask:
        """Nodes not visited in this walk (in the light), the first step apart: on a familiar map, reference memory."""
        never = self._scorable(~self.revisit)
        never[:, 0] = False
        return never

    @cached_property
    def after_first(self) -> Mask:
        """Every step but the first, of which nothing can be known."""
        after = np.ones(self.nodes.shape, dtype=bool)
        after[:, 0] = False
        return self._scorable(after)

    @cached_property
    def last(self) -> Mask:
        """The last step of the task, where a trial's answer arrives: the first one at an end node (`Graph.end_nodes`).

        In a world without an end it is the last step of the walk. A walk that is cut before its end has none, and what
        comes after the end repeats the answer.
        """
        has_end = np.array([graph.end_nodes.size > 0 for graph in self.worlds.family.graphs])[self.worlds.graph_index]
        at_end = self.worlds.family.union.is_end.take(self._places)
        last = at_end & (at_end.cumsum(axis=1) == 1)
        last[~has_end, -1] = True
        return self._scorable(last)

    @cached_property
    def decision(self) -> Mask:
        """What comes depends on more than the last symbol and action: on where one is in what looks the same."""
        return self._scorable(self._of_arrival(self.worlds.family.union.decision, at_start=False))

    @cached_property
    def seen_decision(self) -> Mask:
        """Decisions whose outcome memory can know: what worlds with hidden states are scored on."""
        return self.decision & self.seen

    @cached_property
    def rewritten(self) -> Mask:
        """A node that was seen before the remapping and after it, and changed: memory must have replaced what it had.

        None where nothing is remapped.
        """
        change = self.worlds.family.remap_after
        if change is None:
            return np.zeros(self.nodes.shape, dtype=bool)
        before, after = (
            take_along(at, self.nodes) for at in (self.worlds.observation_at, self.worlds.observation_later)
        )
        first = FirstTimes(self.appearance, self.appearance.max() + 1).of_written
        changed = (first < change) & (before != after)
        changed[:, :change] = False
        return changed & self.seen

    def in_window(self, window: int) -> Mask:
        """Visited within the last `window` steps: working memory."""
        return self.revisit & (self.age <= whole_number("window", window, at_least=1))

    def out_of_window(self, window: int) -> Mask:
        """Visited in this walk, but longer than `window` steps ago."""
        return self.revisit & (self.age > whole_number("window", window, at_least=1))

    @property
    def _places(self) -> Ints:
        """(B, T), the nodes as `GraphUnion` numbers places."""
        return self.nodes + (self.worlds.start_place - self.worlds.start_node)[:, None]

    def _of_arrival(self, table: NDArray[Scalar], at_start: int = NEVER) -> NDArray[Scalar]:
        """What a table (R, A) says of the step that led to t; `at_start` at t = 0."""
        of_arrival = np.empty(self.nodes.shape, dtype=table.dtype)
        of_arrival[:, 0] = at_start
        of_arrival[:, 1:] = table.ravel().take(self._steps_taken())
        return of_arrival

    def _steps_taken(self, walks: slice = ALL) -> Ints:
        """(some walks, T - 1): which entry of a table (R, A) each step is."""
        first_place = self.worlds.start_place[walks] - self.worlds.start_node[walks]
        taken = self.nodes[walks, :-1] + first_place[:, None]
        taken *= self.worlds.family.n_actions
        taken += self.moves[walks, :-1]
        return taken


def _heard(worlds: Worlds, observations: Ints) -> Ints:
    """What is heard of what is there, (B, T)."""
    conditions = worlds.family.conditions
    if not conditions.can_be_dark:
        return observations
    keys = None if worlds.noise is None else keys_of(worlds.noise, DARK)[:, None]
    dark = is_dark(conditions, keys, np.arange(observations.shape[1])[None])
    return np.where(dark, worlds.family.n_observations, observations)


def take_along(values: Ints, columns: Ints) -> Ints:
    """`np.take_along_axis(values, columns, axis=1)`, several times faster."""
    return values.ravel().take(columns + np.arange(0, values.size, values.shape[1])[:, None])
