"""Lap cells and splitter cells: units whose rate at one spot depends on what went before.

On a track a spot has several nodes, one for each kind of lap or run; they look alike, and the animal does the same
there. A unit whose activity still tells them apart holds what the observation does not: the lap (Sun et al. 2020) or
where the animal comes from and goes to (Wood et al. 2000, Frank et al. 2000). Wood et al. tested every cell by an
analysis of variance between kinds of laps; here the kinds are permuted among the visits to a spot instead, so that no
distribution is assumed.

The test is as weak as theirs. Visits are taken to be exchangeable, and activity that merely changes slowly passes it
more often than it should (.15 for noise with a memory of three steps); so does an echo of the spot before, wherever
that differs. What decides is therefore the untrained network, and how much of a unit's variance the kind explains.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.measurements.memory_neurons import early_slots
from benchmarks.evaluation.measurements.nulls import permuted_within
from benchmarks.evaluation.measurements.representations import rate_maps
from benchmarks.evaluation.measurements.subject import Subject, as_lists, distribution, mean, median
from hippo_envs.arrays import Floats

CODES = ("abstract", "grounded", "position", "memory")  # of those, an agent's own are measured
N_WORLDS = 4
N_PERMUTATIONS = 100
PERCENTILE = 95
N_KEPT_MAPS = 6
SILENT = 1e-12  # variance of a unit that does not fire


class Split(NamedTuple):
    """What is known of every unit (N,), NaN for silent ones."""

    spot: Floats
    """The share of its variance that lies between spots: how much of a place cell it is."""
    kind: Floats
    """The share of its variance that lies between the nodes of a spot: how much of a splitter cell."""
    chance: Floats
    """The 95th percentile of `kind` where kinds are permuted among the visits to a spot."""

    @property
    def is_splitter(self) -> Floats:
        """1 for a unit that tells the nodes of a spot apart beyond chance, else 0."""
        return np.where(np.isnan(self.kind), np.nan, self.kind > self.chance)


def splitter_cells(subject: Subject) -> dict[str, Any]:
    """How many units of each code tell apart what looks the same, in four held-out worlds, beside an untrained agent.

    Of the codes that the agent has (`abstract` and `grounded` of TEM, `position` and `memory` of TEM-t), over the steps
    after the first quarter of the walk; of memory neurons those that were made in that quarter.

    - `CODE_splitters`: the share of units beyond the 95th percentile of permuted kinds; .05 for white noise;
    - `CODE_split`: the median over units of the share of variance between the nodes of a spot;
    - `CODE_spot`: the median of the share between spots;
    - the same of the untrained agent, with `_untrained`;
    - `splitter_distributions`: all shares between the nodes of a spot, in order, by code;
    - `rate_maps`: maps over nodes of the six units of the last code that split most.

    Raises:
        ValueError: if no two nodes look alike, or the agent has none of these codes.
    """
    graph = subject.walks.worlds.graph(0)
    if graph.n_appearances == graph.n_nodes:
        raise ValueError("Splitter cells need worlds in which nodes look alike: here every node has its own symbol.")
    codes = subject.codes(CODES)
    numbers: dict[str, Any] = {}
    distributions: dict[str, list[float]] = {}
    kept: dict[str, Any] = {}
    for name, agent in subject.both.items():
        found = {code: [] for code in codes}
        for world, activity in enumerate(subject.activities(agent, codes, range(N_WORLDS))):
            rng = np.random.default_rng([subject.seed, world])
            nodes = subject.nodes(world)
            for code in codes:
                along, there = _late(activity[code], nodes, code)
                found[code].append(split(along, there, graph.appearance, rng))
                if world == 0 and not name:
                    kept = {"of": code, "world": 0, "maps": _most_split(along, there, graph.n_nodes, found[code][0])}
        for code in codes:
            spot, kind, chance = (np.concatenate(values) for values in zip(*found[code], strict=True))
            units = Split(spot, kind, chance)
            numbers |= {
                f"{code}_splitters{name}": mean(units.is_splitter),
                f"{code}_split{name}": median(units.kind),
                f"{code}_spot{name}": median(units.spot),
            }
            distributions[f"{code}{name}"] = distribution(units.kind)
    return {**numbers, "splitter_distributions": distributions, "rate_maps": kept}


def split(activity: Floats, nodes: NDArray[np.int64], spot_of: NDArray[np.int64], rng: np.random.Generator) -> Split:
    """Divide the variance of every unit.

    Args:
        activity: (T, N).
        nodes: (T,) the node of each step.
        spot_of: (n_nodes,) nodes with the same number are one spot, and look alike.
        rng: permutes.
    """
    spots = spot_of[nodes]
    centred = activity - activity.mean(axis=0)
    between_spots = _explained(centred, spots, len(spot_of))
    total = (centred**2).sum(axis=0)
    total[total < SILENT * len(activity)] = np.nan
    permuted = [_explained(centred, permuted_within(nodes, spots, rng), len(spot_of)) for _ in range(N_PERMUTATIONS)]
    chance = np.percentile(permuted, PERCENTILE, axis=0)
    kinds = (_explained(centred, nodes, len(spot_of)) - between_spots) / total
    return Split(between_spots / total, kinds, (chance - between_spots) / total)


def _explained(centred: Floats, groups: NDArray[np.int64], n_groups: int) -> Floats:
    """Sum of squares between groups of steps, for each unit; the activity (T, N) has mean 0."""
    members = np.zeros((n_groups, len(groups)))
    members[groups, np.arange(len(groups))] = 1
    sizes = members.sum(axis=1)
    sums = members[sizes > 0] @ centred
    return (sums**2 / sizes[sizes > 0, None]).sum(axis=0)


def _late(activity: Floats, nodes: NDArray[np.int64], code: str) -> tuple[Floats, NDArray[np.int64]]:
    """The steps after the first quarter; of memory neurons those that all these steps have."""
    slots = early_slots(len(nodes))
    units = 1 + slots if code == "memory" else slice(None)  # before the first memory there is an empty slot
    return activity[len(slots) :, units], nodes[len(slots) :]


def _most_split(activity: Floats, nodes: NDArray[np.int64], n_nodes: int, units: Split) -> list[Any]:
    """Maps of the units that split most."""
    most = np.argsort(-np.nan_to_num(units.kind, nan=-1), kind="stable")[:N_KEPT_MAPS]
    return as_lists(rate_maps(activity[:, most], nodes, n_nodes))
