"""Place cells in layers: do units fire at one place of a familiar map, wherever a walk there began?

Kim, Kwon, Cha and Lee (2023) look for them in the feed-forward layer of the NMDA transformer, and find more of them in
models with a better reference memory; attention heads and the position code are there to compare it with. A map is
looked at over several walks together, each from a start of its own: what only counts moves from the start, as a
position code does, is sharp in every walk and blurred on the map.

What is not known of their method, and is chosen here: the threshold and the neighbourhood of the place score
(`THRESHOLD`, and what one action connects), and how activity with a sign becomes a rate (`rectified`). Of attention
their code maps the weights, a unit for each head and number of steps back; here it is what the heads put out, which is
what the feed-forward layer goes on from, and may be of a place however long ago a walk was there.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.base import Agent
from benchmarks.evaluation.measurements.memory_neurons import SHARE_OF_WALK
from benchmarks.evaluation.measurements.nulls import permuted_within, shifted
from benchmarks.evaluation.measurements.representations import (
    neighbours_of,
    occupancy,
    place_scores,
    rate_maps,
    spatial_information,
)
from benchmarks.evaluation.measurements.subject import LONGEST, Subject, as_lists, mean
from hippo_envs import Graph, Walks
from hippo_envs.arrays import Floats

# Of those, an agent's own are measured, the last one mapped.
CODES = ("position", "attention_1", "attention_2", "hidden", "hidden_1", "hidden_2", "abstract", "grounded")
THRESHOLD = 0.1  # of a unit's highest rate, where a place field of the place score ends
N_MAPS, N_WALKS = 4, 16  # familiar maps, and walks on each
N_UNITS = 256  # of a wider layer, that many spread evenly
N_SHIFTS, PERCENTILE = 100, 95  # so that five of a unit's own nulls lie above what it has to pass
# A uniform walk forgets where on a square of 5 x 5 nodes it was, by a factor of e, in 10 steps, on 11 x 11 in 55; what
# is left of place after 20 raises the null. In recordings the shift is 20 s (Langston et al. 2010).
LEAST_SHIFT = 20
N_PERMUTATIONS = 20  # enough for a mean over hundreds of units
NULLS = ("_shifted", "_symbols")
N_KEPT_MAPS = 6
QUANTILES = (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1)


class Recording(NamedTuple):
    """A layer on the walks of one map, S steps in all."""

    graph: Graph
    rates: Floats  # (S, N)
    nodes: list[NDArray[np.int64]]  # of each walk
    symbols: NDArray[np.int64]  # (S,)


def place_cells(subject: Subject) -> dict[str, Any]:
    """How place-like the units of each layer are on four familiar maps, beside nulls and the untrained agent.

    Of the layers that the agent has (`hidden_1`, `hidden_2` of an NMDA transformer and, to compare them with, its
    `position` and what its heads put out, `attention_1`, `attention_2`; `abstract` and `grounded` of TEM, its
    entorhinal and hippocampal cells; 256 units of a wider one), over held-out walks after their first quarter, when a
    map can have been recognised; of each map on its own, then of units and maps together. A rate is the activity above
    0, step by step (`rectified`). The place score is that of Kim et al. (2023), a reconstruction that is unverified
    (`representations.place_scores`); information is in bits per spike. Silent units have neither.

    - `LAYER_place_score`, `LAYER_information`: means over units;
    - the same with `_shifted`: where the nodes of every walk are handed on in a circle by at least 20 steps;
    - with `_symbols`: where nodes are permuted among the steps that show one symbol, so that a unit that fires at a
      symbol, wherever it is, fires as before;
    - `LAYER_place_cells`, `LAYER_informative`: the share of units above the 95th percentile of their own 100 shifts, by
      score and by information; .05 for noise. Shifts break what a walk makes of its own start, too, so a code that
      counts from there passes: the same share of the untrained agent is what it is to be compared with;
    - all but the nulls of the untrained agent, with `_untrained`;
    - `place_quantiles`: of score and information, quantiles over units (`QUANTILES`);
    - `place_maps`: maps of six units of the last layer, from the highest to the lowest place score, on the first map,
      each scaled to a highest rate of 1.

    Where every world is new, a map is one walk.

    Raises:
        ValueError: if the agent has none of these layers, or walks are too short to be shifted.
    """
    layers, maps = subject.codes(CODES), walks_by_map(subject.walks)
    numbers: dict[str, float | None] = {}
    quantiles: dict[str, list[float]] = {}
    kept: dict[str, Any] = {}
    for name, agent in subject.both.items():
        recordings = _recordings(subject, agent, layers, maps)
        for layer, of_maps in recordings.items():
            scores, shares = _of_all_maps(of_maps, subject.seed)
            if name:
                scores = {key: values for key, values in scores.items() if not key.endswith(NULLS)}
            numbers |= {f"{layer}_{key}{name}": mean(values) for key, values in (scores | shares).items()}
            quantiles |= {f"{layer}_{key}{name}": _quantiles(values) for key, values in scores.items()}
        kept = kept or {"of": layers[-1], "world": maps[0][0], "maps": _ranked_maps(recordings[layers[-1]][0])}
    return {**numbers, "place_quantiles": quantiles, "place_maps": kept}


def rectified(activity: Floats) -> Floats:
    """Rates of units with a sign: what lies below 0 is silence, at every step.

    At every step and not in the mean over visits, in which noise about 0 would leave half of the nodes silent. Of
    NMDA_10, which falls to -.036, this takes next to nothing; of a linear layer, as of attention, half of the activity,
    and which half is arbitrary, for a unit with all its weights negated does the same.
    """
    return activity.clip(min=0)


def walks_by_map(walks: Walks, n_maps: int = N_MAPS, n_walks: int = N_WALKS) -> list[list[int]]:
    """Worlds that share graph and symbols: of the most walked such maps, at most `n_walks` worlds each."""
    by_map: dict[tuple[int, bytes], list[int]] = {}
    for world, symbols in enumerate(walks.worlds.observation_at):
        by_map.setdefault((int(walks.worlds.graph_index[world]), symbols.tobytes()), []).append(world)
    return [worlds[:n_walks] for worlds in sorted(by_map.values(), key=len, reverse=True)[:n_maps]]


def place_tuning(rates: Floats, nodes: NDArray[np.int64], graph: Graph) -> dict[str, Floats]:
    """Place score and information of every unit (N,), NaN for a silent one.

    Args:
        rates: (S, N), non-negative.
        nodes: (S,) where each step is.
        graph: its nodes are neighbours if an action connects them; those never visited are left out.
    """
    maps = rate_maps(rates, nodes, graph.n_nodes)
    return {
        "place_score": place_scores(maps, neighbours_of(graph), THRESHOLD),
        "information": spatial_information(maps, occupancy(nodes, graph.n_nodes)),
    }


def with_nulls(recording: Recording, rng: np.random.Generator) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Tuning and its nulls, means over shuffles; and which units pass their own shifts, 1 or 0: (N,) each."""
    graph, rates, walks, symbols = recording
    together = np.concatenate(walks)
    real = place_tuning(rates, together, graph)
    shifts = [
        place_tuning(rates, np.concatenate([shifted(nodes, LEAST_SHIFT, rng) for nodes in walks]), graph)
        for _ in range(N_SHIFTS)
    ]
    permuted = [place_tuning(rates, permuted_within(together, symbols, rng), graph) for _ in range(N_PERMUTATIONS)]
    scores, passes = dict(real), {}
    for key, share in {"place_score": "place_cells", "information": "informative"}.items():
        of_shifts = np.array([null[key] for null in shifts])
        scores[f"{key}_shifted"] = of_shifts.mean(axis=0)
        scores[f"{key}_symbols"] = np.mean([null[key] for null in permuted], axis=0)
        above = real[key] > np.percentile(of_shifts, PERCENTILE, axis=0)
        passes[share] = np.where(np.isnan(real[key]), np.nan, above)
    return scores, passes


def _of_all_maps(recordings: list[Recording], seed: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """The same of units on all maps, one map after the other."""
    found = [with_nulls(recording, np.random.default_rng([seed, i])) for i, recording in enumerate(recordings)]
    scores, passes = (
        {key: np.concatenate([of_map[key] for of_map in of_maps]) for key in of_maps[0]}
        for of_maps in zip(*found, strict=True)
    )
    return scores, passes


def _recordings(
    subject: Subject, agent: Agent[Any], layers: list[str], maps: list[list[int]]
) -> dict[str, list[Recording]]:
    """By layer, the recording on each map."""
    worlds = [world for of_map in maps for world in of_map]
    activities = dict(zip(worlds, subject.activities(agent, layers, worlds), strict=True))
    first = len(subject.nodes(0)) // SHARE_OF_WALK

    def recording(layer: str, of_map: list[int]) -> Recording:
        activity = np.concatenate([activities[world][layer][first:] for world in of_map])
        units = np.linspace(0, activity.shape[1] - 1, min(N_UNITS, activity.shape[1])).round().astype(int)
        nodes = [subject.nodes(world)[first:] for world in of_map]
        symbols = np.concatenate([subject.walks.observations[world, first:LONGEST] for world in of_map])
        return Recording(subject.walks.worlds.graph(of_map[0]), rectified(activity[:, units]), nodes, symbols)

    return {layer: [recording(layer, of_map) for of_map in maps] for layer in layers}


def _ranked_maps(recording: Recording) -> list[Any]:
    """Maps of units evenly spread from the highest to the lowest place score."""
    nodes = np.concatenate(recording.nodes)
    scores = place_tuning(recording.rates, nodes, recording.graph)["place_score"]
    ranked = np.argsort(-scores, kind="stable")[: np.isfinite(scores).sum()]
    chosen = ranked[np.linspace(0, len(ranked) - 1, min(N_KEPT_MAPS, len(ranked))).round().astype(int)]
    maps = rate_maps(recording.rates[:, chosen], nodes, recording.graph.n_nodes)
    return as_lists(maps / np.nanmax(maps, axis=1, keepdims=True), decimals=2)


def _quantiles(values: Floats) -> list[float]:
    """From the lowest to the highest known value; none if none is known."""
    known = values[~np.isnan(values)]
    return np.quantile(known, QUANTILES).round(3).tolist() if len(known) else []
