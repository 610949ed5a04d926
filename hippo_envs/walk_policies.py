"""How an animal walks: policies that choose the next action from uniform random draws.

A policy owns no randomness. The walker hands it `draws_per_step` numbers in [0, 1) for every step, taken from the
world's own generator, so that a walk is a function of its seed alone: it does not change with the batch it is in, and
a longer walk begins with the shorter one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arguments import number
from hippo_envs.graph_union import GraphUnion
from hippo_envs.step_table import StepTable

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Chooser = Callable[[int, Ints], Ints]


class WalkPolicy(Protocol):
    """What `sample_walks` asks of a policy."""

    draws_per_step: ClassVar[int]

    def start(self, union: GraphUnion, table: StepTable, draws: Floats) -> Chooser:
        """Begin B walks of T steps.

        Args:
            union: the graphs that are walked on.
            table: where their actions lead.
            draws: (draws_per_step, T + 1, B) numbers in [0, 1): the first of the T + 1 are for how to begin, then one
                set for each step.

        Returns:
            `choose(t, rows)`, which is called for t = 0, 1, ... with the rows of the table (B,) that the walks stand on
            at step t, and returns the entries (B,) they take, all of them available. It may look at the draws of steps
            up to t, and at nothing later.
        """
        ...


@dataclass(frozen=True)
class UniformPolicy:
    """Every available action is equally likely, standing still included: how TEM walks on trees and other graphs."""

    draws_per_step: ClassVar[int] = 1

    def start(self, union: GraphUnion, table: StepTable, draws: Floats) -> Chooser:
        return _uniform(union, table, draws[0, 1:])


@dataclass(frozen=True)
class HabitPolicy:
    """Every action as often as the graph's `habits` say: how an animal behaves in a task it has learnt."""

    draws_per_step: ClassVar[int] = 1

    def start(self, union: GraphUnion, table: StepTable, draws: Floats) -> Chooser:
        uniform, ladder = draws[0, 1:], self.ladder(union.habits)

        def choose(t: int, rows: Ints) -> Ints:
            actions = (uniform[t][:, None] >= ladder[rows // table.width]).sum(axis=1)
            return rows + table.n_tickets + actions

        return choose

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

    def start(self, union: GraphUnion, table: StepTable, draws: Floats) -> Chooser:
        """Headings start uniform on the circle."""
        if np.isnan(union.headings).all():
            raise ValueError("These graphs have no headings to follow: walk on them with UniformPolicy().")
        drifting, choosing = draws
        # The heading at step t is `drifted[t + 1]` plus what the turns of this walk have added so far, in `turned`.
        drifted = drifting * (2 * self.drift)
        drifted -= self.drift
        drifted[0] = 2 * np.pi * drifting[0]
        np.cumsum(drifted, axis=0, out=drifted)
        turned = np.zeros(draws.shape[2])
        # One draw says whether to follow, and what is left of it which action to take.
        choosing = choosing[1:]
        follows = np.flatnonzero(choosing < self.follow)
        rest = choosing - self.follow  # below 0 for followers, whose choice is made otherwise
        rest /= (1 - self.follow) or 1
        wander = _uniform(union, table, rest)
        # Who follows when does not depend on the walk: all followers, step after step, with their draws.
        walks, n_walks = follows % draws.shape[2], draws.shape[2]
        first = np.searchsorted(follows, n_walks * np.arange(draws.shape[1])).tolist()
        drifted_of = drifted[1:].ravel().take(follows)
        uniform_of = choosing.ravel().take(follows) / (self.follow or 1)
        boundaries, nearest = _sectors(union.headings)
        is_open = union.available.ravel()

        def choose(t: int, rows: Ints) -> Ints:
            entries = wander(t, rows)
            if first[t] == first[t + 1]:
                return entries
            now = slice(first[t], first[t + 1])
            followers = walks[now]
            at = rows.take(followers)
            heading = drifted_of[now] + turned.take(followers)
            ahead = nearest.take(boundaries.searchsorted(heading % (2 * np.pi)))
            entries[followers] = at + table.n_tickets + ahead
            places = at // table.width
            (lost,) = np.nonzero(is_open.take(places * union.n_actions + ahead) == 0)
            if lost.size:
                walkers, places = followers.take(lost), places.take(lost)
                turns = pick(union, places, np.maximum(union.n_moves, 1), uniform_of[now].take(lost))
                entries[walkers] = at.take(lost) + table.n_tickets + turns
                change = union.headings.take(turns) - drifted_of[now].take(lost)
                turned[walkers] = np.where(np.isnan(change), turned[walkers], change)
            return entries

        return choose


def pick(union: GraphUnion, places: Ints, n_first: Ints, uniform: Floats) -> Ints:
    """One of the first `n_first` choices at each place, uniformly."""
    column = (uniform * n_first.take(places)).astype(np.int64)
    return union.choices.ravel().take(places * union.n_actions + column)


def _uniform(union: GraphUnion, table: StepTable, uniform: Floats) -> Chooser:
    """Choose uniformly among what is available, from draws (T, B)."""
    if table.n_tickets:
        tickets = (uniform * table.n_tickets).astype(np.int64)
        return lambda t, rows: rows + tickets[t]
    return lambda t, rows: rows + pick(union, rows // table.width, union.n_choices, uniform[t])


def _sectors(headings: Floats) -> tuple[Floats, Ints]:
    """Angles in [0, 2 pi) that part the circle into sectors, and the action whose heading is nearest in each."""
    angles = headings % (2 * np.pi)
    moves = np.argsort(angles)[: int(np.isfinite(angles).sum())]
    following = np.append(angles[moves][1:], angles[moves[0]] + 2 * np.pi)
    boundaries = (angles[moves] + following) / 2
    # The last boundary may lie beyond the full turn; its sector then begins where the circle does.
    if boundaries[-1] < 2 * np.pi:
        return boundaries, np.append(moves, moves[0])
    return np.append(boundaries[-1] - 2 * np.pi, boundaries[:-1]), np.append(moves[-1], moves)
