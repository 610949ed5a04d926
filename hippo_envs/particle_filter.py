"""The ceiling where steps slip: a particle filter, since paths are too many to list.

A particle is a path: the place where it now is, on familiar maps which map, and what was seen at every place of it.
Given a path, what the symbols are is known in closed form, so that only paths are sampled (Rao-Blackwellisation). At
each step every particle has one child for each node that the heard move may lead to. Of all children as many stay as
there are particles: those of a large weight for certain, the rest by chance, with weights that leave every expectation
as it is. As long as there are no more children than particles, nothing is sampled and the filter is exact. Where all
paths that are kept turn out impossible the walk is filtered again with more of them: a path that was sampled out cannot
come back.

Source: Fearnhead and Clifford (2003), "On-line inference for hidden Markov models via particle filters", Journal of the
Royal Statistical Society B 65.
"""

from dataclasses import dataclass

import numpy as np

from hippo_envs.arrays import Answers, Floats, Ints, Mask
from hippo_envs.walking.first_visits import NEVER
from hippo_envs.walks import Walks
from hippo_envs.worlds import WorldFamily

N_PARTICLES = 1_000
TIMES_AS_MANY, MOST_PARTICLES = 8, 1_000_000  # where no path is left: one in 12 walks of 256 steps with slips of .1
TIE = 1e-9  # probabilities that differ by less, relative to the largest, are the same but for rounding


def particle_filter(walks: Walks, n_particles: int = N_PARTICLES, seed: int = 0, look: bool = True) -> Answers:
    """What an agent answers that knows the family, with paths sampled: a ceiling but for its Monte-Carlo error.

    Says the most probable symbol (of several the one with the lowest number) at every step but the first; a step at
    which all are equally probable is not known. Walk i is filtered with the random numbers of `[seed, i]`.

    Args:
        walks: of a family where steps slip, and mean what they say.
        n_particles: how many paths are kept at each step; 8 times as many for a walk that none of them explains.
        seed: of the sampling; how much the accuracy differs between seeds is the Monte-Carlo error.
        look: whether to weigh paths by what is seen, and not by actions alone.

    Returns:
        (B, T) each.

    Raises:
        ValueError: where actions are shuffled too, for which no ceiling is computed; if a walk is impossible, or
            none of as many paths as are tried at most (a million, or the last eightfold below) explains it.
    """
    family = walks.worlds.family
    if family.conditions.shuffle_actions:
        raise ValueError("Where steps slip and actions are shuffled no ceiling is computed: leave out one of both.")
    transitions = _Transitions.of(family)
    of_each = [_filter_one(walks, world, transitions, n_particles, seed, look) for world in range(len(walks.nodes))]
    correct, known = (np.stack(part) for part in zip(*of_each, strict=True))
    return Answers(correct & known, known)


@dataclass(frozen=True, eq=False)
class _Transitions:
    """Where actions lead, (R, A, C): places, and how probable each is; 0 for no place and after impossible actions."""

    places: Ints
    probabilities: Floats

    @classmethod
    def of(cls, family: WorldFamily) -> "_Transitions":
        union, slip = family.union, family.conditions.slip
        stays = union.arrival == np.arange(union.n_places)[:, None]
        others = family.slip_table.n_others  # (R, A)
        # Of each place (R), its actions (A) as they are heard and the actions (B) that may happen.
        leads_elsewhere = union.arrival[:, :, None] != union.arrival[:, None, :]
        may_happen = leads_elsewhere & ((union.available == 1) & ~stays)[:, None, :] & (others > 0)[:, :, None]
        slips = np.where(may_happen, slip / np.maximum(others, 1)[:, :, None], 0.0)
        open_ = union.available.astype(np.float64)
        keeps = np.where(others > 0, 1 - slip, 1.0) * open_
        every = np.broadcast_to(union.arrival[:, None, :], slips.shape)
        return cls(
            np.concatenate([union.arrival[:, :, None], every], axis=2),
            np.concatenate([keeps[:, :, None], slips * open_[:, :, None]], axis=2),
        )


def _filter_one(
    walks: Walks, world: int, transitions: _Transitions, n_particles: int, seed: int, look: bool
) -> tuple[Mask, Mask]:
    """(T,) each, of one walk, with as many particles as it takes."""
    while True:
        rng = np.random.default_rng([seed, world])
        try:
            return _filter_with(walks, world, transitions, n_particles, rng, look)
        except _NoPathLeftError as error:
            if not error.sampled:
                raise ValueError(f"Walk {world} is impossible in its family: no path explains it.") from None
            if n_particles * TIMES_AS_MANY > MOST_PARTICLES:
                raise ValueError(f"Walk {world}: not one of {n_particles:,} sampled paths explains it.") from None
            n_particles *= TIMES_AS_MANY


class _NoPathLeftError(Exception):
    """No path that is kept explains the walk; `sampled` says whether others were left out before."""

    def __init__(self, sampled: bool) -> None:
        self.sampled = sampled


def _filter_with(
    walks: Walks, world: int, transitions: _Transitions, n_particles: int, rng: np.random.Generator, look: bool
) -> tuple[Mask, Mask]:
    family, observations, actions = walks.worlds.family, walks.observations[world], walks.actions[world]
    first_answer = family.n_observations - family.n_answers
    correct, known = np.zeros((2, len(observations)), dtype=bool)
    paths = _Paths.prior(family, observations)
    for t, observation in enumerate(observations):
        if t:
            paths.walk_on(transitions, actions[t - 1])
            if not len(paths.place):
                raise _NoPathLeftError(paths.sampled)
        symbol, trust = paths.recall(t)
        if t:
            mass = np.bincount(symbol, paths.weight * trust, family.n_observations)[first_answer:]
            is_best = mass >= mass.max() * (1 - TIE)
            correct[t] = first_answer + is_best.argmax() == observation
            known[t] = not is_best.all()
        is_lit = not walks.dark[world, t]
        if look and is_lit:
            paths.weigh(trust * (symbol == observation) + (1 - trust) * paths.shares[observation])
        if not paths.weight.sum() > 0:
            raise _NoPathLeftError(paths.sampled)
        paths.thin_out(n_particles, rng)
        paths.note(t if is_lit else NEVER)
    return correct, known


class _Paths:
    """Weighted paths of one walk; every array is (paths, ...)."""

    def __init__(self, family: WorldFamily, observations: Ints, place: Ints, map_: Ints, weight: Floats) -> None:
        self.family, self.observations = family, observations
        self.place, self.map, self.weight = place, map_, weight / weight.sum()
        self.parent, self.sampled = np.arange(len(place)), False
        n_appearances = max(graph.n_appearances for graph in family.graphs)
        self.last_visit = np.full((len(place), n_appearances), NEVER, dtype=np.int32)
        self.shares = family.symbol_shares

    @classmethod
    def prior(cls, family: WorldFamily, observations: Ints) -> "_Paths":
        """Uniform over graphs, over the start nodes of each, and over maps."""
        starts = [first + g.start_nodes for g, first in zip(family.graphs, family.union.first_place, strict=True)]
        places, weight = np.concatenate(starts), np.concatenate([np.full(len(s), 1 / len(s)) for s in starts])
        n_maps = 1 if family.maps is None else len(family.maps)
        map_ = np.tile(np.arange(n_maps), len(places))
        return cls(family, observations, places.repeat(n_maps), map_, weight.repeat(n_maps))

    def walk_on(self, transitions: _Transitions, action: int) -> None:
        """A child for each place that the action may lead to."""
        probabilities = transitions.probabilities[self.place, action]
        parent, way = probabilities.nonzero()
        self.weight = self.weight[parent] * probabilities[parent, way]
        self.place = transitions.places[self.place, action][parent, way]
        self.map, self.parent = self.map[parent], self.parent[parent]

    def recall(self, t: int) -> tuple[Ints, Floats]:
        """What each path expects to see at step t, and with what probability it is that and not a new draw."""
        appearance = self.family.union.appearance.take(self.place)
        last_visit = self.last_visit[self.parent, appearance]
        visited = last_visit != NEVER
        symbol = self.observations[last_visit]
        trust = visited.astype(np.float64)
        if self.family.maps is not None:
            symbol = np.where(visited, symbol, self.family.maps[self.map, appearance])
            trust = np.ones(len(symbol))
        change = self.family.remap_after
        if change is not None and t >= change:
            trust[last_visit < change] *= 1 - self.family.remap_share
        return symbol, trust

    def weigh(self, likelihood: Floats) -> None:
        self.weight = self.weight * likelihood

    def thin_out(self, n_most: int, rng: np.random.Generator) -> None:
        """Keep so many paths at most, those that are possible, with weights that sum to 1."""
        kept = self.weight.nonzero()[0]
        weight = self.weight[kept] / self.weight.sum()
        if len(kept) > n_most:
            self.sampled = True
            stay, weight = _resampled(weight, n_most, rng)
            kept = kept[stay]
        self.place, self.map, self.weight = self.place[kept], self.map[kept], weight / weight.sum()
        self.last_visit, self.parent = self.last_visit[self.parent[kept]], np.arange(len(kept))

    def note(self, t: int) -> None:
        """Remember that every path is at its place at step t; nothing if it is `NEVER`."""
        if t != NEVER:
            self.last_visit[np.arange(len(self.place)), self.family.union.appearance.take(self.place)] = t


def _resampled(weight: Floats, n: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Which n of more paths stay, and with what weights: large ones as they are, of the others some, all alike.

    `level` is the weight at which expected numbers, min(weight / level, 1), sum to n.
    """
    largest_first = np.sort(weight)[::-1]
    rest = largest_first[::-1].cumsum()[::-1]  # the sum from each on
    n_large = int((largest_first[:n] * (n - np.arange(n)) > rest[:n]).sum())
    level = rest[n_large] / (n - n_large)
    large = np.flatnonzero(weight > level)
    small = np.flatnonzero(weight <= level)
    ladder = weight[small].cumsum()
    rungs = (np.arange(n - len(large)) + rng.random()) * level
    chosen = small[ladder.searchsorted(rungs, side="right").clip(max=len(small) - 1)]
    return np.concatenate([large, chosen]), np.concatenate([weight[large], np.full(len(chosen), level)])
