"""Which units are grid cells, each beside noise as smooth as itself, and how many fields they have."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.measurements.grid_scores import autocorrelograms, grid_scores, lattice_of
from benchmarks.evaluation.measurements.nulls import smooth_noises
from benchmarks.evaluation.measurements.representations import fields, neighbours_of, rate_maps
from benchmarks.evaluation.measurements.subject import Subject, largest_world, median, rounded
from hippo_envs.arrays import Floats

N_NOISES, PERCENTILE = 20, 95
FIELD = 0.5  # of the way from a unit's lowest rate to its highest


def grid_units(subject: Subject) -> dict[str, Any]:
    """The share of position units that score above the 95th percentile of noise as smooth, and their fields.

    For each unit there are 20 maps of noise (`smooth_noises`), in the largest held-out world. `grid_units_60` and
    `grid_units_90` are shares of the units that have a score; chance gives .05. `grid_fields` is the median number of
    fields of a unit, which are connected nodes with a rate above half of its range. The names of the untrained
    network's numbers end in `_untrained`.

    Raises:
        ValueError: if the nodes are on no lattice in the plane, or the agent has no activity called "position".
    """
    world = largest_world(subject.walks)
    graph = subject.walks.worlds.graph(world)
    lattice_of(graph.positions)  # refuse before the agent has walked
    rng, nodes, near = np.random.default_rng(subject.seed), subject.nodes(world), neighbours_of(graph)
    numbers: dict[str, Any] = {}
    for name, agent in subject.both.items():
        (activity,) = subject.activities(agent, ("position",), [world])
        maps = rate_maps(activity["position"], nodes, graph.n_nodes)
        noises = smooth_noises(maps, graph.positions, near, rng, N_NOISES)
        for fold in (60, 90):
            numbers[f"grid_units_{fold}{name}"] = share_beyond(maps, noises, graph.positions, fold)
        numbers[f"grid_fields{name}"] = median(n_fields(maps, near))
    return numbers


def share_beyond(maps: Floats, noises: Floats, positions: Floats, fold: int) -> float | None:
    """The share of units whose grid score is above the 95th percentile of that unit's noises; None if none has one."""
    scores, *chance = (
        grid_scores(autocorrelograms(each, positions, lattice_of(positions)), fold) for each in (maps, *noises)
    )
    known = ~np.isnan(scores) & ~np.isnan(chance).all(axis=0)
    if not known.any():
        return None
    bars = np.nanpercentile(np.array(chance)[:, known], PERCENTILE, axis=0)
    return rounded(float((scores[known] > bars).mean()))


def n_fields(maps: Floats, neighbours: NDArray[np.bool_]) -> list[float]:
    """How many fields each unit (N, n_nodes) has: connected nodes above half of its range; NaN if it never varies."""
    above = maps - np.nanmin(maps, axis=1, keepdims=True)
    return [float(len(fields(rates, neighbours, FIELD))) if np.nanmax(rates) > 0 else np.nan for rates in above]
