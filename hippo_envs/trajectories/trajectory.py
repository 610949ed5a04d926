"""A recorded path as walks, with what was kept of it, and maps of cells and units along it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hippo_envs.arguments import number, whole_number
from hippo_envs.arrays import Floats, Ints
from hippo_envs.trajectories.cut import NO_STEP, Cut, actions_of, cut
from hippo_envs.trajectories.lattice import OUTSIDE, Lattice
from hippo_envs.trajectories.positions import Positions
from hippo_envs.trajectories.visits import NO_SAMPLE, Limits, moving, runs_of, visits_of
from hippo_envs.walking.walk_policies import DriftingHeadingPolicy
from hippo_envs.walks import Walks
from hippo_envs.worlds import WorldFamily, Worlds


@dataclass(frozen=True)
class Kept:
    """How much of a recording is in the walks, in seconds, in length, in steps; and why the rest is not.

    Lengths are of the path from sample to sample, in the unit of the positions.
    """

    recorded_seconds: float
    tracked_seconds: float  # and within the lattice
    moving_seconds: float  # of these, at least as fast as `slowest`
    kept_seconds: float  # of these, in the walks
    tracked_length: float
    kept_length: float
    n_steps: int  # of all walks
    n_filled: int  # of these, between two samples
    n_gaps: int
    n_jumps: int
    n_glitches: int  # samples
    n_pieces: int  # without a break, of any length

    @property
    def share_of_path(self) -> float:
        """The length of the path in the walks, of all that was tracked."""
        return self.kept_length / self.tracked_length if self.tracked_length else 0.0

    def __str__(self) -> str:
        return (
            f"{self.share_of_path:.0%} of the path is kept ({self.kept_length:.4g} of {self.tracked_length:.4g}), in "
            f"{self.n_steps} steps, {self.n_filled} of them filled in. Of {self.recorded_seconds:.0f} s the animal was "
            f"tracked for {self.tracked_seconds:.0f}, moved for {self.moving_seconds:.0f} and is in the walks for "
            f"{self.kept_seconds:.0f}. Cut at {self.n_gaps} gaps and {self.n_jumps} jumps; {self.n_glitches} samples "
            f"were glitches; {self.n_pieces} pieces."
        )


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Walks along a recorded path.

    Args:
        walks: B walks of T steps, all in one world.
        lattice: on which they are.
        kept: how much of the recording they hold.
        begins: (B, T), the time in seconds at which each step begins.
        seconds: (B, T), for how long the animal moved there; 0 where a step was filled in between two samples.
        positions: of which they are made.
    """

    walks: Walks
    lattice: Lattice
    kept: Kept
    begins: Floats
    seconds: Floats
    positions: Positions
    _step_of: Ints  # (S,), the step of each sample, walk after walk; `NO_STEP` if it is in none

    def spike_counts(self, spike_times: Sequence[ArrayLike]) -> Floats:
        """Spikes of each cell at each step, (B, T, N); spikes outside of the walks are left out.

        Args:
            spike_times: for each of N cells, seconds on the clock of the positions.
        """
        counts = [self._at_steps(self._spikes_of_samples(np.asarray(times))) for times in spike_times]
        if not counts:
            raise ValueError("spike_times needs the spikes of at least one cell, got none.")
        return np.stack(counts, axis=-1).reshape(*self.seconds.shape, -1)

    def signal_sums(self, signals: NDArray[np.floating]) -> Floats:
        """Signals of cells (S, N), one value for each sample such as fluorescence, times seconds: (B, T, N)."""
        signals = np.asarray(signals, dtype=np.float64)
        if signals.ndim != 2 or len(signals) != len(self.positions.t):
            raise ValueError(f"Signals are ({len(self.positions.t)} samples, cells), got {signals.shape}.")
        sums = [self._at_steps(cell * self.positions.seconds) for cell in signals.T]
        return np.stack(sums, axis=-1).reshape(*self.seconds.shape, -1)

    def cell_maps(self, spike_times: Sequence[ArrayLike]) -> Floats:
        """Firing rates (N, n_nodes) in spikes a second, NaN where the animal never was."""
        return self.maps(self.spike_counts(spike_times), self.seconds)

    def signal_maps(self, signals: NDArray[np.floating]) -> Floats:
        """Mean signals (N, n_nodes) of (S, N), NaN where the animal never was."""
        return self.maps(self.signal_sums(signals), self.seconds)

    def unit_maps(self, activity: NDArray[np.floating]) -> Floats:
        """Mean activity (N, n_nodes) of a model's units (B, T, N) along the walks, NaN at nodes never visited."""
        return self.maps(np.asarray(activity, dtype=np.float64), np.ones(self.seconds.shape))

    def maps(self, sums: Floats, weights: Floats, nodes: Ints | None = None) -> Floats:
        """Sums (B, T, N) over weights (B, T), node by node: (N, n_nodes).

        Args:
            sums: of each step.
            weights: what they are sums over, such as seconds.
            nodes: (B, T), those of the walks if None.
        """
        nodes = (self.walks.nodes if nodes is None else nodes).ravel()
        if sums.shape[:2] != self.seconds.shape or sums.ndim != 3:
            raise ValueError(f"Give (walks, steps, cells) with {self.seconds.shape} first, got {sums.shape}.")
        n_nodes = self.lattice.graph.n_nodes
        of_cells = [np.bincount(nodes, cell, n_nodes) for cell in sums.reshape(len(nodes), -1).T]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.array(of_cells) / np.bincount(nodes, weights.ravel(), n_nodes)

    def _spikes_of_samples(self, times: Floats) -> Floats:
        """(S,), how many spikes fall into the time of each sample."""
        starts = self.positions.t
        sample = np.searchsorted(starts, times, side="right") - 1
        inside = (sample >= 0) & (times < (starts + self.positions.seconds)[sample])
        return np.bincount(sample[inside], minlength=len(starts)).astype(np.float64)

    def _at_steps(self, of_samples: Floats) -> Floats:
        return _sums(self._step_of, of_samples, self.seconds.size)


def walk_along(
    positions: Positions,
    lattice: Lattice,
    *,
    slowest: float = 0.0,
    longest_gap: float = 1.0,
    longest_step: float = 2.0,
    margin: float = 0.1,
    walk_length: int | None = None,
    n_observations: int = 45,
    symbols: ArrayLike | None = None,
    seed: int = 0,
) -> Trajectory:
    """Walk on a lattice along a recorded path: one step for each node that the animal enters.

    Args:
        positions: the path.
        lattice: over the arena, from `rectangle_lattice` or `hexagon_lattice`.
        slowest: samples slower than this are left out, in units of length a second. The walk goes on where the animal
            moves again, if that is within `longest_step`.
        longest_gap: in seconds. Where the animal was lost for longer the walk ends, and another one begins.
        longest_step: in bins. A longer way from one sample to the next is a jump, and ends the walk; if the path comes
            back within `longest_gap`, what lies between is left out as a glitch of the tracker. A shorter way over
            several nodes is filled in.
        margin: in bins. A node is left where the animal is beyond its border by more than this, so that a path along a
            border does not flicker.
        walk_length: steps T. Pieces without a break are cut into walks of this length, and what is left over at
            their ends is not used; if None, the longest piece is the one walk.
        n_observations: how many different symbols there are.
        symbols: (n_nodes,), what is at each node; drawn at random if None, for what an animal perceives is not known.
        seed: of the world whose symbols are drawn, as in `env.reset(seed=seed)`.

    Raises:
        ValueError: if no piece is as long as a walk, or an argument is out of its limits.
    """
    limits = Limits(
        number("slowest", slowest, at_least=0),
        number("longest_gap", longest_gap, above=0),
        number("longest_step", longest_step, at_least=1),
        number("margin", margin, at_least=0, below=0.5),
    )
    coordinates = lattice.coordinates(positions.places)
    nodes = lattice.nodes_of(coordinates)
    tracked = runs_of(positions, coordinates, nodes, limits)
    parts = [part for run in tracked.runs for part in moving(positions, run, coordinates, limits)]
    pieces = [visits_of(part, coordinates, nodes, lattice, limits.margin) for part in parts]
    walks = cut(pieces, walk_length, len(positions.t))
    seconds = _sums(walks.step_of, positions.seconds, walks.nodes.size).reshape(walks.nodes.shape)
    kept = Kept(
        recorded_seconds=float(positions.seconds.sum()),
        tracked_seconds=float(positions.seconds[nodes != OUTSIDE].sum()),
        moving_seconds=float(sum(positions.seconds[part].sum() for part in parts)),
        kept_seconds=float(seconds.sum()),
        tracked_length=_length(positions, tracked.runs),
        kept_length=_kept_length(positions, tracked.runs, walks),
        n_steps=walks.nodes.size,
        n_filled=int((walks.begins == NO_SAMPLE).sum()),
        n_gaps=tracked.n_gaps,
        n_jumps=tracked.n_jumps,
        n_glitches=tracked.n_glitches,
        n_pieces=len(pieces),
    )
    family = WorldFamily((lattice.graph,), n_observations, DriftingHeadingPolicy())
    worlds = _one_world(family, walks.nodes[:, 0], _symbols(family, symbols, seed))
    seen = worlds.observation_at[0][walks.nodes]
    along = Walks(worlds, walks.nodes, seen, actions_of(lattice.graph, walks.nodes, walks.following))
    return Trajectory(along, lattice, kept, _begins(positions, walks), seconds, positions, walks.step_of)


def _symbols(family: WorldFamily, symbols: ArrayLike | None, seed: int) -> Ints:
    """(n_nodes,), those given, or else those of the world of a seed."""
    if symbols is None:
        return family.draw(np.random.default_rng(whole_number("seed", seed, at_least=0))).observation_at
    given, n_nodes = np.asarray(symbols), family.max_nodes
    if given.shape != (n_nodes,) or given.dtype.kind not in "iu":
        raise ValueError(f"symbols is a whole number for each of {n_nodes} nodes, got {given.dtype} {given.shape}.")
    if given.min() < 0 or given.max() >= family.n_observations:
        wrong = given[(given < 0) | (given >= family.n_observations)][0]
        raise ValueError(f"symbols are 0..{family.n_observations - 1}, got {wrong}: raise n_observations.")
    return given.astype(np.int64)


def _one_world(family: WorldFamily, starts: Ints, symbols: Ints) -> Worlds:
    """The same world for every walk, each with a start of its own (B,)."""
    observation_at = np.tile(symbols, (len(starts), 1))
    return Worlds(family, np.zeros(len(starts), dtype=np.int64), observation_at, starts, observation_at)


def _sums(step_of: Ints, of_samples: Floats, n_steps: int) -> Floats:
    """(n_steps,), sums over the samples of each step."""
    kept = step_of != NO_STEP
    return np.bincount(step_of[kept], of_samples[kept], n_steps).astype(np.float64)


def _begins(positions: Positions, walks: Cut) -> Floats:
    """(B, T), when each step begins; a step that was filled in, when the next one does."""
    first = walks.begins.ravel().copy()
    for step in np.flatnonzero(first == NO_SAMPLE)[::-1]:
        first[step] = first[step + 1] if step + 1 < len(first) else walks.step_of.size - 1
    return positions.t[first].reshape(walks.begins.shape)


def _length(positions: Positions, runs: Sequence[Ints]) -> float:
    """The length of a path along the samples of each run."""
    places = positions.places
    return float(sum(np.linalg.norm(np.diff(places[run], axis=0), axis=1).sum() for run in runs))


def _kept_length(positions: Positions, runs: Sequence[Ints], walks: Cut) -> float:
    """The same between samples that follow each other in a run and are in one walk."""
    walk_of = np.where(walks.step_of == NO_STEP, NO_STEP, walks.step_of // walks.nodes.shape[1])
    total = 0.0
    for run in runs:
        apart = np.linalg.norm(np.diff(positions.places[run], axis=0), axis=1)
        of_walk = walk_of[run]
        total += float(apart[(of_walk[1:] == of_walk[:-1]) & (of_walk[1:] != NO_STEP)].sum())
    return total
