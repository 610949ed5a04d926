"""Periodicity of rate maps: autocorrelograms, grid scores of hexagonal and square lattices, band scores.

Nodes may lie on any two-dimensional lattice (square or triangular); unvisited nodes and lattice points without a node
are left out, never counted as 0.
"""

from typing import NamedTuple

import numpy as np

from benchmarks.evaluation.measurements.representations import correlations
from hippo_envs.arrays import Floats
from hippo_envs.envs.hexagonal import BASIS as TRIANGULAR

SQUARE = np.eye(2)
SMALLEST_OVERLAP = 20  # nodes
SMALLEST_RING = 36  # values of an autocorrelogram
CENTRAL_PEAK, SMALLEST_OUTER_RADIUS = 1.5, 4.0  # steps


class Autocorrelograms(NamedTuple):
    """Correlation of maps with themselves, for every shift by whole lattice steps; NaN where too few nodes overlap."""

    values: Floats  # (N, 2 h - 1, 2 w - 1), the shift of 0 in the middle
    basis: Floats  # (2, 2), rows: where one lattice step leads in the plane

    @property
    def shifts(self) -> Floats:
        """The displacement (2 h - 1, 2 w - 1, 2) in the plane that each value is about."""
        half = (np.array(self.values.shape[1:]) - 1) // 2
        steps = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in half), indexing="ij"), axis=-1)
        return steps @ self.basis


def autocorrelograms(
    maps: Floats, positions: Floats, basis: Floats = SQUARE, smallest_overlap: int = SMALLEST_OVERLAP
) -> Autocorrelograms:
    """Pearson correlation of each map with its shifted self, over the nodes that overlap and were visited.

    Sargolini et al. (2006), Science 312, supplement: [n sum ab - sum a sum b] / sqrt([n sum a^2 - (sum a)^2] [...]).

    Args:
        maps: (N, n_nodes); the same nodes unvisited (NaN) in all.
        positions: (n_nodes, 2), on the lattice of `basis`.
        basis: (2, 2), its rows the two lattice vectors.
        smallest_overlap: fewer overlapping nodes than this give NaN.
    """
    images = lattice_images(maps, positions, basis)
    here = ~np.isnan(images.sum(axis=0))
    a = np.where(here, images, 0)
    a = np.where(here, a - a.sum(axis=(1, 2), keepdims=True) / here.sum(), 0)
    seen = here[None].astype(np.float64)
    n = _correlate(seen, seen).round()
    sum_a, sum_b = _correlate(a, seen), _correlate(seen, a)
    variance_a, variance_b = n * _correlate(a**2, seen) - sum_a**2, n * _correlate(seen, a**2) - sum_b**2
    varies = np.minimum(variance_a, variance_b) > 1e-9 * np.maximum(variance_a.max(axis=(1, 2), keepdims=True), 1e-300)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = (n * _correlate(a, a) - sum_a * sum_b) / np.sqrt(variance_a * variance_b)
    constant = ~(np.abs(a).max(axis=(1, 2), keepdims=True) > 1e-12)
    return Autocorrelograms(np.where((n >= smallest_overlap) & varies & ~constant, values, np.nan), basis)


def lattice_of(positions: Floats) -> Floats:
    """The basis of the lattice that positions are on: squares or triangles.

    Raises:
        ValueError: if they are on neither, all on one line, or two of them in one place (laps, trees).
    """
    none = "Periodicity is measured where every node has a place of its own on a plane lattice: "
    if np.linalg.matrix_rank(positions - positions[0], tol=1e-6) < 2:
        raise ValueError(f"{none}these are on one line.")
    if len(np.unique(positions.round(6), axis=0)) < len(positions):
        raise ValueError(f"{none}some of these share theirs.")
    for basis in (SQUARE, TRIANGULAR):
        coordinates = _lattice_coordinates(positions, basis)
        if np.abs(coordinates - coordinates.round()).max() < 1e-6:
            return basis
    raise ValueError(f"{none}these do not lie on a lattice of unit squares or triangles.")


def _lattice_coordinates(positions: Floats, basis: Floats) -> Floats:
    return (positions - positions[0]) @ np.linalg.inv(basis)


def lattice_images(maps: Floats, positions: Floats, basis: Floats) -> Floats:
    """Maps (N, n_nodes) by lattice coordinates (N, h, w); NaN where there is no node, or an unvisited one."""
    coordinates = _lattice_coordinates(positions, basis)
    whole = coordinates.round().astype(int)
    if np.abs(coordinates - whole).max() > 1e-6:
        raise ValueError(f"These positions are not on the lattice of {basis.tolist()}: give the basis of their graph.")
    whole -= whole.min(axis=0)
    images = np.full((len(maps), *(whole.max(axis=0) + 1)), np.nan)
    images[:, whole[:, 0], whole[:, 1]] = maps
    return images


def grid_scores(sacs: Autocorrelograms, fold: int = 60) -> Floats:
    """How much each map looks like a lattice: of triangles (`fold` 60) or of squares (`fold` 90), (N,).

    With c_x the correlation of the autocorrelogram with itself turned by x degrees, on an annulus around its centre:
    min(c_60, c_120) - max(c_30, c_90, c_150), or c_90 - (c_45 + c_135) / 2; the best over outer radii from 4 steps on.
    Sargolini et al. (2006); Langston et al. (2010), Science 328. NaN if no annulus has enough values.

    On small maps noise scores high (the 95th percentile of white noise on 11 x 11 is .45 and .71): compare with nulls.
    """
    if fold not in (60, 90):
        raise ValueError(f"fold is 60 (triangles) or 90 (squares), got {fold}.")
    angles = (30, 60, 90, 120, 150) if fold == 60 else (45, 90, 135)
    turned = {angle: _turned(sacs, angle) for angle in angles}
    distance = np.linalg.norm(sacs.shifts, axis=-1)
    best = np.full(len(sacs.values), np.nan)
    for outer in np.arange(SMALLEST_OUTER_RADIUS, distance.max() + 0.5, 0.5):
        ring = (distance > CENTRAL_PEAK) & (distance <= outer)
        c = {angle: _ring_correlations(sacs.values[:, ring], turned[angle][:, ring]) for angle in angles}
        if fold == 60:
            score = np.minimum(c[60], c[120]) - np.maximum.reduce([c[30], c[90], c[150]])
        else:
            score = c[90] - (c[45] + c[135]) / 2
        best = np.fmax(best, score)
    return best


def band_scores(maps: Floats, positions: Floats, shortest_wavelength: float = 1.4, n_angles: int = 36) -> Floats:
    """The share of each map's variance that one plane wave explains, with the best direction and wavelength, (N,).

    1 for a band cell, 1/2 for two crossing waves of equal strength (squares), 1/3 for three (triangles). Works for
    nodes anywhere in the plane. Krupic et al. (2012), Science 337, call cells with one wave band cells.

    Args:
        maps: (N, n_nodes); the same nodes unvisited (NaN) in all.
        positions: (n_nodes, 2).
        shortest_wavelength: in the unit of positions; no wave on a lattice of unit steps is shorter than chequers, of
            1.41 steps (1.5 on triangles): shorter ones look like longer ones.
        n_angles: directions tried, over half a turn.
    """
    visited = ~np.isnan(maps).any(axis=0)
    at, values = positions[visited], maps[:, visited]
    values = values - values.mean(axis=1, keepdims=True)
    extent = np.ptp(at, axis=0).max()
    frequencies = np.arange(0.5 / extent, 1 / shortest_wavelength + 1e-9, 0.25 / extent)
    angles = np.arange(n_angles) * np.pi / n_angles
    directions = np.stack([np.cos(angles), np.sin(angles)])
    phases = 2 * np.pi * np.multiply.outer(frequencies, at @ directions)  # (frequency, node, angle)
    waves = np.stack([np.cos(phases), np.sin(phases)], axis=-1).transpose(0, 2, 1, 3)
    waves = np.linalg.qr(waves - waves.mean(axis=2, keepdims=True))[0]
    explained = (np.einsum("un,fanw->ufaw", values, waves) ** 2).sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return explained.max(axis=(1, 2)) / (values**2).sum(axis=1)


def _correlate(a: Floats, b: Floats) -> Floats:
    """Sum of a(x + shift) b(x) for every shift, map by map; the shift of 0 in the middle."""
    from scipy.signal import fftconvolve  # late, for it takes a second

    return fftconvolve(a, b[:, ::-1, ::-1], mode="full", axes=(1, 2))


def _turned(sacs: Autocorrelograms, degrees: float) -> Floats:
    """The autocorrelograms turned about their centre, by linear interpolation on the lattice; NaN where unknown."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shape = np.array(sacs.values.shape[1:])
    at = sacs.shifts @ turn @ np.linalg.inv(sacs.basis) + (shape - 1) / 2
    corner = np.floor(at + 1e-9).astype(int)
    turned = np.zeros(sacs.values.shape)
    for step in ((0, 0), (0, 1), (1, 0), (1, 1)):
        there = corner + step
        weight = (1 - np.abs(at - there)).clip(0).prod(axis=-1)
        row, column = np.moveaxis(there.clip(0, shape - 1), -1, 0)
        needed = weight > 1e-6
        inside = (there == np.stack([row, column], axis=-1)).all(axis=-1)
        turned += np.where(needed, weight * np.where(inside, sacs.values[:, row, column], np.nan), 0)
    return turned


def _ring_correlations(one: Floats, other: Floats) -> Floats:
    """Pearson correlation (N,) of what both (N, values) have; NaN with too few values, or a constant."""
    both = ~(np.isnan(one) | np.isnan(other))
    enough = both.sum(axis=1) >= SMALLEST_RING
    return np.where(enough, correlations(one, other), np.nan)
