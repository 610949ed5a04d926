"""Nulls for grid scores and place scores: codes without spatial information, and the same code in rotated axes.

Another null of the suite, an untrained network, is an agent that was never updated: see `subject.py`.
"""

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Floats


def random_rotation(n_units: int, rng: np.random.Generator) -> Floats:
    """A uniformly random orthogonal matrix (N, N)."""
    square, triangle = np.linalg.qr(rng.standard_normal((n_units, n_units)))
    return square * np.sign(np.diag(triangle))


def rotated_maps(maps: Floats, n_modules: int, rng: np.random.Generator) -> Floats:
    """The maps (N, n_nodes) of the units of a code whose modules are each randomly rotated.

    A linear code e of modules with recurrences of their own predicts as e R does for rotations R within modules (the
    weights turn with it), so a measure that such a rotation changes is about the choice of axes and not about the code.
    One rotation over all units (`n_modules=1`) mixes the modules: units become sums of waves that modules hold apart,
    and score higher for grids. That is another code, not another view of this one.

    Args:
        maps: (N, n_nodes), the units of a module beside each other.
        n_modules: a divisor of N.
        rng: for the rotations.
    """
    modules = np.split(maps, n_modules)
    return np.concatenate([random_rotation(len(module), rng) @ module for module in modules])


def smooth_noise(maps: Floats, positions: Floats, neighbours: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    """For every map, Gaussian noise as smooth as it: with the same correlation between neighbouring nodes, expected.

    White noise seen through a Gaussian window over the positions. The noise for a map that is rougher than white noise
    (neighbours anticorrelated, as in a chequerboard) is white. Unvisited nodes (NaN) stay so.

    Args:
        maps: (N, n_nodes).
        positions: (n_nodes, 2).
        neighbours: (n_nodes, n_nodes), True where two nodes are next to each other.
        rng: for the noise.
    """
    return smooth_noises(maps, positions, neighbours, rng, 1)[0]


def smooth_noises(
    maps: Floats, positions: Floats, neighbours: NDArray[np.bool_], rng: np.random.Generator, n: int
) -> Floats:
    """`smooth_noise` n times over, (n, N, n_nodes)."""
    squared = ((positions[:, None] - positions[None, :]) ** 2).sum(axis=-1)
    noises = np.empty((n, *maps.shape))
    for unit, rates in enumerate(maps):
        window = _window(squared, _matching_width(squared, neighbours, _neighbour_correlation(rates, neighbours)))
        noises[:, unit] = [window @ rng.standard_normal(len(rates)) for _ in range(n)]
    return np.where(np.isnan(maps), np.nan, noises)


def shifted(nodes: NDArray[np.int64], least: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The nodes of a walk (T,) handed on in a circle, by `least` to T - `least` steps.

    Beside them activity keeps how it changes along the walk, and loses where. Nodes a few steps apart are neighbours,
    so a smaller shift would blur a map and not break it.

    Raises:
        ValueError: if the walk is too short to be shifted that far.
    """
    if len(nodes) < 2 * least:
        raise ValueError(
            f"Walks are shifted by at least {least} steps: give {2 * least} steps or more, not {len(nodes)}."
        )
    return np.roll(nodes, rng.integers(least, len(nodes) - least, endpoint=True))


def permuted_within(nodes: NDArray[np.int64], groups: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """The nodes (T,) of the steps of each group in random order; steps keep their groups (T,), any numbers."""
    permuted = np.empty_like(nodes)
    # Sorted by group, once in order and once at random within each: the steps of a group stand at the same places.
    permuted[np.argsort(groups, kind="stable")] = nodes[np.lexsort((rng.random(len(nodes)), groups))]
    return permuted


def _window(squared_distance: Floats, width: float) -> Floats:
    return np.exp(-squared_distance / (2 * width**2))


def _matching_width(squared_distance: Floats, neighbours: NDArray[np.bool_], target: float) -> float:
    """The width of the window whose noise has the target correlation between neighbours."""
    from scipy.optimize import brentq  # late, for it takes a second

    def excess(width: float) -> float:
        window = _window(squared_distance, width)
        covariance = window @ window.T
        scale = np.sqrt(np.diag(covariance))
        return float((covariance / np.outer(scale, scale))[neighbours].mean()) - target

    narrowest, widest = 0.1, 0.5 * np.sqrt(squared_distance.max())
    if excess(narrowest) >= 0:
        return narrowest
    if excess(widest) <= 0:
        return widest
    return float(brentq(excess, narrowest, widest, xtol=1e-3))  # pyright: ignore[reportArgumentType]


def _neighbour_correlation(rates: Floats, neighbours: NDArray[np.bool_]) -> float:
    """Correlation of a map with itself one node on."""
    first, second = np.nonzero(neighbours)
    both = ~np.isnan(rates[first] + rates[second])
    centred = rates - np.nanmean(rates)
    products = centred[first[both]] * centred[second[both]]
    variance = np.nanmean(centred**2)
    return float(products.mean() / variance) if variance > 0 else 0.0
