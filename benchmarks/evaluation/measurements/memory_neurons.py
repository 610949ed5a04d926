"""Memory neurons: are the softmax weights of attention place cells, in one world?

A memory neuron is the attention paid to the memory that one step of the walk left behind. It is silent until that
memory is there. Whittington, Warren and Behrens (2022), section 6: "Since memory neurons are sparsely activated due to
the softmax, they appear to have a spatial tuning for each environment resembling hippocampal place cells".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.measurements.representations import fields, largest_field_share, neighbours_of, rate_maps
from benchmarks.evaluation.measurements.subject import (
    Floats,
    Subject,
    as_lists,
    distribution,
    largest_world,
    mean,
    median,
)
from hippo_envs import Graph

FIELD_THRESHOLD = 0.2  # of a unit's highest rate; the paper does not give its own
SHARE_OF_WALK = 4  # memories of the first quarter of a walk, so that three quarters of it are left to map each
N_KEPT_MAPS = 12


def memory_fields(subject: Subject) -> dict[str, Any]:
    """How place-like memory neurons are in the largest held-out world, beside position units and an untrained agent.

    About the memories of the first quarter of the walk. The place measure is that of figure 11: rate in the largest
    connected component of the rate map over rate in all of them, a component being nodes with a rate above .2 of the
    highest (the paper does not give its threshold). It is 1 for one place field, and also for a map without any
    structure, which is one field as large as the world: the size of the field is reported with it. Position units have
    a sign: their negative rates count as 0.

    - `memory_place`, `position_place`: medians of the place measure over units;
    - `memory_field_size`, `position_field_size`: medians of the share of visited nodes in the largest field;
    - `memory_at_home`: the share of memory neurons that fire most at the node where their memory was made;
    - the same of the untrained agent, with `_untrained`;
    - `place_distributions`: all values of the place measure, in order;
    - `memory_maps`: twelve memory neurons' maps, each scaled to a highest rate of 1.

    Raises:
        ValueError: if the agent has no activities called "memory" and "position", or its memory is not one weight for
            an empty slot and one for each step.
    """
    world = largest_world(subject.walks)
    graph, nodes = subject.walks.worlds.graph(world), subject.nodes(world)
    slots = early_slots(len(nodes))
    numbers: dict[str, Any] = {}
    distributions: dict[str, list[float]] = {}
    kept: dict[str, Any] = {}
    for name, agent in subject.both.items():
        (activity,) = subject.activities(agent, ("position", "memory"), [world])
        maps = {
            "memory": memory_maps(activity["memory"], nodes, graph.n_nodes, slots),
            "position": rate_maps(activity["position"], nodes, graph.n_nodes).clip(min=0),
        }
        numbers[f"memory_at_home{name}"] = mean(at_home(maps["memory"], nodes[slots]))
        for cells, rates in maps.items():
            shares, sizes = place_measures(rates, graph)
            numbers |= {f"{cells}_place{name}": median(shares), f"{cells}_field_size{name}": median(sizes)}
            distributions[f"{cells}{name}"] = distribution(shares)
        kept = kept or _some(maps["memory"])
    return {**numbers, "place_distributions": distributions, "memory_maps": {"world": world, **kept}}


def early_slots(n_steps: int) -> NDArray[np.int64]:
    """The steps whose memories are looked at: the first quarter of the walk."""
    return np.arange(n_steps // SHARE_OF_WALK)


def memory_maps(weights: Floats, nodes: NDArray[np.int64], n_nodes: int, slots: NDArray[np.int64]) -> Floats:
    """Mean weight of each memory at every node, over the steps that come after it, (S, n_nodes).

    Args:
        weights: (T, 1 + M) attention of every step to the empty slot and to the memory of each of M >= T steps.
        nodes: (T,) the node at each step.
        n_nodes: number of nodes of the graph.
        slots: (S,) which memories, by the step that made them.

    Returns:
        NaN at nodes not visited after the memory was made, and all along the row of a memory that was never kept.

    Raises:
        ValueError: if there are fewer weights than an empty slot and one memory a step.
    """
    n_steps = len(nodes)
    if weights.shape[1] < n_steps + 1:
        raise ValueError(
            f"A memory neuron needs a weight for an empty slot and one for each of {n_steps} steps, got "
            f"{weights.shape[1]} weights: this memory does not keep its steps apart."
        )
    after = np.arange(n_steps)[:, None] > slots
    at_node = np.eye(n_nodes)[nodes].T
    rates = np.where(after, weights[:, 1 + slots], 0)
    counts = at_node @ after
    maps = np.divide(at_node @ rates, counts, out=np.full(counts.shape, np.nan), where=counts > 0).T
    maps[~(rates > 0).any(axis=0)] = np.nan
    return maps


def at_home(maps: Floats, homes: NDArray[np.int64]) -> Floats:
    """Whether each neuron's rate is highest at its home node, 1 or 0 (S,); NaN for one that is silent or never near.

    Args:
        maps: (S, n_nodes).
        homes: (S,) nodes.
    """
    known = ~np.isnan(maps[np.arange(len(maps)), homes])
    return np.where(known, peaks(maps) == homes, np.nan)


def peaks(maps: Floats) -> NDArray[np.int64]:
    """The node with the highest rate (N,); node 0 for a map that is NaN all over."""
    return np.nan_to_num(maps, nan=-np.inf).argmax(axis=1)


def place_measures(maps: Floats, graph: Graph) -> tuple[Floats, Floats]:
    """Figure 11's place measure of every map, and the share of visited nodes in its largest field, (N,) each."""
    neighbours, active = neighbours_of(graph), ~np.isnan(maps).all(axis=1)
    shares, sizes = np.full((2, len(maps)), np.nan)
    shares[active] = largest_field_share(maps[active], neighbours, FIELD_THRESHOLD)
    for unit in np.flatnonzero(~np.isnan(shares)):
        found = fields(maps[unit], neighbours, FIELD_THRESHOLD)
        largest = max(found, key=lambda field: maps[unit][field].sum())
        sizes[unit] = largest.sum() / (~np.isnan(maps[unit])).sum()
    return shares, sizes


def _some(maps: Floats) -> dict[str, Any]:
    """A few maps, evenly spread over the neurons that fire."""
    active = np.flatnonzero(~np.isnan(maps).all(axis=1))
    chosen = active[np.linspace(0, len(active) - 1, min(N_KEPT_MAPS, len(active))).astype(int)]
    return {
        "slots": chosen.tolist(),
        "maps": [as_lists(rates / np.nanmax(rates), 3) for rates in maps[chosen]],
    }
