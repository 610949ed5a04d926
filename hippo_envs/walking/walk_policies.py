"""How an animal walks: policies that choose the next action from uniform random draws.

A policy owns no randomness. The walker hands it `draws_per_step` numbers in [0, 1) for every step, taken from the
world's own generator, so that a walk is a function of its seed alone: it does not change with the batch it is in, and
a longer walk begins with the shorter one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Protocol

import numpy as np

from hippo_envs.arguments import number
from hippo_envs.arrays import Floats, Ints
from hippo_envs.walking.graph_union import GraphUnion
from hippo_envs.walking.step_table import FULL_TURN, N_POINTS, StepTable

Chooser = Callable[[int, Ints], Ints]
Preparer = Callable[[Floats], Chooser]


class WalkPolicy(Protocol):
    """What `sample_walks` asks of a policy."""

    draws_per_step: ClassVar[int]

    def start(self, union: GraphUnion, table: StepTable, draws: Floats) -> Preparer:
        """Begin B walks.

        Args:
            union: the graphs that are walked on.
            table: where their actions lead.
            draws: (draws_per_step, B) numbers in [0, 1), for how to begin.

        Returns:
            `prepare(draws)`, which is called with the draws (draws_per_step, n, B) of the next n steps, again and again
            to the end of the walks, and may overwrite them. It returns `choose(t, rows)`, which is called for t = 0, 1,
            ..., n - 1 with the rows of the table (B,) that the walks stand on, and returns the entries (B,) they take,
            all of them available. It may look at the draws of steps up to t, and at nothing later.
        """
        ...


@dataclass(frozen=True)
class UniformPolicy:
    """Every available action is equally likely, standing still included: how TEM walks on trees and other graphs."""

    draws_per_step: ClassVar[int] = 1

    def start(self, union: GraphUnion, table: StepTable, draws: Floats) -> Preparer:
        return lambda draws: _uniform(union, table, draws[0])


@dataclass(frozen=True)
class HabitPolicy:
    """Every action as often as the graph's `habits` say: how an animal behaves in a task it has learnt."""

    draws_per_step: ClassVar[int] = 1

    def start(self, union: GraphUnion, table: StepTable, draws: Floats) -> Preparer:
        ladder = self.ladder(union.habits)

        def prepare(draws: Floats) -> Chooser:
            (uniform,) = draws

            def choose(t: int, rows: Ints) -> Ints:
                actions = (uniform[t][:, None] >= ladder[rows // table.width]).sum(axis=1)
                return rows + table.first_action + actions

            return choose

        return prepare

    @staticmethod
    def ladder(habits: Floats) -> Floats:
        """Summed probabilities (..., A): a draw is of the first action whose step is above it."""
        ladder = np.cumsum(habits, axis=-1)
        # The last action with a habit takes what rounding leaves over, so that every draw finds one.
        n_actions = habits.shape[-1]
        last = n_actions - 1 - (habits[..., ::-1] > 0).argmax(axis=-1)
        ladder[np.arange(n_actions) >= last[..., None]] = np.inf
        return ladder


@dataclass(frozen=True)
class DriftingHeadingPolicy:
    """Now and then follow a heading that drifts, so that walks reach far: how TEM walks in two dimensions.

    With probability `follow` the action is the move nearest to the heading or, if that is not available here, a random
    available move, which becomes the heading. Otherwise every available action is equally likely, standing still
    included, and the heading is kept.

    The authors' code tests at every step whether the move ahead is closed, and turns there; this policy does so only at
    steps that follow the heading. Their walks leave walls sooner and cover more ground: on squares
    of 8 to 11 nodes a side, in 128 steps, a memory of edges has about .03 less of the revisits than here.

    Args:
        follow: probability in [0, 1] of following the heading at a step.
        drift: the heading changes by U(-drift, drift) radians a step.

    Raises:
        ValueError: at the start of a walk on a graph whose actions have no headings.

    Source: the authors' TEM code (Whittington et al. 2020), as described in its environments.
    """

    follow: float = 0.2
    drift: float = 0.4
    draws_per_step: ClassVar[int] = 2

    def __post_init__(self) -> None:
        number("follow", self.follow, at_least=0, at_most=1)
        number("drift", self.drift, at_least=0)

    def start(self, union: GraphUnion, table: StepTable, draws: Floats) -> Preparer:
        """Headings start uniform on the circle."""
        if np.isnan(union.headings).all():
            raise ValueError("These graphs have no headings to follow: walk on them with UniformPolicy().")
        # In turns of the circle, so that dropping whole turns is all it takes to compare headings.
        headings = draws[0].copy()
        heading_of = (union.headings / FULL_TURN).take(table.action)
        return partial(self._prepare, union, table, headings, heading_of)

    def _prepare(
        self, union: GraphUnion, table: StepTable, headings: Floats, heading_of: Floats, draws: Floats
    ) -> Chooser:
        """Choose entries, and keep the `headings` (B,) of the walks; `heading_of` is that of every entry."""
        drift, choosing = draws
        drift *= 2 * self.drift / FULL_TURN
        drift -= self.drift / FULL_TURN
        # Who follows when does not depend on the walk: all followers, step after step, with their draws.
        follows = np.flatnonzero(choosing < self.follow)
        n_steps, n_walks = choosing.shape
        first = np.searchsorted(follows, n_walks * np.arange(n_steps + 1)).tolist()
        walks = follows % n_walks
        # One draw says whether to follow, and what is left of it which action to take.
        uniform = choosing.ravel().take(follows) / (self.follow or 1)
        choosing -= self.follow  # below 0 for followers, whose choice is made otherwise
        choosing /= (1 - self.follow) or 1
        wander = _uniform(union, table, choosing)

        def choose(t: int, rows: Ints) -> Ints:
            np.add(headings, drift[t], out=headings)
            entries = wander(t, rows)
            now = slice(first[t], first[t + 1])
            followers = walks[now]
            if followers.size:
                entries[followers] = follow(followers, rows.take(followers), uniform[now])
            return entries

        def follow(followers: Ints, rows: Ints, uniform: Floats) -> Ints:
            """The entries of the moves nearest to their headings; the lost turn to another move."""
            toward = headings.take(followers)
            toward -= np.floor(toward)
            toward *= N_POINTS
            entries = table.ahead.take(toward.astype(np.int64))
            entries += rows
            n_turns = table.n_turns.take(entries)
            (lost,) = n_turns.nonzero()
            if lost.size:
                turns = (uniform * n_turns).take(lost).astype(np.int64)
                turns += rows.take(lost) + table.first_choice
                entries[lost] = turns
                headings[followers.take(lost)] = heading_of.take(turns)
            return entries

        return choose


def _uniform(union: GraphUnion, table: StepTable, uniform: Floats) -> Chooser:
    """Choose uniformly among what is available, from draws (n, B)."""
    if table.n_tickets:
        tickets = (uniform * table.n_tickets).astype(np.int64)
        return lambda t, rows: rows + tickets[t]

    def choose(t: int, rows: Ints) -> Ints:
        choices = (uniform[t] * union.n_choices.take(rows // table.width)).astype(np.int64)
        return rows + table.first_choice + choices

    return choose
