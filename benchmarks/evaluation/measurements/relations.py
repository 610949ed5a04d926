"""Relations between units that survive when all units remap between two worlds. Pure functions of arrays.

Maps `a` and `b` are of the same units in world A and in world B, (N, n_nodes); unvisited nodes are NaN.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.measurements.representations import neighbours_of
from hippo_envs import Graph
from hippo_envs.arrays import Floats

Ints = NDArray[np.int64]


CONSTANT = 1e-2  # of a map's size: one that varies less has no relations; see `plane_waves.CONSTANT`, its square


class Against(NamedTuple):
    """A correlation, beside what chance gives."""

    value: float
    chance: float  # the 95th percentile when identities are permuted


def relations(maps: Floats) -> Floats:
    """Correlation of every unit's map with every other's over the nodes that all have (N, N); NaN for constant maps.

    Their phase relations: two grid cells of one module correlate by how far apart their phases are.
    """
    visited = ~np.isnan(maps).any(axis=0)
    centred = maps[:, visited] - maps[:, visited].mean(axis=1, keepdims=True)
    sizes = np.linalg.norm(centred, axis=1, keepdims=True)
    varies = sizes > CONSTANT * np.linalg.norm(maps[:, visited], axis=1, keepdims=True)
    centred = np.divide(centred, sizes, out=np.full_like(centred, np.nan), where=varies)
    return centred @ centred.T


def relations_kept(
    a: Floats, b: Floats, pairs: NDArray[np.bool_], rng: np.random.Generator, n_permutations: int = 200
) -> Against:
    """How far relations between units in world A are those in world B: the correlation over pairs of units.

    Whittington et al. (2020), STAR Methods: "we calculated the grid cell by grid cell spatial correlation matrix in one
    environment, and correlated its upper triangle with that of the correlation matrix in the other environment". Chance
    is that of units whose identities in B are permuted (the test of Mantel).

    Args:
        a, b: relations (N, N), or any other symmetric matrix about pairs.
        pairs: (N, N), True for the pairs that count; of each pair one order is used.
        rng: for the permutations.
        n_permutations: how many.

    Returns:
        NaN twice, if fewer than three pairs have a relation in both.
    """
    known = np.triu(pairs | pairs.T, k=1) & ~np.isnan(a) & ~np.isnan(b)
    first, second = np.nonzero(known)
    if len(first) < 3:
        return Against(np.nan, np.nan)
    units = np.unique(np.concatenate([first, second]))
    chances = []
    for _ in range(n_permutations):
        other = np.arange(len(a))
        other[units] = rng.permutation(units)
        chances.append(_correlation(a[first, second], b[other[first], other[second]]))
    return Against(_correlation(a[first, second], b[first, second]), _high(chances))


def positions_kept(a: Ints, b: Ints, positions: Floats) -> Against:
    """Does where a neuron fires in A say where it fires in B? The correlation of coordinates, mean over the two axes.

    Chance is that of the neurons of B handed on in a circle, by every number of places: neurons that were made one
    after the other lie near each other in both worlds, and permuting them freely would forget that.

    Args:
        a, b: (N,) each neuron's peak, a node.
        positions: (n_nodes, 2).
    """
    at_a, at_b = positions[a], positions[b]

    def along_axes(handed_on: Floats) -> float:
        return float(np.mean([_correlation(at_a[:, axis], handed_on[:, axis]) for axis in (0, 1)]))

    chances = [along_axes(np.roll(at_b, shift, axis=0)) for shift in range(1, len(b))]
    return Against(along_axes(at_b), _high(chances))


def distances(peaks: Ints, positions: Floats) -> Floats:
    """Between the peaks of every two neurons (N, N), in steps as the crow flies."""
    return np.linalg.norm(positions[peaks][:, None] - positions[peaks][None], axis=2)


def grid_at_place(
    a: Floats, b: Floats, peaks_a: Ints, peaks_b: Ints, rng: np.random.Generator, n_permutations: int = 500
) -> Against:
    """Do grid cells fire alike where a place cell peaks in A and where it peaks in B? Their gridAtPlace correlation.

    Whittington et al. (2020), Cell 183, STAR Methods: "We take a place cell and look at its peak in both environments,
    which we call P1 and P2. We then take a grid cell, and look at its firing rate at P1 in env1 - we call this X. We
    look at its firing rate in env2, we call that Y. [...] We loop through all the grid cells and place cells [...] and
    find the correlation coefficient". So r = corr over pairs (p, u) of X_pu = e^A_u(P1_p) and Y_pu = e^B_u(P2_p).

    Here every unit's mean over place cells is taken off first, in each world. Otherwise units of different mean rates
    correlate whatever place cells do; and what is left does not change when a linear code is rotated. Chance permutes
    the peaks of B among place cells (theirs: "permuting the place cell peak", to another cell's); with means taken off
    it is 0 on average.

    Args:
        a, b: (N, n_nodes) maps of the grid cells, or of any code of position.
        peaks_a, peaks_b: (P,) nodes where each place cell fires most, in each world.
        rng: for the permutations.
        n_permutations: how many.

    Returns:
        NaN twice, with fewer than three place cells or a code that is constant at their peaks.
    """
    x, y = a[:, peaks_a].T, b[:, peaks_b].T
    known = ~(np.isnan(x).any(axis=1) | np.isnan(y).any(axis=1))
    if known.sum() < 3:
        return Against(np.nan, np.nan)
    x, y = (values[known] - values[known].mean(axis=0) for values in (x, y))
    size = np.linalg.norm(x) * np.linalg.norm(y)
    if not size > 0:
        return Against(np.nan, np.nan)
    products, cells = x @ y.T / size, np.arange(len(x))
    chances = [products[cells, rng.permutation(cells)].sum() for _ in range(n_permutations)]
    return Against(float(np.trace(products)), _high(chances))


def inside(graph: Graph) -> NDArray[np.bool_]:
    """Nodes away from the border (n_nodes,): those with as many neighbours as any; all of them on a torus."""
    n_neighbours = neighbours_of(graph).sum(axis=1)
    return n_neighbours == n_neighbours.max()


def _high(chances: list[float]) -> float:
    """The 95th percentile of those that are known."""
    known = [chance for chance in chances if not np.isnan(chance)]
    return float(np.quantile(known, 0.95)) if known else np.nan


def _correlation(one: Floats, other: Floats) -> float:
    one, other = one - one.mean(), other - other.mean()
    size = np.linalg.norm(one) * np.linalg.norm(other)
    return float(one @ other / size) if size > 0 else np.nan
