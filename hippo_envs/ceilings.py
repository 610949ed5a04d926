"""Ceilings: exact Bayes filters that know the family of worlds, but not which of them the walk is in.

A hypothesis is a graph of the family, a start node and, on familiar maps, a map; where actions are shuffled, also what
they mean. Meanings that differ by a symmetry of the graph predict alike as long as all starts are kept, so that one of
each class is enough: 60 of 720 on hexagons, 3 of 24 on squares, 6 on rectangles. Graphs are deterministic, so it says
where every action leads. An action that has no edge there rules it out; it is weighed by how likely it makes what is
seen: 1 / K for a symbol at a new place, 1 or 0 for one that is remembered. Where places may be bare, a new one is bare
with their share and shows each other symbol equally often; only those are answers, for bare places are not scored.
In the dark it neither looks nor remembers.
Where steps slip the ceiling is that of `hippo_envs.particle_filter`, with its Monte-Carlo error.

How often an animal takes which action is not used, only which it can take: the ceiling of a task does not depend on the
policy, and one who knew the policy could infer a little more.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hippo_envs.arrays import Floats, Ints, Mask
from hippo_envs.graph import Graph
from hippo_envs.particle_filter import particle_filter
from hippo_envs.scoring import Answers
from hippo_envs.walking.first_visits import NEVER
from hippo_envs.walking.symmetries import one_of_each_class, symmetries
from hippo_envs.walks import Walks
from hippo_envs.worlds import WorldFamily

# Probabilities that differ by less, relative to the largest, are the same number but for rounding.
TIE = 1e-9
# Walks are filtered so many at a time that their memories (32 bits for each start and appearance) fit into a cache.
MEMORIES_AT_ONCE = 2**21


def bayes_from_actions(walks: Walks) -> Answers:
    """The ceiling of path integration: where it is follows from the actions alone, what is there from memory.

    Says the most probable symbol (of several the one with the lowest number) at every step but the first; a step at
    which all K are equally probable is not known. On familiar maps, whose symbols it knows but not which one this is,
    nodes not yet visited are guessed from all maps alike.

    Returns:
        (B, T) each.

    Raises:
        TypeError: if the family places its symbols in a way of its own, and has neither `maps` nor a `ceiling`.
        ValueError: if a walk is impossible in its family.

    Source: the forward pass of a hidden Markov model (Rabiner 1989, Proceedings of the IEEE 77).
    """
    return _ceiling(walks, look=False)


def bayes_filter(walks: Walks) -> Answers:
    """The ceiling: where it is (and on familiar maps, on which) follows from actions and observations together.

    Says the most probable symbol (of several the one with the lowest number) at every step but the first; a step at
    which all K are equally probable is not known.

    Returns:
        (B, T) each.

    Raises:
        TypeError: if the family places its symbols in a way of its own, and has neither `maps` nor a `ceiling`.
        ValueError: if a walk is impossible in its family.

    Source: the forward pass of a hidden Markov model (Rabiner 1989, Proceedings of the IEEE 77).
    """
    return _ceiling(walks, look=True)


CEILINGS: dict[str, Callable[[Walks], Answers]] = {
    "bayes-actions": bayes_from_actions,
    "bayes": bayes_filter,
}


def _ceiling(walks: Walks, look: bool) -> Answers:
    family = walks.worlds.family
    own = family.ceiling(walks)
    if own is not None:
        return own
    maps = family.maps
    if maps is None and type(family).place_symbols is not WorldFamily.place_symbols:
        raise TypeError(
            f"{type(family).__name__} places symbols in a way that the filter does not know: "
            "give the family an array `maps` or a function `ceiling`."
        )
    if family.conditions.slip:
        return particle_filter(walks, look=look)
    n_memories = len(_beginnings(family)[0]) * _n_appearances(family)
    at_once = max(1, MEMORIES_AT_ONCE // n_memories)
    parts = [_filter(walks, slice(first, first + at_once), maps, look) for first in range(0, len(walks.nodes), at_once)]
    return Answers(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _filter(walks: Walks, some: slice, maps: Ints | None, look: bool) -> Answers:
    """The answers for some of the walks."""
    family, actions, observations = walks.worlds.family, walks.actions[some], walks.observations[some]
    correct, known = np.zeros((2, *observations.shape), dtype=bool)
    lit = ~walks.dark[some]
    hypotheses = _Hypotheses.prior(family, len(observations), 1 if maps is None else len(maps), some.start)
    memory = _Memory(family, maps, observations, n_starts=int(hypotheses.start[-1]) + 1)
    rarity, first_answer = _rarity(family), family.n_observations - family.n_answers
    for t in range(walks.walk_length):
        if t:
            hypotheses.move(family, actions[:, t - 1])
        symbol, trust = memory.recall(hypotheses, t)
        if t:
            # What a hypothesis leaves open is spread evenly over all symbols: it does not tell which is the best.
            cells = hypotheses.walk * family.n_observations + symbol
            mass = np.bincount(cells, hypotheses.weights() * trust, observations.shape[0] * family.n_observations)
            mass = mass.reshape(-1, family.n_observations)[:, first_answer:]
            level = mass.max(axis=1, keepdims=True) * (1 - TIE)
            correct[:, t] = first_answer + (mass >= level).argmax(axis=1) == observations[:, t]
            known[:, t] = (mass < level).any(axis=1)
        is_lit = lit[:, t].take(hypotheses.walk)
        memory.note(hypotheses, is_lit, t)
        if look and is_lit.any():
            matches = symbol == observations[:, t].take(hypotheses.walk)
            likelihood = trust * matches + (1 - trust) / rarity.take(observations[:, t].take(hypotheses.walk))
            hypotheses.weigh(np.where(is_lit, likelihood, 1))
    return Answers(correct & known, known)


@dataclass
class _Hypotheses:
    """Those not yet ruled out, H in all, walk after walk; every array is (H,)."""

    first_walk: int  # the number of walk 0 among all that are filtered
    walk: Ints
    start: Ints  # which of all (walk, start, meaning): hypotheses that differ in their map only remember the same
    meaning: Ints  # which of `WorldFamily.meanings`
    map: Ints
    place: Ints  # where the walk now is, as `GraphUnion` numbers places
    log_weight: Floats

    @classmethod
    def prior(cls, family: WorldFamily, n_walks: int, n_maps: int, first_walk: int) -> "_Hypotheses":
        """Uniform over graphs, over the start nodes of each, over meanings and over maps."""
        places, meanings, log_weight = _beginnings(family)
        walk, start, map_ = np.indices((n_walks, len(places), n_maps)).reshape(3, -1)
        of_each = meanings[start], map_, places[start], log_weight[start]
        return cls(first_walk, walk, walk * len(places) + start, *of_each)

    def move(self, family: WorldFamily, actions: Ints) -> None:
        """Take the actions (B,); who cannot is ruled out."""
        union = family.union
        self._keep(union.available.ravel().take(self._taken(family, actions)) == 1)
        self.place = union.arrival.ravel().take(self._taken(family, actions))

    def _taken(self, family: WorldFamily, actions: Ints) -> Ints:
        """(H,), which entry of a table (R, A) each takes."""
        moves = actions.take(self.walk)
        if len(family.meanings) > 1:
            moves = family.meanings[self.meaning, moves]
        return self.place * family.n_actions + moves

    def weigh(self, likelihood: Floats) -> None:
        """Multiply the weights by likelihoods (H,); who has none is ruled out."""
        possible = likelihood > 0
        self._keep(possible)
        self.log_weight += np.log(likelihood[possible])

    def weights(self) -> Floats:
        """(H,), relative to the best hypothesis of the walk.

        They are kept as logarithms, since one that is too small to count now may yet be the only one left, and relative
        to the best, where logarithms are exact enough to tell a tie.
        """
        first_of_walk = np.flatnonzero(np.diff(self.walk, prepend=NEVER))
        self.log_weight -= np.maximum.reduceat(self.log_weight, first_of_walk).take(self.walk)
        return np.exp(self.log_weight)

    def _keep(self, possible: Mask) -> None:
        if possible.all():
            return
        lost = np.setdiff1d(self.walk, self.walk[possible])
        if len(lost):
            number = self.first_walk + lost[0]
            raise ValueError(f"Walk {number} is impossible in its family: no graph, start node and map explain it.")
        self.walk, self.start, self.map = self.walk[possible], self.start[possible], self.map[possible]
        self.meaning = self.meaning[possible]
        self.place, self.log_weight = self.place[possible], self.log_weight[possible]


def _beginnings(family: WorldFamily) -> tuple[Ints, Ints, Floats]:
    """Where walks may start and what actions may mean there: places, rows of `meanings`, log probabilities."""
    parts = []
    for graph, first in zip(family.graphs, family.union.first_place, strict=True):
        meanings = _different_meanings(family, graph)
        start, meaning = (part.ravel() for part in np.meshgrid(graph.start_nodes, meanings, indexing="ij"))
        parts.append((first + start, meaning, np.full(len(start), -np.log(len(start)))))
    places, meanings, log_weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    return places, meanings, log_weight


def _different_meanings(family: WorldFamily, graph: Graph) -> Ints:
    """The rows of `meanings` that predict differently; maps that are known by heart have no symmetry."""
    if not family.conditions.shuffle_actions or family.maps is not None:
        return np.arange(len(family.meanings))
    return one_of_each_class(family.meanings, symmetries(graph))


class _Memory:
    """What was seen at every appearance, on the trajectory that each start would have led to."""

    def __init__(self, family: WorldFamily, maps: Ints | None, observations: Ints, n_starts: int) -> None:
        self.family = family
        self.maps = maps
        self.observations = observations
        self.last_visit = np.full((n_starts, _n_appearances(family)), NEVER, dtype=np.int32)

    def recall(self, hypotheses: _Hypotheses, t: int) -> tuple[Ints, Floats]:
        """What each hypothesis (H,) expects to see at step t, and with what probability it is that and not a new draw.

        Where nothing is known the symbol means nothing, and its probability is 0.
        """
        appearance = self.family.union.appearance.take(hypotheses.place)
        last_visit = self.last_visit[hypotheses.start, appearance]
        visited = last_visit != NEVER
        symbol = self.observations[hypotheses.walk, last_visit]
        if self.maps is None:
            trust = visited.astype(np.float64)
        else:
            symbol = np.where(visited, symbol, self.maps[hypotheses.map, appearance])
            trust = np.ones(len(symbol))
        change = self.family.remap_after
        if change is not None and t >= change:
            trust[last_visit < change] *= 1 - self.family.remap_share
        return symbol, trust

    def note(self, hypotheses: _Hypotheses, is_lit: Mask, t: int) -> None:
        """Remember that every hypothesis is at its place at step t, where it is light."""
        start, place = hypotheses.start, hypotheses.place
        if not is_lit.all():
            start, place = start[is_lit], place[is_lit]
        self.last_visit[start, self.family.union.appearance.take(place)] = t


def _rarity(family: WorldFamily) -> Floats:
    """(K,), one in how many new places shows each symbol."""
    rarity = np.full(family.n_observations, float(family.n_observations))
    share = family.conditions.bare_share
    if share:
        rarity[:] = family.n_answers / (1 - share)
        rarity[family.bare_symbol] = 1 / share
    return rarity


def _n_appearances(family: WorldFamily) -> int:
    return max(graph.n_appearances for graph in family.graphs)
