"""Reference agents: what a simple memory knows of a walk, computed from the walk itself.

Each takes walks and returns `Answers`: what it knows, it knows for certain (in worlds whose symbols do not change); at
every other step it would have to guess. They frame a model's score from below and above.
"""

from collections.abc import Callable

import numpy as np

from hippo_envs.scoring import Answers
from hippo_envs.walks import NEVER, Walks


def node_agent(walks: Walks) -> Answers:
    """Knows every node it has visited: a perfect map. The ceiling wherever the actions alone tell where one is."""
    return Answers(walks.revisit, walks.revisit)


def edge_agent(walks: Walks) -> Answers:
    """Knows where every edge it has taken leads, and nothing of structure: a table of (departure, arrival)."""
    taken = walks.edge_age != NEVER
    return Answers(taken, taken)


def inverse_agent(walks: Walks) -> Answers:
    """Knows every edge it has taken, in both directions: structure no deeper than "west undoes east"."""
    taken = (walks.edge_age != NEVER) | (walks.reverse_edge_age != NEVER)
    return Answers(taken, taken)


def two_back(walks: Walks) -> Answers:
    """Repeats the observation of two steps ago: right whenever the animal turns straight back."""
    known = np.zeros(walks.nodes.shape, dtype=bool)
    known[:, 2:] = True
    correct = np.zeros_like(known)
    correct[:, 2:] = walks.observations[:, 2:] == walks.observations[:, :-2]
    return Answers(correct, known)


def most_frequent(walks: Walks) -> Answers:
    """Says the observation seen most often so far in this walk, of several the one with the lowest number."""
    rows = np.arange(len(walks.nodes))
    times_seen = np.zeros((len(rows), walks.worlds.family.n_observations), dtype=np.int64)
    correct = np.zeros(walks.nodes.shape, dtype=bool)
    for t, observation in enumerate(walks.observations.T):
        correct[:, t] = (times_seen.argmax(axis=1) == observation) & (t > 0)
        times_seen[rows, observation] += 1
    known = np.ones_like(correct)
    known[:, 0] = False
    return Answers(correct, known)


def chance(walks: Walks) -> Answers:
    """Knows nothing: one in K."""
    nothing = np.zeros(walks.nodes.shape, dtype=bool)
    return Answers(nothing, nothing)


REFERENCES: dict[str, Callable[[Walks], Answers]] = {
    "node-agent": node_agent,
    "inverse-agent": inverse_agent,
    "edge-agent": edge_agent,
    "two-back": two_back,
    "most-frequent": most_frequent,
    "chance": chance,
}
