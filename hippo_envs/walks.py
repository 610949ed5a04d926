"""Walks: B walks of T steps, and the masks that say what kind of step each one is.

Everything here is a property of the walk, never of an agent, so every agent is scored on the same steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hippo_envs.walk_policies import WalkPolicy
from hippo_envs.worlds import WorldFamily, Worlds

NEVER = -1

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Walks:
    """B walks of T steps, one in each world, as arrays (B, T).

    `actions[:, t]` leads from step t to t + 1; the last one is chosen too, though its arrival is not part of the walk.
    Ages and masks are made when first asked for. Ages count steps and are -1 for "never".
    """

    worlds: Worlds
    nodes: Ints
    observations: Ints
    actions: Ints

    @property
    def walk_length(self) -> int:
        return self.nodes.shape[1]

    @cached_property
    def edge(self) -> Ints:
        """The ordered pair (departure, arrival) that led here, as `Graph.edge`; -1 at the first step."""
        return self._of_arrival(self.worlds.family.union.edge)

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
        return time_since(self._of_arrival(self.worlds.family.union.reverse_edge), self.edge)

    @cached_property
    def stay(self) -> Mask:
        """The arrival is the departure: nothing moved."""
        stay = np.zeros(self.nodes.shape, dtype=bool)
        stay[:, 1:] = self.nodes[:, 1:] == self.nodes[:, :-1]
        return stay

    @cached_property
    def revisit(self) -> Mask:
        """Arrives at a node visited before in this walk: the only steps whose observation can be known."""
        return self.age != NEVER

    @cached_property
    def zero_shot(self) -> Mask:
        """Revisits over an ordered pair of nodes never taken in this walk, not by staying (the papers' definition)."""
        return self.revisit & ~self.stay & (self.edge_age == NEVER)

    @cached_property
    def reversal(self) -> Mask:
        """Zero-shot steps that go straight back along an edge already taken: knowing inverses is enough."""
        return self.zero_shot & (self.reverse_edge_age != NEVER)

    @cached_property
    def loop_closure(self) -> Mask:
        """Zero-shot steps over an edge taken in neither direction: only the structure helps. Our headline."""
        return self.zero_shot & (self.reverse_edge_age == NEVER)

    @cached_property
    def never_in_trial(self) -> Mask:
        """Nodes not visited in this walk, the first step apart: on a familiar map, reference memory proper."""
        never = self.age == NEVER
        never[:, 0] = False
        return never

    def in_window(self, window: int) -> Mask:
        """Visited within the last `window` steps: working memory."""
        return self.revisit & (self.age <= window)

    def out_of_window(self, window: int) -> Mask:
        """Visited in this walk, but longer than `window` steps ago."""
        return self.age > window

    def _of_arrival(self, table: Ints) -> Ints:
        """What a table (R, A) says of the step that led to t; -1 at t = 0."""
        places = self.nodes + self.worlds.family.union.first_place[self.worlds.graph_index, None]
        of_arrival = np.full(self.nodes.shape, NEVER, dtype=np.int64)
        of_arrival[:, 1:] = table[places[:, :-1], self.actions[:, :-1]]
        return of_arrival


def sample_walks(
    family: WorldFamily, seeds: Sequence[int], walk_length: int, policy: WalkPolicy | None = None
) -> Walks:
    """Walk `walk_length` steps in one world for each seed.

    World i is the world of `env.reset(seed=seeds[i])`; its walk depends on that seed alone, so neither the rest of the
    batch nor a longer `walk_length` changes it. The start is step 0.

    Args:
        family: what the worlds are drawn from, e.g. `rectangle_family(width=10)` or `env.unwrapped.family`.
        seeds: one non-negative integer for each world.
        walk_length: steps T, at least 1.
        policy: how to walk; the family's own policy if None.

    Raises:
        ValueError: if there is no seed, or `walk_length` is below 1.
    """
    if len(seeds) == 0:
        raise ValueError("sample_walks needs at least one seed, got none.")
    if walk_length < 1:
        raise ValueError(f"walk_length must be at least 1, got {walk_length}.")
    policy = policy or family.policy
    drawn, draws = [], np.empty((len(seeds), walk_length + 1, policy.draws_per_step))
    for world_draws, seed in zip(draws, seeds, strict=True):
        rng = np.random.default_rng(int(seed))
        drawn.append(family.draw(rng))
        rng.random(out=world_draws)
    worlds = Worlds.of(family, drawn)
    places, actions = _walk(worlds, policy, np.ascontiguousarray(draws.transpose(1, 0, 2)))
    nodes = places - family.union.first_place[worlds.graph_index, None]
    observations = np.take_along_axis(worlds.observation_at, nodes, axis=1)
    return Walks(worlds, nodes, observations, actions)


def _walk(worlds: Worlds, policy: WalkPolicy, draws: NDArray[np.float64]) -> tuple[Ints, Ints]:
    """Places and actions (B, T) from draws (T + 1, B, draws per step), of which the first begin the walk."""
    union = worlds.family.union
    first_draws, draws = draws[0], draws[1:]
    places = np.empty(draws.shape[:2], dtype=np.int64)
    actions = np.empty_like(places)
    memory = policy.begin(union, first_draws)
    place = union.first_place[worlds.graph_index] + worlds.start_node
    for t, draws_now in enumerate(draws):
        places[t] = place
        actions[t] = policy.choose(union, place, draws_now, memory)
        place = union.arrival[place, actions[t]]
    return np.ascontiguousarray(places.T), np.ascontiguousarray(actions.T)


def time_since(read: Ints, written: Ints) -> Ints:
    """Steps since `read[b, t]` was last among `written[b, :t]`, -1 if never; keys are at least 0, -1 is no key.

    Args:
        read: (B, T) the key looked up at each step.
        written: (B, T) the key noted at each step, after the look-up.
    """
    n_walks, walk_length = read.shape
    walks = np.arange(n_walks)
    # One row more than there are keys: key -1 reads and writes the last row, which is cleared by the mask at the end.
    last_written = np.full((max(read.max(), written.max()) + 2, n_walks), NEVER, dtype=np.int64)
    seen = np.empty((walk_length, n_walks), dtype=np.int64)
    for t, (read_now, written_now) in enumerate(zip(read.T, written.T, strict=True)):
        seen[t] = last_written[read_now, walks]
        last_written[written_now, walks] = t
    ages = np.where(seen == NEVER, NEVER, np.arange(walk_length)[:, None] - seen)
    return np.where(read == NEVER, NEVER, ages.T)
