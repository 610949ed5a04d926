"""Remapping: what position units and memory neurons keep between two worlds of one shape with different symbols.

Whittington, Warren and Behrens (2022), section 6, of memory neurons: they "remap randomly between environments i.e.
place cells being neighbours in one environment is not predictive of them being neighbours in another (unlike grid cells
which maintain their phase neighbours across environments)"; and of feature neurons g~ and x~: "across the population of
hippocampal cells, there will be those that maintain their relationship to grid cells (e.g. g~) and those that don't
(e.g. memory neurons and x~) but the population effect will exist, just like what is experimentally observed".

The same memory neuron in two worlds is the one that holds the memory of the same step of its walk: the only identity
there is, and not a neutral one. Memories made one after the other lie near each other in every world, and every walk
starts a few steps from one place of the position code, so the first memories have like codes. Both are reported apart.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from agents.base import Agent
from benchmarks.evaluation.measurements.memory_neurons import early_slots, memory_maps, peaks
from benchmarks.evaluation.measurements.relations import Against, distances, positions_kept, relations, relations_kept
from benchmarks.evaluation.measurements.representations import correlations, rate_maps
from benchmarks.evaluation.measurements.subject import Subject, mean, worlds_of_one_shape
from hippo_envs.arrays import Floats

N_WORLDS = 4  # six pairs of them
APART = 32  # steps between two memories that are no neighbours of each other for having been made together


class Maps(NamedTuple):
    """Rate maps of one agent in one world, (N, n_nodes) each."""

    position: Floats
    memory: Floats


def remapping(subject: Subject) -> dict[str, Any]:
    """Do maps move between worlds of one shape, and do relations between units stay? Means over pairs of worlds.

    Of position units and of memory neurons; names of the untrained agent's numbers end in `_untrained`. What ends in
    `_chance` is the 95th percentile under permuted identities, of one pair of worlds, so a mean over six that is beyond
    it is so all the more:

    - `position_same_map`: correlation of a unit's map in one world with its map in the other, mean over units;
    - `position_relations`: correlation over pairs of units of their maps' correlation in one world with that in the
      other: near 1 for grid cells that keep their phases, near 0 for cells that remap at random;
      `position_relations_within`, of pairs within a module only;
    - `memory_same_map`: as for position units; `memory_same_place`: correlation of where neurons peak;
    - `memory_relations`: as for position units, of neurons made at least 32 steps apart;
    - `memory_neighbours`: the same of the distances between peaks; `memory_neighbours_in_time`: of neurons made at most
      32 steps apart, which are neighbours in any world for that reason alone.

    Units that share their inputs correlate in any world, wherever they fire: an untrained ReLU code, which says next to
    nothing of place (`code_at_place`), keeps relations far beyond chance. The untrained network is the null here.

    Raises:
        ValueError: if no two walks share their graph, or the agent has no activities called "memory" and "position".
    """
    worlds = worlds_of_one_shape(subject.walks, N_WORLDS)
    positions = subject.walks.worlds.graph(worlds[0]).positions
    n_modules = subject.n_modules
    numbers: dict[str, float | None] = {}
    for name, agent in subject.both.items():
        rng = np.random.default_rng(subject.seed)
        pairs = [_compared(a, b, positions, n_modules, rng) for a, b in combinations(_maps(subject, agent, worlds), 2)]
        for measure in pairs[0]:
            found = [pair[measure] for pair in pairs]
            numbers[f"{measure}{name}"] = mean([one.value for one in found])
            if not all(np.isnan(one.chance) for one in found):
                numbers[f"{measure}_chance{name}"] = mean([one.chance for one in found])
    return numbers


def _maps(subject: Subject, agent: Agent[Any], worlds: Sequence[int]) -> list[Maps]:
    found = []
    for world, activity in zip(worlds, subject.activities(agent, ("position", "memory"), worlds), strict=True):
        nodes, n_nodes = subject.nodes(world), subject.walks.worlds.graph(world).n_nodes
        memory = memory_maps(activity["memory"], nodes, n_nodes, early_slots(len(nodes)))
        found.append(Maps(rate_maps(activity["position"], nodes, n_nodes), memory))
    return found


def _compared(a: Maps, b: Maps, positions: Floats, n_modules: int, rng: np.random.Generator) -> dict[str, Against]:
    """Every measure of `remapping`, of one pair of worlds."""
    n_units = len(a.position)
    module = np.arange(n_units) * n_modules // n_units
    of_units = relations(a.position), relations(b.position)
    all_pairs = np.ones((n_units, n_units), dtype=bool)
    fires = ~(np.isnan(a.memory).all(axis=1) | np.isnan(b.memory).all(axis=1))
    memory_a, memory_b = a.memory[fires], b.memory[fires]
    made = np.flatnonzero(fires)
    apart = np.abs(made[:, None] - made) >= APART
    of_neurons = relations(memory_a), relations(memory_b)
    at = peaks(memory_a), peaks(memory_b)
    between = distances(at[0], positions), distances(at[1], positions)
    return {
        "position_same_map": Against(_mean_correlation(a.position, b.position), np.nan),
        "position_relations": relations_kept(*of_units, all_pairs, rng),
        "position_relations_within": relations_kept(*of_units, module[:, None] == module, rng),
        "memory_same_map": Against(_mean_correlation(memory_a, memory_b), np.nan),
        "memory_same_place": positions_kept(*at, positions),
        "memory_relations": relations_kept(*of_neurons, apart, rng),
        "memory_neighbours": relations_kept(*between, apart, rng),
        "memory_neighbours_in_time": relations_kept(*between, ~apart, rng),
    }


def _mean_correlation(a: Floats, b: Floats) -> float:
    found = correlations(a, b)
    return float(np.nanmean(found)) if not np.isnan(found).all() else np.nan
