"""Grid scores and band scores of the position code's units, beside nulls."""

from typing import Any

import numpy as np

from benchmarks.evaluation.measurements.grid_scores import autocorrelograms, band_scores, grid_scores, lattice_of
from benchmarks.evaluation.measurements.nulls import rotated_maps, smooth_noise
from benchmarks.evaluation.measurements.representations import neighbours_of, rate_maps
from benchmarks.evaluation.measurements.subject import (
    Floats,
    Subject,
    as_lists,
    distribution,
    largest_world,
    median,
    rounded,
)

N_KEPT_MAPS = 12
CONVENTIONAL = 0.3  # Whittington et al. (2022), figure 9: units with a grid score of .3 to .5 are counted as grid cells


def position_tuning(subject: Subject) -> dict[str, Any]:
    """Periodicity of the position units' rate maps in the largest held-out world, beside nulls.

    The 60- and 90-degree grid scores and the band score of every unit, of the trained code, of the untrained network,
    of the trained code randomly rotated within its modules (`_rotated`, which its predictions cannot tell) and over all
    units (`_mixed`, another code), and of noise as smooth as each map: medians over units, the share of units (of those
    with a score) above .3, and `score_distributions`, all scores in order; and twelve of the maps, evenly
    spread over the layer. The network is the unit of inference: one number a run.

    Raises:
        ValueError: if the nodes are on no lattice in the plane (a tree, a line, laps), so that maps cannot be shifted
            and turned; if the agent has no activity called "position".
    """
    world = largest_world(subject.walks)
    graph = subject.walks.worlds.graph(world)
    lattice_of(graph.positions)  # refuse before the agent has walked
    rng = np.random.default_rng(subject.seed)
    trained, untrained = (
        rate_maps(subject.activities(agent, ("position",), [world])[0]["position"], subject.nodes(world), graph.n_nodes)
        for agent in subject.both.values()
    )
    codes = {
        "": trained,
        "_untrained": untrained,
        "_rotated": rotated_maps(trained, subject.n_modules, rng),
        "_mixed": rotated_maps(trained, 1, rng),
        "_noise": smooth_noise(trained, graph.positions, neighbours_of(graph), rng),
    }
    numbers: dict[str, float | None] = {}
    distributions: dict[str, list[float]] = {}
    for null, maps in codes.items():
        for name, scores in periodicity(maps, graph.positions).items():
            numbers |= {f"{name}{null}": median(scores), f"{name}_share{null}": share_above(scores)}
            distributions[f"{name}{null}"] = distribution(scores)
    kept = np.linspace(0, len(trained) - 1, N_KEPT_MAPS).astype(int)
    return {
        **numbers,
        "score_distributions": distributions,
        "rate_maps": {"world": world, "units": kept.tolist(), "maps": as_lists(trained[kept])},
    }


def periodicity(maps: Floats, positions: Floats) -> dict[str, Floats]:
    """Grid scores and band score of every unit (N,) each."""
    sacs = autocorrelograms(maps, positions, lattice_of(positions))
    return {
        "grid_score_60": grid_scores(sacs, 60),
        "grid_score_90": grid_scores(sacs, 90),
        "band_score": band_scores(maps, positions),
    }


def share_above(scores: Floats, threshold: float = CONVENTIONAL) -> float | None:
    """The share of the units with a score whose score is above the threshold; None if none has one."""
    known = scores[~np.isnan(scores)]
    return rounded(float((known > threshold).mean())) if len(known) else None
