"""Plane waves in a code: which spatial frequencies it holds, independent of the choice of axes.

A linear code e and its rotation e R predict alike, so a unit's own map is a choice of axes. The power of the whole
code, summed over units, is not: a rotation leaves it as it is, and everything here is computed from it. Frequencies are
in cycles per step; the waves of f and of -f are one wave. On a lattice f and f plus a vector of the reciprocal lattice
give the same values at every node, so of those the shortest is reported.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Floats

OVERSAMPLING = 4  # frequencies tried per cycle across the world
N_ZOOMS, ZOOM, N_ZOOMED = 5, 4, 9
CONSTANT = 1e-4  # of a code's mean square; less variance over nodes than that is the settling of a walk's first steps
NEAR_SHIFTS = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)])
DEGENERATE = 1e-6  # a sine that is 0 at every node, as at half a cycle per step, is no direction of its own


class Waves(NamedTuple):
    """The plane waves of a code, the one that explains most first."""

    frequencies: Floats  # (n, 2), cycles per step
    shares: Floats  # (n,), of the code's variance over nodes, each beyond those before it

    @property
    def periods(self) -> Floats:
        """Steps from crest to crest (n,)."""
        return 1 / np.linalg.norm(self.frequencies, axis=1)

    @property
    def orientations(self) -> Floats:
        """Where each wave points, in degrees from east, [0, 180) (n,)."""
        east, north = self.frequencies.T
        return np.rad2deg(np.arctan2(north, east)) % 180

    def alternates(self, basis: Floats, tolerance: float = 0.02) -> NDArray[np.bool_]:
        """Which waves do no more than change their sign, or not, with a step along each vector of the lattice (n,)."""
        halves = 2 * self.frequencies @ basis.T
        return np.abs(halves - halves.round()).max(axis=1) <= 2 * tolerance

    @property
    def effective_number(self) -> float:
        """(sum s)^2 / sum s^2 of the shares s: how many equal waves would be as spread out; NaN without any."""
        return float(self.shares.sum() ** 2 / (self.shares**2).sum()) if len(self.shares) else np.nan

    @property
    def angle(self) -> float:
        """Between the two strongest waves, in degrees, [0, 90]: 60 in triangles, 90 in squares; NaN without two."""
        if len(self.shares) < 2:
            return np.nan
        apart = abs(self.orientations[0] - self.orientations[1])
        return float(min(apart, 180 - apart))


def plane_waves(maps: Floats, positions: Floats, basis: Floats, most: int = 12, smallest_share: float = 0.01) -> Waves:
    """Take a code apart into plane waves, the strongest first (orthogonal matching pursuit).

    Each unit's mean over nodes is taken off. Then, again and again: find the frequency whose wave, with an amplitude
    and a phase for every unit, explains most of what is left; fit all waves found so far anew. Unlike the peaks of a
    Fourier transform, which in a small world of any shape are wide and have side lobes, this counts a wave once. Waves
    longer than twice the world are not looked for: they are slopes.

    Args:
        maps: (N, n_nodes); the same nodes unvisited (NaN) in all.
        positions: (n_nodes, 2), on the lattice of `basis`.
        basis: (2, 2), its rows the two lattice vectors.
        most: stop at so many waves.
        smallest_share: stop at waves that explain less.

    Returns:
        The waves; none if the code is nearly the same at every node, its variance below 1e-4 of its mean square.
    """
    at, code = _centred(maps, positions)
    total = (code**2).sum()
    if not total > CONSTANT * np.nansum(maps**2):
        return Waves(np.zeros((0, 2)), np.zeros(0))
    lowest = 0.5 / np.ptp(at, axis=0).max()
    step = 1 / (OVERSAMPLING * (np.ptp(at @ np.linalg.inv(basis), axis=0) + 1))
    tried = half_zone(basis, step)
    tried = tried[np.linalg.norm(tried, axis=1) >= lowest]
    frequencies, shares, left, explained = np.zeros((0, 2)), [], code, 0.0
    for _ in range(most):
        best = tried[explained_by_each(left, at, tried).argmax()]
        best = _zoomed(left, at, best, step @ np.abs(np.linalg.inv(basis).T), lowest)
        found = np.concatenate([frequencies, best[None]])
        waves = _orthonormal(np.concatenate([_cosines_and_sines(at, f[None])[0] for f in found], axis=1))
        share = ((code @ waves) ** 2).sum() / total - explained
        if share < smallest_share:
            break
        frequencies, explained = found, explained + share
        shares.append(share)
        left = code - code @ waves @ waves.T
    order = np.argsort(shares)[::-1].astype(int)
    return Waves(shortest(frequencies[order], basis), np.array(shares)[order])


def power_spectrum(maps: Floats, positions: Floats, frequencies: Floats) -> Floats:
    """Power of the whole code at each frequency (F,): sum over units of |sum over nodes of e(x) exp(-2 pi i f . x)|^2.

    A transform over nodes anywhere in the plane, through a plain window; each unit's mean over nodes is taken off. The
    mean over all frequencies of a lattice's zone is the code's summed square, if all nodes were visited (Parseval).

    Args:
        maps: (N, n_nodes); the same nodes unvisited (NaN) in all.
        positions: (n_nodes, 2).
        frequencies: (F, 2), cycles per step.
    """
    at, code = _centred(maps, positions)
    return (np.abs(code @ np.exp(-2j * np.pi * at @ frequencies.T)) ** 2).sum(axis=0)


def half_zone(basis: Floats, step: Floats) -> Floats:
    """Frequencies (F, 2) that tile what a lattice can hold, one of each pair of f and -f, at most `step` (2,) apart."""
    n = np.ceil(0.5 / step).astype(int)
    first, second = np.linspace(0, 0.5, n[0] + 1), np.linspace(-0.5, 0.5, 2 * n[1] + 1)[1:]
    coordinates = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1).reshape(-1, 2)
    return shortest(coordinates @ np.linalg.inv(basis).T, basis)


def shortest(frequencies: Floats, basis: Floats) -> Floats:
    """Of the frequencies that look alike on the lattice, the shortest: (F, 2) to (F, 2), within the Brillouin zone."""
    reciprocal = np.linalg.inv(basis).T
    coordinates = frequencies @ basis.T
    alike = (coordinates - coordinates.round())[:, None] + NEAR_SHIFTS
    alike = alike @ reciprocal
    nearest = np.linalg.norm(alike, axis=2).round(9).argmin(axis=1)
    return alike[np.arange(len(alike)), nearest]


def explained_by_each(code: Floats, at: Floats, frequencies: Floats) -> Floats:
    """How much of a code's summed square one wave of each frequency explains (F,).

    Args:
        code: (N, n), centred over nodes.
        at: (n, 2), the nodes' positions.
        frequencies: (F, 2).
    """
    waves = _cosines_and_sines(at, frequencies)
    sizes, axes = np.linalg.eigh(waves.mT @ waves)
    real = sizes > DEGENERATE * len(at)
    weights = np.divide(1, sizes, out=np.zeros_like(sizes), where=real)
    return (((code @ (waves @ axes)) ** 2).sum(axis=1) * weights).sum(axis=1)


def _centred(maps: Floats, positions: Floats) -> tuple[Floats, Floats]:
    """Positions of the visited nodes (n, 2), and the centred code there, turned into at most n units (N, n)."""
    visited = ~np.isnan(maps).any(axis=0)
    code = maps[:, visited] - maps[:, visited].mean(axis=1, keepdims=True)
    if len(code) > code.shape[1]:
        code = np.asarray(np.linalg.qr(code, mode="r"))
    return positions[visited], code


def _cosines_and_sines(at: Floats, frequencies: Floats) -> Floats:
    """(F, n, 2), their means over nodes taken off."""
    phases = 2 * np.pi * frequencies @ at.T
    waves = np.stack([np.cos(phases), np.sin(phases)], axis=-1)
    return waves - waves.mean(axis=1, keepdims=True)


def _orthonormal(columns: Floats) -> Floats:
    """An orthonormal basis of what the columns span, directions too small to be real left out."""
    directions, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return directions[:, sizes**2 > DEGENERATE * len(columns)]


def _zoomed(code: Floats, at: Floats, best: Floats, step: Floats, lowest: float) -> Floats:
    """The best frequency near one, on ever finer grids."""
    offsets = np.linspace(-1, 1, N_ZOOMED)
    around = np.stack(np.meshgrid(offsets, offsets, indexing="ij"), axis=-1).reshape(-1, 2)
    for _ in range(N_ZOOMS):
        tried = best + around * step
        tried = tried[np.linalg.norm(tried, axis=1) >= lowest]
        best = tried[explained_by_each(code, at, tried).argmax()]
        step = step / ZOOM
    return best
