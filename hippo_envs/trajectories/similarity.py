"""Representational similarity: do two populations find the same places alike?

Kriegeskorte et al. (2008), Frontiers in Systems Neuroscience 2. The dissimilarity of two nodes is one minus the
correlation of the population's activity at them; two populations are similar as far as the ranks of these agree.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arguments import whole_number
from hippo_envs.arrays import Floats
from hippo_envs.trajectories.trajectory import Trajectory

FEWEST_NODES = 4


class Similarity(NamedTuple):
    """How similar two populations are, beside shuffles of one of them.

    `value` is the rank correlation of dissimilarities over pairs of nodes. Any two codes that change smoothly over
    space have some: `beyond_distance` is the partial rank correlation given how far apart the nodes are. Each p-value
    is the share of shuffles that reach it, where the population as it is counts as one of them.
    """

    value: float
    beyond_distance: float
    p_value: float
    p_value_beyond_distance: float
    null: Floats  # (n_shuffles,) of `value`
    null_beyond_distance: Floats
    n_nodes: int


def representational_similarity(
    trajectory: Trajectory,
    activity: NDArray[np.floating],
    cells: Floats,
    rng: np.random.Generator,
    n_shuffles: int = 200,
    least_shift: int = 20,
) -> Similarity:
    """Compare a model's units with recorded cells along the same path, node by node.

    The null shifts the recording against the path in a circle, by a random number of steps: cells keep how their
    activity changes in time, and lose where it was.

    Args:
        trajectory: of B walks of T steps.
        activity: (B, T, N), of the model's units, such as `agent(...).activity["position"]`.
        cells: (B, T, M), spikes or signals of each step, from `trajectory.spike_counts` or `.signal_sums`.
        rng: for the shuffles.
        n_shuffles: how many.
        least_shift: in steps.

    Raises:
        ValueError: if there are fewer than two units or cells, too few nodes that both have, or too few steps.
    """
    whole_number("n_shuffles", n_shuffles, at_least=1)
    if min(np.shape(activity)[-1], cells.shape[-1]) < 2:
        raise ValueError("Similarity is between populations: give at least two units and two cells.")
    seconds, n_steps = trajectory.seconds, trajectory.seconds.size
    if n_steps < 2 * least_shift:
        raise ValueError(f"Shuffles shift by {least_shift} steps at least: give twice as many, not {n_steps}.")
    units, nodes = trajectory.unit_maps(activity), trajectory.walks.nodes
    known = _visited(units) & _visited(trajectory.maps(cells, seconds))
    if known.sum() < FEWEST_NODES:
        raise ValueError(f"Similarity takes {FEWEST_NODES} nodes with activity of both, got {known.sum()}.")
    model, distance = dissimilarities(units), _distances(trajectory.lattice.graph.positions)
    shifts = [0, *rng.integers(least_shift, n_steps - least_shift, n_shuffles, endpoint=True)]
    found = []
    for shift in shifts:
        shifted = np.roll(nodes.ravel(), shift).reshape(nodes.shape)
        found.append(_agreement(model, trajectory.maps(cells, seconds, shifted), distance, known))
    value, beyond = np.array(found).T
    p_value, p_beyond = (float(np.mean(numbers >= numbers[0])) for numbers in (value, beyond))
    return Similarity(
        float(value[0]), float(beyond[0]), p_value, p_beyond, value[1:], beyond[1:], n_nodes=int(known.sum())
    )


def dissimilarities(maps: Floats) -> Floats:
    """(n_nodes, n_nodes), one minus the correlation of the units (N, n_nodes) at two nodes; NaN at nodes without.

    Every unit is brought to mean 0 and variance 1 over nodes first, so that those of high rates do not decide.
    """
    known = _visited(maps)
    spread = np.nanstd(maps, axis=1, keepdims=True)
    z = (maps - np.nanmean(maps, axis=1, keepdims=True)) / np.where(spread > 0, spread, np.inf)
    z = z - z.mean(axis=0)
    size = np.linalg.norm(z, axis=0)
    z = np.where(known & (size > 0), z / np.where(size > 0, size, 1), np.nan)
    return 1 - z.T @ z


def _agreement(model: Floats, maps: Floats, distance: Floats, known: NDArray[np.bool_]) -> tuple[float, float]:
    """The rank correlation over pairs of nodes, and the partial one given their distance."""
    recorded = dissimilarities(np.where(known, maps, np.nan))
    pairs = np.triu(np.isfinite(model) & np.isfinite(recorded), k=1)
    a, b, d = (_ranks(each[pairs]) for each in (model, recorded, distance))
    ab, ad, bd = _correlation(a, b), _correlation(a, d), _correlation(b, d)
    return ab, float((ab - ad * bd) / np.sqrt((1 - ad**2) * (1 - bd**2)))


def _ranks(values: Floats) -> Floats:
    """Ranks about their mean; equal values share theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (counts.cumsum() - (counts - 1) / 2)[which]
    return ranks - ranks.mean()


def _correlation(a: Floats, b: Floats) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def _distances(positions: Floats) -> Floats:
    return np.linalg.norm(positions[:, None] - positions[None], axis=-1)


def _visited(maps: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(maps).all(axis=0))
