"""The spatial spectrum of the position code, module by module, independent of the choice of axes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.measurements.grid_scores import lattice_of
from benchmarks.evaluation.measurements.plane_waves import Waves, plane_waves, power_spectrum
from benchmarks.evaluation.measurements.representations import rate_maps
from benchmarks.evaluation.measurements.subject import Subject, as_lists, largest_world, mean, median, rounded
from hippo_envs.arrays import Floats

SMALLEST_SECOND = 0.05  # a second wave that explains less of its module says nothing of an angle
ANGLE_TOLERANCE = 10.0  # degrees; angles drawn evenly from [0, 90] are within it of 60 in 22 %, of 90 in 11 %
N_KEPT_WAVES = 3
# Half the plane of spatial frequencies, cycles per step, as far as a triangular lattice can hold them.
EAST, NORTH = np.linspace(-0.7, 0.7, 29), np.linspace(0.0, 0.6, 13)


def position_spectrum(subject: Subject) -> dict[str, Any]:
    """Which plane waves the position code holds in the largest held-out world, trained and untrained.

    The predictions of a linear code e are those of e R, for any rotation R within modules that leaves the mean over
    units alone (keys are made of z-scored codes, and turn with it): a unit's grid score is about the axes, the power of
    the whole code at each spatial frequency is not. There are as many modules as lengths in the
    agent's activity, or one if it reports none. Of each module's `plane_waves` (see there), medians over
    modules, the names of the untrained network's ending in `_untrained`:

    - `spectrum_waves`: effective number of plane waves, 1 to 12 (noise comes close to 12);
    - `spectrum_strongest`, `spectrum_two_strongest`, `spectrum_explained`: the share of the variance over nodes that
      one wave, two waves, and all that were found explain;
    - `spectrum_constant`: the share of modules that are the same everywhere; the other numbers are about the rest;
    - `spectrum_period`: of the strongest, in steps, at most twice the world; `spectrum_alternating`: the share of
      modules whose strongest wave does no more than change its sign with each step along a row, as short as waves get;
    - `spectrum_angle`: between the two strongest, in degrees, of modules whose second wave explains at least 5 %;
      `spectrum_modules_with_two` is the share of modules that count, `spectrum_near_60` and `spectrum_near_90` the
      share of those within 10 degrees of it;
    - `code_at_place`: the share of the whole code's variance over steps that the node explains, corrected for chance: 1
      if the code is a function of where one is, 0 if it tells nothing of it. A code that is no function of place has
      maps all the same, of noise.

    `spectrum_modules` keeps each module's three strongest waves, `spectrum_power` a picture of the power at all
    frequencies (each module's scaled to 1, then summed, then scaled to a maximum of 1).

    Raises:
        ValueError: if the nodes are on no lattice in the plane, or the agent has no activity called "position".
    """
    world = largest_world(subject.walks)
    graph = subject.walks.worlds.graph(world)
    basis, nodes, n_modules = lattice_of(graph.positions), subject.nodes(world), subject.n_modules
    numbers: dict[str, Any] = {}
    modules: dict[str, Any] = {}
    power: dict[str, Any] = {"east": as_lists(EAST), "north": as_lists(NORTH)}
    for name, agent in subject.both.items():
        (activity,) = subject.activities(agent, ("position",), [world])
        maps = rate_maps(activity["position"], nodes, graph.n_nodes)
        waves = [plane_waves(part, graph.positions, basis) for part in np.split(maps, n_modules)]
        numbers |= {f"{key}{name}": value for key, value in summary(waves, basis).items()}
        numbers[f"code_at_place{name}"] = rounded(share_at_place(activity["position"], nodes))
        modules[name.removeprefix("_") or "trained"] = [_as_data(of_module) for of_module in waves]
        power[name.removeprefix("_") or "trained"] = _picture(maps, graph.positions, n_modules)
    return {**numbers, "spectrum_modules": modules, "spectrum_power": power}


def summary(modules: list[Waves], basis: Floats) -> dict[str, float | None]:
    """What the waves of modules are like, as `position_spectrum` lists it; `basis` is that of the lattice."""
    varying = [waves for waves in modules if len(waves.shares)]
    with_two = [waves for waves in varying if waves.shares[1:2].sum() >= SMALLEST_SECOND]
    angles = np.array([waves.angle for waves in with_two])
    return {
        "spectrum_constant": rounded(1 - len(varying) / len(modules)),
        "spectrum_waves": median([waves.effective_number for waves in varying]),
        "spectrum_strongest": median([waves.shares[0] for waves in varying]),
        "spectrum_two_strongest": median([waves.shares[:2].sum() for waves in varying]),
        "spectrum_explained": median([waves.shares.sum() for waves in varying]),
        "spectrum_period": median([waves.periods[0] for waves in varying]),
        "spectrum_alternating": mean([waves.alternates(basis)[0] for waves in varying]),
        "spectrum_angle": median(angles),
        "spectrum_modules_with_two": rounded(len(with_two) / len(varying)) if varying else None,
        "spectrum_near_60": mean(np.abs(angles - 60) <= ANGLE_TOLERANCE),
        "spectrum_near_90": mean(np.abs(angles - 90) <= ANGLE_TOLERANCE),
    }


def share_at_place(activity: Floats, nodes: NDArray[np.int64]) -> float:
    """The share of a code's variance over steps that the node explains, summed over units; NaN if it never varies.

    1 - [sum |e_t - e(node)|^2 / (T - n)] / [sum |e_t - e|^2 / (T - 1)], with e(node) the mean at each of n nodes: the
    adjusted R^2 of a one-way analysis of variance, 0 on average for a code that has nothing to do with place. NaN if no
    node was visited twice.

    Args:
        activity: (T, N).
        nodes: (T,), the node at each step.
    """
    _, node = np.unique(nodes, return_inverse=True)
    n_nodes, n_steps = int(node.max()) + 1, len(nodes)
    if n_nodes == n_steps:
        return np.nan
    at_node = rate_maps(activity, node, n_nodes).T
    within = ((activity - at_node[node]) ** 2).sum() / (n_steps - n_nodes)
    total = ((activity - activity.mean(axis=0)) ** 2).sum() / (n_steps - 1)
    return float(1 - within / total) if total > 0 else np.nan


def _as_data(waves: Waves) -> dict[str, Any]:
    """The strongest waves as plain data."""
    kept = slice(N_KEPT_WAVES)
    return {
        "shares": as_lists(waves.shares[kept]),
        "frequencies": as_lists(waves.frequencies[kept]),
        "periods": as_lists(waves.periods[kept], 2),
        "orientations": as_lists(waves.orientations[kept], 1),
    }


def _picture(maps: Floats, positions: Floats, n_modules: int) -> list[list[float]]:
    """Power (north, east), 1 at its highest."""
    frequencies = np.stack(np.meshgrid(EAST, NORTH), axis=-1).reshape(-1, 2)
    each = np.array([power_spectrum(part, positions, frequencies) for part in np.split(maps, n_modules)])
    highest = each.max(axis=1, keepdims=True)
    pooled = np.divide(each, highest, out=np.zeros_like(each), where=highest > 0).sum(axis=0)
    return as_lists((pooled / max(pooled.max(), 1e-300)).reshape(len(NORTH), len(EAST)), 3)
