"""Where every step leads, in a form that many walks can look up at once with one addition and one gather."""

import math
from dataclasses import dataclass

import numpy as np

from hippo_envs.arrays import Floats, Ints
from hippo_envs.walking.graph_union import GraphUnion

MAX_TICKETS = 4_096
MOST_ENTRIES = 4_000_000  # of all tickets: a table that does not fit into a cache is no faster than computing
FULL_TURN = 2 * np.pi
# Points of the compass, a quarter of a degree wide, into which headings are sorted: a look-up is faster than a search.
# For 3, 4, 6, 8 or 12 moves at equal angles it is exact: halfway between two moves one point ends and another begins.
N_POINTS = 1_536


@dataclass(frozen=True, eq=False)
class StepTable:
    """One row for each place of a union, with an entry for everything that a policy may choose by.

    A row holds

    - `n_tickets` tickets: every available action has equally many, so a uniform ticket is a uniform action. Their
      number is the least common multiple of the numbers of available actions, or 0 where that is unwieldy;
    - one entry for each choice, as `GraphUnion.choices`: the available actions, moves first;
    - one for each action;
    - one for each action as the move ahead, which says whether it is open (at a place without moves, the first choice).

    Rows are named by where they begin, entries by where they are, in the flattened table: the entry of a ticket is
    `row + ticket`, that of an action `row + first_action + action`.
    """

    n_tickets: int
    first_choice: int
    first_action: int
    width: int
    ahead: Ints  # (N_POINTS + 1,), the column of the move that is nearest to each point; the last point is the first
    node: Ints  # (R * width,), the node, in its own graph, whose row this is
    action: Ints  # (R * width,)
    arrival_row: Ints  # (R * width,), the row of the place that the action leads to
    n_turns: Floats  # (R * width,), where the move ahead is not open: how many moves there are instead; otherwise 0

    @classmethod
    def of(cls, union: GraphUnion) -> "StepTable":
        every_action = np.broadcast_to(np.arange(union.n_actions), union.arrival.shape)
        moves_ahead = np.where(union.n_moves[:, None] > 0, every_action, union.choices[:, :1])
        parts = [_tickets(union), union.choices, every_action, moves_ahead]
        first_choice, first_action, first_ahead, width = np.cumsum([part.shape[1] for part in parts]).tolist()
        action = np.concatenate(parts, axis=1)
        n_turns = np.zeros(action.shape)
        n_turns[:, first_ahead:] = np.where(union.available, 0, union.n_moves[:, None])
        return cls(
            n_tickets=first_choice,
            first_choice=first_choice,
            first_action=first_action,
            width=width,
            ahead=first_ahead + _nearest_moves(union.headings),
            node=np.repeat(np.concatenate([np.arange(graph.n_nodes) for graph in union.graphs]), width),
            action=action.ravel(),
            arrival_row=(np.take_along_axis(union.arrival, action, axis=1) * width).ravel(),
            n_turns=n_turns.ravel(),
        )


def _tickets(union: GraphUnion) -> Ints:
    """The action of every ticket (R, n_tickets)."""
    n_tickets = math.lcm(*np.unique(union.n_choices).tolist())
    if n_tickets > MAX_TICKETS or n_tickets * union.n_places > MOST_ENTRIES:
        n_tickets = 0
    columns = np.arange(n_tickets) * union.n_choices[:, None] // max(n_tickets, 1)
    return np.take_along_axis(union.choices, columns, axis=1)


def _nearest_moves(headings: Floats) -> Ints:
    """The action whose heading is nearest to each point of the compass (N_POINTS + 1,); 0 where none has a heading."""
    points = (np.arange(N_POINTS + 1) + 0.5) / N_POINTS
    apart = np.abs((points[:, None] - headings / FULL_TURN + 0.5) % 1 - 0.5)
    return np.where(np.isnan(apart), np.inf, apart).argmin(axis=1)
