"""Where every step leads, in a form that many walks can look up at once with one addition and one gather."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippo_envs.graph_union import GraphUnion

MAX_TICKETS = 4_096

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StepTable:
    """One row for each place of a union: first `n_tickets` tickets, then one entry for each action.

    Every available action of a place has equally many tickets, so a uniform ticket is a uniform action. `n_tickets` is
    the least common multiple of the numbers of available actions, or 0 where that is unwieldy. Rows are named by where
    they begin, entries by where they are, in the flattened table: the entry of a ticket is `row + ticket`, that of an
    action `row + n_tickets + action`.
    """

    n_tickets: int
    width: int
    place: Ints  # (R * width,), the place whose row this is
    action: Ints  # (R * width,)
    arrival_row: Ints  # (R * width,), the row of the place that the action leads to

    @classmethod
    def of(cls, union: GraphUnion) -> "StepTable":
        n_tickets = math.lcm(*np.unique(union.n_choices).tolist())
        if n_tickets > MAX_TICKETS:
            n_tickets = 0
        columns = np.arange(n_tickets) * union.n_choices[:, None] // max(n_tickets, 1)
        every_action = np.broadcast_to(np.arange(union.n_actions), union.arrival.shape)
        action = np.concatenate([np.take_along_axis(union.choices, columns, axis=1), every_action], axis=1)
        width = action.shape[1]
        arrival = np.take_along_axis(union.arrival, action, axis=1)
        place = np.repeat(np.arange(union.n_places), width)
        return cls(n_tickets, width, place, action.ravel(), (arrival * width).ravel())
