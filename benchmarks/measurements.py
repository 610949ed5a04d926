"""Measurements: what is measured on a trained agent and is not a count of right answers. One table, a row each."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from agents.base import Agent
from agents.tem import TEM
from benchmarks.evaluate import activity_along
from benchmarks.grid_scores import autocorrelograms, band_scores, grid_scores, lattice_of
from benchmarks.nulls import rotated_maps, smooth_noise
from benchmarks.representations import neighbours_of, rate_maps
from benchmarks.tem_attention import tem_as_attention
from hippo_envs import Walks

N_KEPT_MAPS = 12
DECIMALS = 4


class Subject(NamedTuple):
    """What is measured: the agent, the same agent before any training, and held-out walks."""

    agent: Agent[Any]
    untrained: Agent[Any]
    walks: Walks
    device: torch.device
    seed: int


def position_tuning(subject: Subject) -> dict[str, Any]:
    """Periodicity of the position units' rate maps in the largest held-out world, beside three nulls.

    Medians over all units of the 60- and 90-degree grid scores and of the band score, of the trained code, of the
    untrained network, of the trained code randomly rotated, and of noise as smooth as each map; and twelve of the maps,
    evenly spread over the layer. The network is the unit of inference: one number a run.
    """
    worlds = subject.walks.worlds
    world = int(np.argmax([worlds.graph(i).n_nodes for i in range(len(worlds))]))
    graph = worlds.graph(world)
    rng = np.random.default_rng(subject.seed)
    trained, untrained = (
        rate_maps(
            activity_along(agent, "position", subject.walks, world, subject.device, subject.seed),
            subject.walks.nodes[world],
            graph.n_nodes,
        )
        for agent in (subject.agent, subject.untrained)
    )
    codes = {
        "": trained,
        "_untrained": untrained,
        "_rotated": rotated_maps(trained, rng),
        "_noise": smooth_noise(trained, graph.positions, neighbours_of(graph), rng),
    }
    medians = {
        f"{name}{null}": _median(values)
        for null, maps in codes.items()
        for name, values in periodicity(maps, graph.positions).items()
    }
    kept = np.linspace(0, len(trained) - 1, N_KEPT_MAPS).astype(int)
    return medians | {
        "rate_maps": {"world": world, "units": kept.tolist(), "maps": as_lists(trained[kept])},
    }


def periodicity(maps: NDArray[np.float64], positions: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Grid scores and band score of every unit (N,) each."""
    sacs = autocorrelograms(maps, positions, lattice_of(positions))
    return {
        "grid_score_60": grid_scores(sacs, 60),
        "grid_score_90": grid_scores(sacs, 90),
        "band_score": band_scores(maps, positions),
    }


def _median(values: NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return round(float(np.median(known)), DECIMALS) if len(known) else None


def as_lists(values: NDArray[np.float64]) -> list[Any]:
    """An array as nested lists with four decimals, and None for NaN, which JSON lacks."""
    as_objects = np.round(values, DECIMALS).astype(object)
    as_objects[np.isnan(values)] = None
    return as_objects.tolist()


def attention(subject: Subject) -> dict[str, Any]:
    """Equations 8 to 11 on a trained TEM; see `tem_attention.tem_as_attention`."""
    agent, untrained = subject.agent, subject.untrained
    if not isinstance(agent, TEM) or not isinstance(untrained, TEM):
        raise ValueError(f"tem_as_attention is of a TEM, not of a {type(agent).__name__}: leave it out.")
    return tem_as_attention(agent, untrained, subject.walks, subject.device)


MEASUREMENTS: Mapping[str, Callable[[Subject], dict[str, Any]]] = {
    "position_tuning": position_tuning,
    "tem_as_attention": attention,
}
