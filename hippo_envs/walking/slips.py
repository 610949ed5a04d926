"""Slips: now and then a step goes along another open move than the one that is heard."""

from dataclasses import dataclass

import numpy as np

from hippo_envs.arrays import Floats, Ints
from hippo_envs.walking.graph_union import GraphUnion


@dataclass(frozen=True, eq=False)
class SlipTable:
    """Where a step may slip to: the open moves that lead to another node, and not to the one that is meant.

    What leads nowhere (standing still, a wall) never slips.
    """

    moves: Ints  # (R, A), the moves away from each place, sorted by where they lead; then all others
    n_others: Ints  # (R, A), how many moves an action may slip to
    first_alike: Ints  # (R, A), of the sorted moves the first that leads where the action does
    n_alike: Ints  # (R, A), how many do

    @classmethod
    def of(cls, union: GraphUnion) -> "SlipTable":
        places = np.arange(union.n_places)[:, None]
        leads_away = (union.available == 1) & (union.arrival != places)
        nowhere = union.n_places
        leads_to = np.where(leads_away, union.arrival, nowhere)
        moves = leads_to.argsort(axis=1, kind="stable")
        # All rows in one sorted line, in which each is found by one search.
        line = (places * (nowhere + 1) + np.take_along_axis(leads_to, moves, axis=1)).ravel()
        asked = places * (nowhere + 1) + leads_to
        first, end = (line.searchsorted(asked, side) for side in ("left", "right"))
        n_away = leads_away.sum(axis=1, keepdims=True)
        n_others = np.where(leads_away, n_away - (end - first), 0)
        return cls(moves, n_others, first - places * union.n_actions, end - first)

    def other(self, places: Ints, moves: Ints, uniform: Floats) -> Ints:
        """The moves that happen instead, (n,): uniform among the others; the same where there is none."""
        asked = places * self.moves.shape[1] + moves
        n_others = self.n_others.take(asked)
        choice = (uniform * n_others).astype(np.int64)
        choice += (choice >= self.first_alike.take(asked)) * self.n_alike.take(asked)
        return np.where(n_others > 0, self.moves.take(places * self.moves.shape[1] + choice, mode="clip"), moves)
