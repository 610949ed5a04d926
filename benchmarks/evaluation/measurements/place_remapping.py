"""Where place cells remap to: to places where the same grid cells fire, or anywhere?

Whittington et al. (2020), Cell 183, figure 6, found in rats and mice that place cells "retain their relationship with
the entorhinal grid": gridAtPlace r = .322 (115 pairs of a place and a grid cell; data of Barry et al., 2012) and
r = .273 (64 pairs; Chen et al., 2018), and r = .31 in TEM, whose hippocampal cells are conjunctions of g and x.

In TEM-t memory neurons are no conjunctions; Whittington, Warren and Behrens (2022), section 6, offer another reason:
"Should the feature neurons exist in hippocampus (Figure 5F) then there will be hippocampal spatial cells g~ that
maintain their relationship to grid cells across different environment (as they are inherited from g via a projection
g~ = g W_g). Thus across the population of hippocampal cells, there will be those that maintain their relationship to
grid cells (e.g. g~) and those that don't (e.g. memory neurons and x~) but the population effect will exist, just like
what is experimentally observed". They give no number; that of a population depends on how many cells of
each kind it has.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.base import Agent
from benchmarks.evaluation.measurements.memory_neurons import early_slots, memory_maps, peaks
from benchmarks.evaluation.measurements.relations import Against, grid_at_place, inside
from benchmarks.evaluation.measurements.representations import rate_maps
from benchmarks.evaluation.measurements.subject import Subject, mean, worlds_of_one_shape
from hippo_envs.arrays import Floats

N_WORLDS = 4  # six pairs of them
CELLS_OF_A_KIND = 64
# Every walk starts a few actions from one code, so its first memories have like codes by that alone.
SETTLED = 32
FEATURES = {"g": "key", "x": "value"}  # which activity of the agent are the feature neurons g~ and x~


class Cells(NamedTuple):
    """The position code in one world, and where each place cell of each kind fires most."""

    position: Floats  # (N, n_nodes)
    peaks: Mapping[str, NDArray[np.int64]]  # (P,) nodes; -1 for a cell that is silent


def place_remapping(subject: Subject) -> dict[str, Any]:
    """The gridAtPlace correlation (`relations.grid_at_place`) of each kind of place cell, means over pairs of worlds.

    Grid cells are all position units, so that a rotation of a linear code changes nothing. Place cells that peak at the
    border in either world are left out, as in the paper. Up to 64 cells of each kind:

    - `grid_at_place_memory`: memory neurons, the same one in two worlds being that of the same step, from step 33 on;
      `grid_at_place_first_memories`: those of the first 32 steps;
    - `grid_at_place_g`, `grid_at_place_x`: feature neurons g~ (a projection of the position code) and x~ (one of the
      symbol seen there);
    - `grid_at_place_population`: memory neurons, g~ and x~ together, as many of each: beside .322 and .273 in animals.

    Names of the untrained agent's numbers end in `_untrained`; `_chance` is the 95th percentile when peaks are permuted
    among the cells of a kind, of one pair of worlds.

    Raises:
        ValueError: if no two walks share their graph, or the agent has no activities called "position", "memory", "key"
            and "value".
    """
    worlds = worlds_of_one_shape(subject.walks, N_WORLDS)
    away_from_border = inside(subject.walks.worlds.graph(worlds[0]))
    numbers: dict[str, float | None] = {}
    for name, agent in subject.both.items():
        rng = np.random.default_rng(subject.seed)
        pairs = list(combinations(_cells(subject, agent, worlds), 2))
        for kind in pairs[0][0].peaks:
            found = [_kept(a, b, kind, away_from_border, rng) for a, b in pairs]
            numbers[f"grid_at_place_{kind}{name}"] = mean([one.value for one in found])
            numbers[f"grid_at_place_{kind}_chance{name}"] = mean([one.chance for one in found])
    return numbers


def _cells(subject: Subject, agent: Agent[Any], worlds: Sequence[int]) -> list[Cells]:
    found = []
    names = ("position", "memory", *FEATURES.values())
    for world, activity in zip(worlds, subject.activities(agent, names, worlds), strict=True):
        nodes, n_nodes = subject.nodes(world), subject.walks.worlds.graph(world).n_nodes
        slots = early_slots(len(nodes))
        settled = slots[slots >= SETTLED]
        some = settled[np.linspace(0, len(settled) - 1, min(CELLS_OF_A_KIND, len(settled))).astype(int)]
        kinds = {
            "memory": memory_maps(activity["memory"], nodes, n_nodes, some),
            "first_memories": memory_maps(activity["memory"], nodes, n_nodes, slots[slots < SETTLED]),
            **{kind: rate_maps(activity[of], nodes, n_nodes)[:CELLS_OF_A_KIND] for kind, of in FEATURES.items()},
        }
        at = {kind: _peaks_or_none(maps) for kind, maps in kinds.items()}
        at["population"] = np.concatenate([at[kind] for kind in ("memory", *FEATURES)])
        found.append(Cells(rate_maps(activity["position"], nodes, n_nodes), at))
    return found


def _kept(a: Cells, b: Cells, kind: str, away_from_border: NDArray[np.bool_], rng: np.random.Generator) -> Against:
    """The measure, of the place cells of a kind that fire in both worlds and away from the border."""
    at_a, at_b = a.peaks[kind], b.peaks[kind]
    counts = (at_a >= 0) & (at_b >= 0) & away_from_border[at_a] & away_from_border[at_b]
    return grid_at_place(a.position, b.position, at_a[counts], at_b[counts], rng)


def _peaks_or_none(maps: Floats) -> NDArray[np.int64]:
    return np.where(np.isnan(maps).all(axis=1), -1, peaks(maps))
