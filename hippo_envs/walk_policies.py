"""How an animal walks: policies that choose the next action from uniform random draws.

A policy owns no randomness. The walker hands it `draws_per_step` numbers in [0, 1) for every step, taken from the
world's own generator, so that a walk is a function of its seed alone: it does not change with the batch it is in, and
a longer walk begins with the shorter one.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from hippo_envs.graph_union import GraphUnion


class WalkPolicy(Protocol):
    """What `sample_walks` asks of a policy."""

    draws_per_step: ClassVar[int]

    def begin(self, union: GraphUnion, draws: NDArray[np.float64]) -> Any:
        """Return what the policy remembers along B walks, from draws (B, draws_per_step)."""
        ...

    def choose(
        self, union: GraphUnion, places: NDArray[np.int64], draws: NDArray[np.float64], memory: Any
    ) -> NDArray[np.int64]:
        """Return an available action (B,) at places (B,) from draws (B, draws_per_step); may change `memory`."""
        ...


@dataclass(frozen=True)
class UniformPolicy:
    """Every available action is equally likely, standing still included: how TEM walks on trees and other graphs."""

    draws_per_step: ClassVar[int] = 1

    def begin(self, union: GraphUnion, draws: NDArray[np.float64]) -> None:
        return None

    def choose(
        self, union: GraphUnion, places: NDArray[np.int64], draws: NDArray[np.float64], memory: None
    ) -> NDArray[np.int64]:
        return _pick(union, places, union.n_choices[places], draws[:, 0])


@dataclass(frozen=True)
class DriftingHeadingPolicy:
    """Now and then follow a heading that drifts, so that walks reach far: how TEM walks in two dimensions.

    With probability `follow` the action is the available one nearest to the heading, or, if none is within
    `tolerance`, a random available move, which becomes the heading. Otherwise every available action is equally likely,
    standing still included, and the heading is kept.

    Args:
        follow: probability in [0, 1] of following the heading at a step.
        drift: the heading changes by U(-drift, drift) radians a step.
        tolerance: radians; half the angle between neighbouring moves, so pi/4 on squares and pi/6 on hexagons.

    Raises:
        ValueError: at the start of a walk on a graph whose actions have no headings.

    Source: the authors' TEM code (Whittington et al. 2020), as described in its environments.
    """

    follow: float = 0.2
    drift: float = 0.4
    tolerance: float = math.pi / 4
    draws_per_step: ClassVar[int] = 3

    def __post_init__(self) -> None:
        if not 0 <= self.follow <= 1:
            raise ValueError(f"follow is a probability in [0, 1], got {self.follow}.")

    def begin(self, union: GraphUnion, draws: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return headings (B,), uniform on the circle."""
        if np.isnan(union.headings).all():
            raise ValueError("These graphs have no headings to follow: walk on them with UniformPolicy().")
        return 2 * np.pi * draws[:, 0]

    def choose(
        self, union: GraphUnion, places: NDArray[np.int64], draws: NDArray[np.float64], memory: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        heading = memory
        heading += self.drift * (2 * draws[:, 0] - 1)
        actions = _pick(union, places, union.n_choices[places], draws[:, 2])
        (followers,) = np.nonzero(draws[:, 1] < self.follow)
        if followers.size:
            at = places[followers]
            nearest, off_course = _nearest_move(union, at, heading[followers])
            lost = off_course > self.tolerance
            turns = _pick(union, at, np.maximum(union.n_moves[at], 1), draws[followers, 2])
            actions[followers] = np.where(lost, turns, nearest)
            new_heading = union.headings[turns]
            heading[followers] = np.where(lost & ~np.isnan(new_heading), new_heading, heading[followers])
        return actions


def _pick(
    union: GraphUnion, places: NDArray[np.int64], n_first: NDArray[np.int64], draws: NDArray[np.float64]
) -> NDArray[np.int64]:
    """One of the first `n_first` choices at each place, uniformly."""
    column = (draws * n_first).astype(np.int64)
    return union.choices[places, column]


def _nearest_move(
    union: GraphUnion, places: NDArray[np.int64], heading: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The available move nearest to the heading, and how far off it is in radians (infinite where there is none)."""
    angle = np.abs((union.headings - heading[:, None] + np.pi) % (2 * np.pi) - np.pi)
    angle[np.isnan(angle) | (union.available[places] == 0)] = np.inf
    nearest = angle.argmin(axis=1)
    return nearest, angle[np.arange(len(nearest)), nearest]
