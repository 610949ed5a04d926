"""From samples to visits: which nodes of a lattice a path goes through, one after the other."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from hippo_envs.arrays import Floats, Ints, Mask
from hippo_envs.trajectories.lattice import OUTSIDE, Lattice
from hippo_envs.trajectories.positions import Positions

SPEED_OVER = 0.5  # seconds: the jitter of a tracker is faster than an animal from frame to frame
NO_SAMPLE = -1
AT_ONCE = 64  # samples


class Limits(NamedTuple):
    """What of a path is used; see `walk_along`."""

    slowest: float
    longest_gap: float
    longest_step: float
    margin: float


class Runs(NamedTuple):
    """Samples that follow each other without a gap or a jump, as their numbers; and what stood between them."""

    runs: list[Ints]
    n_gaps: int
    n_jumps: int
    n_glitches: int  # samples


class Visits(NamedTuple):
    """V nodes one after the other, each a neighbour of the last."""

    nodes: Ints  # (V,)
    begins: Ints  # (V,), the sample with which each begins; `NO_SAMPLE` if it lies between two samples
    samples: Ints  # (M,), the samples of the visits
    visit_of: Ints  # (M,), the visit of each


def runs_of(positions: Positions, coordinates: Floats, nodes: Ints, limits: Limits) -> Runs:
    """Cut a path where the animal was lost for too long or jumped; a jump away and back is a glitch, and left out."""
    seen = np.flatnonzero(nodes != OUTSIDE)
    if not len(seen):
        return Runs([], 0, 0, 0)
    late = np.diff(positions.t[seen]) > limits.longest_gap
    runs = np.split(seen, np.flatnonzero(late | _is_far(coordinates[seen], limits)) + 1)
    kept: list[Ints] = []
    n_glitches = 0
    for run in runs:
        back = _continued(kept, run[0], positions.t, coordinates, limits)
        if back is None:
            kept.append(run)
            continue
        n_glitches += sum(map(len, kept[back + 1 :]))
        kept[back:] = [np.concatenate([kept[back], run])]
    between = [positions.t[after[0]] - positions.t[before[-1]] for before, after in pairwise(kept)]
    n_gaps = int((np.array(between) > limits.longest_gap).sum())
    return Runs(kept, n_gaps, len(between) - n_gaps, n_glitches)


def _continued(kept: Sequence[Ints], sample: int, times: Floats, coordinates: Floats, limits: Limits) -> int | None:
    """The last run that a sample goes on from, in time and place; None if it begins a new one."""
    for number in reversed(range(len(kept))):
        last = kept[number][-1]
        if times[sample] - times[last] > limits.longest_gap:
            return None
        if not _is_far(coordinates[[last, sample]], limits)[0]:
            return number
    return None


def _is_far(coordinates: Floats, limits: Limits) -> Mask:
    """(S - 1,), whether the next sample is too far away to be the next step."""
    return np.linalg.norm(np.diff(coordinates, axis=0), axis=1) > limits.longest_step


def speeds(times: Floats, places: Floats) -> Floats:
    """(S,), the speed over half a second about each sample of one run, (S, 2)."""
    early, late = (np.clip(times + half, times[0], times[-1]) for half in (-SPEED_OVER / 2, SPEED_OVER / 2))
    moved = [np.interp(late, times, along) - np.interp(early, times, along) for along in places.T]
    return np.hypot(*moved) / np.maximum(late - early, 1e-9)


def moving(positions: Positions, run: Ints, coordinates: Floats, limits: Limits) -> list[Ints]:
    """The samples of a run that are fast enough, cut where the animal crept further than one step while it was slow."""
    fast = run[speeds(positions.t[run], positions.places[run]) >= limits.slowest]
    parts = np.split(fast, np.flatnonzero(_is_far(coordinates[fast], limits)) + 1) if len(fast) else []
    return [part for part in parts if len(part)]


def visits_of(samples: Ints, coordinates: Floats, nodes: Ints, lattice: Lattice, margin: float) -> Visits:
    """The nodes that samples without a break go through, with the nodes between two samples filled in."""
    held = _held(coordinates[samples], nodes[samples], lattice, margin)
    first = np.flatnonzero(np.append(True, np.diff(held) != 0))
    path, began, number_of = [int(held[0])], [int(samples[0])], [0]
    for at in first[1:]:
        between = _between(lattice, path[-1], int(held[at]), coordinates[samples[at - 1 : at + 1]])
        path += [*between, int(held[at])]
        began += [*[NO_SAMPLE] * len(between), int(samples[at])]
        number_of.append(len(path) - 1)
    n_samples = np.diff(np.append(first, len(samples)))
    return Visits(np.array(path), np.array(began), samples, np.repeat(number_of, n_samples))


def _held(coordinates: Floats, nodes: Ints, lattice: Lattice, margin: float) -> Ints:
    """(M,), the node of each sample; one is left for good when its cell is, and then beyond it by more than `margin`.

    Otherwise a path along the border of two cells would flicker between them.
    """
    held = np.empty_like(nodes)
    here = begins = 0
    while here < len(nodes):
        node = nodes[here]
        held[begins:] = node
        after = _leaves(coordinates, here, int(node), lattice, margin)
        begins = here + int(np.flatnonzero(nodes[here:after] == node)[-1]) + 1
        here = after
    return held


def _leaves(coordinates: Floats, here: int, node: int, lattice: Lattice, margin: float) -> int:
    """The first sample after `here` that is beyond the cell of a node by more than the margin."""
    for start in range(here + 1, len(coordinates), AT_ONCE):
        beyond = lattice.depth(coordinates[start : start + AT_ONCE], node) < -margin
        if beyond.any():
            return start + int(beyond.argmax())
    return len(coordinates)


def _between(lattice: Lattice, start: int, end: int, line: Floats) -> list[int]:
    """The nodes between two that are no neighbours, step by step nearer to the end, of equals nearest to the line.

    On squares the path turns a corner there: a diagonal step is two moves.
    """
    at = lattice.graph.positions
    found: list[int] = []
    here = start
    while np.linalg.norm(at[end] - at[here]) > 1 + 1e-6:
        near = lattice.graph.next_node[here]
        near = near[(near != OUTSIDE) & (near != here)]
        to_end = np.linalg.norm(at[near] - at[end], axis=1).round(6)
        here = int(near[np.lexsort((near, _from_line(at[near], line).round(6), to_end))[0]])
        found.append(here)
    return found


def _from_line(points: Floats, line: Floats) -> Floats:
    """How far points (N, 2) are from the stretch between two places (2, 2)."""
    along = line[1] - line[0]
    share = np.clip((points - line[0]) @ along / max(float(along @ along), 1e-12), 0, 1)
    return np.linalg.norm(points - line[0] - share[:, None] * along, axis=1)
