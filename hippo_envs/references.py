"""Reference agents: what simple memories predict, computed from the walk itself.

Each takes walks and returns `Answers`: at a step of which it knows nothing it would have to guess. They frame a model's
score from below and above.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from hippo_envs.arrays import Ints
from hippo_envs.scoring import Answers
from hippo_envs.walking.first_visits import NEVER, time_since
from hippo_envs.walks import Walks


def node_agent(walks: Walks) -> Answers:
    """Always knows where it is, and what it saw there or where it looks alike: a perfect map.

    The ceiling wherever the actions alone tell where one is. What it knows is what was shown last, so it is wrong once
    where a node was remapped since. Where steps slip it knows where it was, and says what is where the heard move
    leads; so do the edge and the inverse agent.
    """
    if walks.worlds.family.conditions.slip:
        meant = walks.worlds.family.union.appearance.take(walks.meant_place)
        return _seen_before(walks, _not_at_start(time_since(meant, walks.if_lit(walks.appearance))))
    if walks.worlds.family.remap_after is None:
        return Answers(walks.seen, walks.seen)
    return _seen_before(walks, time_since(walks.appearance, walks.if_lit(walks.appearance)))


def edge_agent(walks: Walks) -> Answers:
    """Knows where every edge it has taken leads, and nothing of structure: a table of (departure, arrival)."""
    return _seen_before(walks, _edge_age(walks))


def _edge_age(walks: Walks) -> Ints:
    """Steps since the edge that was meant to lead here was last taken into the light."""
    conditions, union = walks.worlds.family.conditions, walks.worlds.family.union
    if conditions.slip:
        return time_since(walks.of_meant_arrival(union.edge), walks.if_lit(walks.edge))
    if not walks.worlds.family.conditions.can_be_dark:
        return walks.edge_age
    return time_since(walks.edge, walks.if_lit(walks.edge))


def _reverse_edge_age(walks: Walks) -> Ints:
    """Steps since the edge that was meant to lead here was last taken in the other direction, out of the light."""
    conditions, union = walks.worlds.family.conditions, walks.worlds.family.union
    if not (conditions.can_be_dark or conditions.slip):
        return walks.reverse_edge_age
    taken = walks.edge.copy()
    taken[:, 1:][walks.dark[:, :-1]] = NEVER
    return time_since(walks.of_meant_arrival(union.reverse_edge), taken)


def _not_at_start(age: Ints) -> Ints:
    age[:, 0] = NEVER
    return age


def dead_reckoning(walks: Walks) -> Answers:
    """Adds up its actions from the true start, on the true graph, and never looks where it is.

    The same as the node agent where every action is what it says. It is lost after the first slip, and takes shuffled
    actions at their names.
    """
    union = walks.worlds.family.union
    place, places = walks.worlds.start_place, np.empty_like(walks.nodes)
    for t, actions in enumerate(walks.actions.T):
        places[:, t] = place
        place = union.arrival[place, actions]
    thought = union.appearance.take(places)
    return _seen_before(walks, time_since(thought, walks.if_lit(thought)))


def inverse_agent(walks: Walks) -> Answers:
    """Knows every edge it has taken, in both directions: structure no deeper than "west undoes east"."""
    # A step the other way left the node that now is arrived at one step before it was counted.
    forwards, reverse = _edge_age(walks), _reverse_edge_age(walks)
    backwards = np.where(reverse == NEVER, NEVER, reverse + 1)
    latest = np.where(forwards == NEVER, backwards, np.minimum(forwards, backwards))
    return _seen_before(walks, np.where(backwards == NEVER, forwards, latest))


def _seen_before(walks: Walks, age: Ints) -> Answers:
    """Answers with what was seen `age` steps ago, where that is not never and was not in the dark."""
    known = age != NEVER
    then = np.arange(walks.walk_length) - np.where(known, age, 0)
    if walks.worlds.family.conditions.can_be_dark:
        known = known & ~np.take_along_axis(walks.dark, then, axis=1)
    seen = np.take_along_axis(walks.observations, then, axis=1)
    return Answers(known & (seen == walks.observations), known)


def two_back(walks: Walks) -> Answers:
    """Repeats the observation of two steps ago: right whenever the animal turns straight back."""
    known = np.zeros(walks.nodes.shape, dtype=bool)
    known[:, 2:] = ~walks.dark[:, :-2]
    correct = np.zeros_like(known)
    correct[:, 2:] = walks.observations[:, 2:] == walks.observations[:, :-2]
    return Answers(correct & known, known)


def most_frequent(walks: Walks) -> Answers:
    """Says the observation seen most often so far in this walk, of several the one with the lowest number.

    What bare places show is no answer.
    """
    rows = np.arange(len(walks.nodes))
    times_seen = np.zeros((len(rows), walks.worlds.family.n_observations), dtype=np.int64)
    correct = np.zeros(walks.nodes.shape, dtype=bool)
    counts = (walks.observations != walks.worlds.family.bare_symbol) & ~walks.dark
    for t, observation in enumerate(walks.observations.T):
        correct[:, t] = (times_seen.argmax(axis=1) == observation) & (t > 0)
        times_seen[rows, observation] += counts[:, t]
    known = np.ones_like(correct)
    known[:, 0] = False
    return Answers(correct, known)


def markov(walks: Walks, order: int) -> Answers:
    """Says what came the last time that the last `order` observations and actions were these.

    A memory of what is seen and done, with no idea of where: it fails where the same has gone before something else.
    """
    n_walks, walk_length = walks.observations.shape
    context = np.repeat(np.arange(n_walks)[:, None], max(walk_length - order, 0), axis=1)
    for lag in range(order):
        steps = slice(lag, walk_length - order + lag)
        for values in (walks.heard[:, steps], walks.actions[:, steps]):
            # Numbered anew each time, so that numbers stay small however long the context.
            _, context = np.unique(np.stack([context.ravel(), values.ravel()]), axis=1, return_inverse=True)
            context = context.reshape(values.shape)
    age = np.full(walks.observations.shape, NEVER)
    age[:, order:] = _steps_since_the_same(context)
    return _seen_before(walks, age)


def _steps_since_the_same(keys: Ints) -> Ints:
    """Steps since a key (B, T) last occurred, -1 if never; for keys of one walk only, more than a table would hold."""
    order = np.argsort(keys.ravel(), kind="stable")
    in_order = keys.ravel()[order]
    since = np.full(keys.size, NEVER)
    same = in_order[1:] == in_order[:-1]
    since[order[1:][same]] = (order[1:] - order[:-1])[same]
    return since.reshape(keys.shape)


def chance(walks: Walks) -> Answers:
    """Knows nothing: one in K."""
    nothing = np.zeros(walks.nodes.shape, dtype=bool)
    return Answers(nothing, nothing)


REFERENCES: dict[str, Callable[[Walks], Answers]] = {
    "node-agent": node_agent,
    "dead-reckoning": dead_reckoning,
    "inverse-agent": inverse_agent,
    "edge-agent": edge_agent,
    "two-back": two_back,
    "most-frequent": most_frequent,
    "markov-1": partial(markov, order=1),
    "markov-2": partial(markov, order=2),
    "chance": chance,
}
