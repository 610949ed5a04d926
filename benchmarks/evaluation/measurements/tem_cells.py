"""TEM's three kinds of cells: what each responds to, and what it keeps in another world.

Whittington et al. (2020), Cell 183: lateral entorhinal cells are about the senses, medial ones about the place, and
hippocampal ones about both; from one world to another, medial cells keep their relations and hippocampal cells remap,
yet not at random: they move to places where the same medial cells fire (figures 5 and 6).
"""

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from agents.base import Agent
from agents.tem import TEM
from benchmarks.evaluation.answers import listening
from benchmarks.evaluation.measurements.memory_neurons import peaks
from benchmarks.evaluation.measurements.relations import Against, grid_at_place, relations, relations_kept
from benchmarks.evaluation.measurements.representations import correlations, rate_maps
from benchmarks.evaluation.measurements.spectra import share_at_place
from benchmarks.evaluation.measurements.subject import LONGEST, Subject, mean, worlds_of_one_shape
from hippo_envs.arrays import Floats

N_WORLDS = 4  # six pairs of them


class Cells(NamedTuple):
    """A TEM along the walk of one world: (T, N) of each kind, and what the walk is about, (T,)."""

    sensory: Floats
    abstract: Floats
    grounded: Floats
    nodes: NDArray[np.int64]
    symbols: NDArray[np.int64]


def tem_cells(subject: Subject) -> dict[str, Any]:
    """What the sensory code x~, abstract location g and grounded location p are about, in four worlds of one shape.

    Means over worlds, or over pairs of them; of the untrained agent too, with `_untrained`:

    - `KIND_at_symbol`, `KIND_at_place`: the share of the variance over steps that the symbol, and the node, explains
      (`spectra.share_at_place`). What a node explains beyond its symbol is place proper;
    - `KIND_same_map`: correlation of a unit's map in one world with its map in the other; `KIND_relations`: correlation
      over pairs of units of their maps' correlation in one world with that in the other, beside `_chance`, the 95th
      percentile under permuted identities. Of `abstract` and `grounded`;
    - `grid_at_place_grounded`: do the same abstract cells fire where a grounded cell peaks in one world and in the
      other? Beside `_chance`, as above.

    Raises:
        ValueError: if the agent is not a TEM, or no two walks share their graph.
    """
    worlds = worlds_of_one_shape(subject.walks, N_WORLDS)
    n_nodes = subject.walks.worlds.graph(worlds[0]).n_nodes
    numbers: dict[str, float | None] = {}
    for name, agent in subject.both.items():
        rng = np.random.default_rng(subject.seed)
        found = _cells(subject, agent, worlds)
        for kind in ("sensory", "abstract", "grounded"):
            for of, steps in {"symbol": "symbols", "place": "nodes"}.items():
                shares = [share_at_place(getattr(cells, kind), getattr(cells, steps)) for cells in found]
                numbers[f"{kind}_at_{of}{name}"] = mean(shares)
        pairs = [_compared(a, b, n_nodes, rng) for a, b in combinations(found, 2)]
        for measure in pairs[0]:
            against = [pair[measure] for pair in pairs]
            numbers[f"{measure}{name}"] = mean([one.value for one in against])
            if not all(np.isnan(one.chance) for one in against):
                numbers[f"{measure}_chance{name}"] = mean([one.chance for one in against])
    return numbers


def _cells(subject: Subject, agent: Agent[Any], worlds: list[int]) -> list[Cells]:
    if not isinstance(agent, TEM):
        raise ValueError(f"tem_cells measures a TEM, not a {type(agent).__name__}: leave it out.")
    symbols = subject.walks.heard[worlds, :LONGEST]
    with listening(agent):
        on_device = torch.from_numpy(symbols).to(subject.device)
        filtered = agent.filter(on_device, agent.initial_state(len(worlds)).filtered)
        sensory = agent.sense(filtered).double().numpy(force=True)
    activities = subject.activities(agent, ("abstract", "grounded"), worlds)
    return [
        Cells(sensory[i], activity["abstract"], activity["grounded"], subject.nodes(world), symbols[i])
        for i, (world, activity) in enumerate(zip(worlds, activities, strict=True))
    ]


def _compared(a: Cells, b: Cells, n_nodes: int, rng: np.random.Generator) -> dict[str, Against]:
    """Every measure of two worlds."""
    compared: dict[str, Against] = {}
    abstract = rate_maps(a.abstract, a.nodes, n_nodes), rate_maps(b.abstract, b.nodes, n_nodes)
    grounded = rate_maps(a.grounded, a.nodes, n_nodes), rate_maps(b.grounded, b.nodes, n_nodes)
    for kind, (in_a, in_b) in {"abstract": abstract, "grounded": grounded}.items():
        found = correlations(in_a, in_b)
        same_map = np.nan if np.isnan(found).all() else float(np.nanmean(found))
        all_pairs = np.ones((len(in_a), len(in_a)), dtype=bool)
        compared[f"{kind}_same_map"] = Against(same_map, np.nan)
        compared[f"{kind}_relations"] = relations_kept(relations(in_a), relations(in_b), all_pairs, rng)
    at_a, at_b = (peaks(of_world) for of_world in grounded)
    compared["grid_at_place_grounded"] = grid_at_place(*abstract, at_a, at_b, rng)
    return compared
