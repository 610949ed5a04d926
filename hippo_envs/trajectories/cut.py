"""Pieces of a path cut into walks of one length."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hippo_envs.arguments import whole_number
from hippo_envs.arrays import Ints
from hippo_envs.graph import NO_EDGE, Graph
from hippo_envs.trajectories.visits import Visits

NO_STEP = -1


class Cut(NamedTuple):
    """B walks of T steps."""

    nodes: Ints  # (B, T)
    following: Ints  # (B,), the node after the last step; -1 if the piece ends there
    begins: Ints  # (B, T), the sample with which each step begins, as `Visits.begins`
    step_of: Ints  # (S,), the step that each sample belongs to, numbered walk after walk; `NO_STEP` if to none


def cut(pieces: Sequence[Visits], walk_length: int | None, n_samples: int) -> Cut:
    """Walks of `walk_length` steps from the start of every piece on; the longest piece alone if None.

    Raises:
        ValueError: if no piece is so long, or the longest has one step.
    """
    longest = max((len(piece.nodes) for piece in pieces), default=0)
    if walk_length is None:
        pieces, walk_length = [max(pieces, key=lambda piece: len(piece.nodes))] if pieces else [], max(longest, 2)
    length = whole_number("walk_length", walk_length, at_least=1)
    if longest < length:
        raise ValueError(
            f"The longest piece of the path without a break has {longest} steps, a walk has {length}: make bins "
            "smaller or walks shorter, or allow more with longest_gap, longest_step or slowest."
        )
    step_of = np.full(n_samples, NO_STEP)
    nodes, following, begins = [], [], []
    for piece in pieces:
        n_walks = len(piece.nodes) // length
        used, first_step = n_walks * length, len(nodes) * length
        nodes += list(piece.nodes[:used].reshape(-1, length))
        begins += list(piece.begins[:used].reshape(-1, length))
        following += np.append(piece.nodes, NO_EDGE)[length : used + 1 : length].tolist()
        kept = piece.visit_of < used
        step_of[piece.samples[kept]] = first_step + piece.visit_of[kept]
    return Cut(np.array(nodes), np.array(following), np.array(begins), step_of)


def actions_of(graph: Graph, nodes: Ints, following: Ints) -> Ints:
    """(B, T), the actions that lead from node to node; at the end of a piece the last one open, which is to stay."""
    after = np.concatenate([nodes[:, 1:], following[:, None]], axis=1)
    leads = graph.next_node[nodes] == after[:, :, None]
    last_open = graph.n_actions - 1 - graph.available[:, ::-1].argmax(axis=1)
    return np.where(after == NO_EDGE, last_open[nodes], leads.argmax(axis=2))
