"""What units respond to: rate maps, and what is measured on them. Pure functions of arrays.

A rate map is an array over nodes, NaN at nodes that were never visited; `maps` are (N units, n_nodes). Measures that
speak of rates (information, sparsity, place and border scores) need non-negative maps: codes with a sign must be
rectified first, by the caller, who has to say how.
"""

import numpy as np
from numpy.typing import NDArray

from hippo_envs import Graph
from hippo_envs.arrays import Floats

LEVEL = 1e-9  # of a unit's highest rate: what differs by less is equal but for rounding


def neighbours_of(graph: Graph) -> NDArray[np.bool_]:
    """Which nodes an action connects, in either direction, (n_nodes, n_nodes); a node is not its own neighbour."""
    nodes, actions = np.nonzero(graph.available)
    adjacent = np.zeros((graph.n_nodes, graph.n_nodes), dtype=bool)
    adjacent[nodes, graph.next_node[nodes, actions]] = True
    np.fill_diagonal(adjacent, False)
    return adjacent | adjacent.T


def rate_maps(activity: NDArray[np.floating], nodes: NDArray[np.int64], n_nodes: int) -> Floats:
    """Mean activity of every unit at every node.

    Args:
        activity: (T, N) floats, step by unit.
        nodes: (T,) the node at each step.
        n_nodes: number of nodes of the graph.

    Returns:
        (N, n_nodes); NaN, not 0, at nodes that were never visited.

    Raises:
        ValueError: if the shapes are others.
    """
    activity, nodes = np.asarray(activity), np.asarray(nodes)
    if activity.ndim != 2 or nodes.shape != activity.shape[:1]:
        raise ValueError(
            f"Activity is (steps, units) and nodes are (steps,), got {activity.shape} and {nodes.shape}: for one unit, "
            "give activity[:, None]."
        )
    from scipy.sparse import csr_array  # late, for it takes half a second

    n_steps = len(nodes)
    at_node = csr_array((np.ones(n_steps), (nodes, np.arange(n_steps))), shape=(n_nodes, n_steps))
    with np.errstate(invalid="ignore"):
        return ((at_node @ activity) / occupancy(nodes, n_nodes)[:, None]).T


def occupancy(nodes: NDArray[np.int64], n_nodes: int) -> Floats:
    """How many steps were spent at each node, (n_nodes,)."""
    return np.bincount(nodes.ravel(), minlength=n_nodes).astype(np.float64)


def spatial_information(maps: Floats, time_at_node: Floats) -> Floats:
    """Skaggs information in bits per spike (N,): sum p_i (r_i / r) log2(r_i / r), with r = sum p_i r_i.

    A unit active at one of S equally visited nodes has log2 S bits; a constant one has 0; a silent one NaN.
    Skaggs et al. (1993), NeurIPS 5.
    """
    p, rates = _occupied(maps, time_at_node)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = rates / (rates @ p)[:, None]
        bits = np.where(relative > 0, relative * np.log2(relative), relative)
    return bits @ p


def sparsity(maps: Floats, time_at_node: Floats) -> Floats:
    """(sum p_i r_i)^2 / sum p_i r_i^2 per unit (N,): 1 for a constant unit, 1 / S for one of S nodes.

    Skaggs et al. (1996), Hippocampus 6.
    """
    p, rates = _occupied(maps, time_at_node)
    with np.errstate(invalid="ignore"):
        return (rates @ p) ** 2 / (rates**2 @ p)


def coherence(maps: Floats, neighbours: NDArray[np.bool_]) -> Floats:
    """Correlation over nodes between a unit's rate and the mean rate of the neighbours (N,).

    Args:
        maps: (N, n_nodes).
        neighbours: (n_nodes, n_nodes), True where two nodes are next to each other.
    """
    maps = _checked_maps(maps)
    visited = ~np.isnan(maps)
    weights = neighbours.astype(np.float64)
    with np.errstate(invalid="ignore"):
        mean_around = (np.nan_to_num(maps) @ weights) / (visited @ weights)
    return correlations(maps, mean_around)


def correlations(maps: Floats, others: Floats) -> Floats:
    """Pearson correlation of each map with its partner over the nodes that both have, (N,); NaN if one is constant.

    Constant is what varies by less than a millionth of its size.

    Between worlds of one graph this is the remapping correlation: near 1, the unit keeps its field; near 0, it remaps.
    """
    maps, others = _checked_maps(maps), _checked_maps(others)
    both = ~(np.isnan(maps) | np.isnan(others))
    n = both.sum(axis=1, keepdims=True)
    centred = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for values in (maps, others):
            kept = np.where(both, values, 0)
            deviations = np.where(both, kept - kept.sum(axis=1, keepdims=True) / n, 0)
            varies = np.abs(deviations).max(axis=1) > 1e-6 * np.abs(kept).max(axis=1)
            centred.append(np.where(varies[:, None], deviations, np.nan))
        a, b = centred
        return (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))


def largest_field_share(maps: Floats, neighbours: NDArray[np.bool_], threshold: float = 0.2) -> Floats:
    """Rate in the largest field over rate in all fields (N,): 1 for a single place field.

    A field is a connected set of nodes with a rate above `threshold` times the unit's highest.
    Whittington et al. (2022), figure 11, whose threshold is not given.
    """
    maps = _checked_maps(maps)
    shares = np.full(len(maps), np.nan)
    for unit, rates in enumerate(maps):
        masses = [rates[field].sum() for field in fields(rates, neighbours, threshold)]
        if masses:
            shares[unit] = max(masses) / sum(masses)
    return shares


def place_scores(maps: Floats, neighbours: NDArray[np.bool_], threshold: float = 0.1) -> Floats:
    """How much a unit fires in one small place (N,): 1 - 1 / l_t at one node only, 0 everywhere alike.

    From the peak, walk on to neighbours of lower (or equal) rate while that is at least `threshold` times the peak;
    with l_c nodes so reached of l_t visited, and gamma their share of the rate, the score is gamma (1 - l_c / l_t).
    The score of Kim et al. (2023), reconstructed and unverified: their threshold, rectification and neighbourhood are
    not known to us, so all three are the caller's.
    """
    maps = _checked_maps(maps)
    visited = ~np.isnan(maps)
    rates = np.where(visited, maps, 0)
    reached = _descended(rates, visited, neighbours, threshold)
    with np.errstate(invalid="ignore", divide="ignore"):
        gamma = (rates * reached).sum(axis=1) / rates.sum(axis=1)
        scores = gamma * (1 - reached.sum(axis=1) / visited.sum(axis=1))
    return np.where(rates.max(axis=1) > 0, scores, np.nan)


def border_scores(
    maps: Floats,
    neighbours: NDArray[np.bool_],
    positions: Floats,
    walls: NDArray[np.bool_],
    threshold: float = 0.3,
) -> Floats:
    """(c - d) / (c + d) per unit (N,): 1 for a unit that lines a wall and fires nowhere else, -1 for one in the middle.

    c is the largest share of a wall that one field covers; d the mean distance of the rate from the nearest wall, over
    the largest such distance of any node. Solstad et al. (2008), Science 322.

    Args:
        maps: (N, n_nodes), non-negative.
        neighbours: (n_nodes, n_nodes).
        positions: (n_nodes, 2).
        walls: (n_walls, n_nodes), the nodes along each wall.
        threshold: of a field, as a fraction of the unit's highest rate.
    """
    along_walls = positions[walls.any(axis=0)]
    to_wall = np.linalg.norm(positions[:, None] - along_walls, axis=2).min(axis=1)
    to_wall = to_wall / to_wall.max()
    scores = np.full(len(maps), np.nan)
    for unit, rates in enumerate(maps):
        found = fields(rates, neighbours, threshold)
        if not found:
            continue
        covered = max((walls & field).sum(axis=1)[w] / walls[w].sum() for field in found for w in range(len(walls)))
        firing = np.where(np.isnan(rates), 0, rates)
        distance = (firing @ to_wall) / firing.sum()
        scores[unit] = (covered - distance) / (covered + distance)
    return scores


def fields(rates: Floats, neighbours: NDArray[np.bool_], threshold: float) -> list[NDArray[np.bool_]]:
    """Connected sets of nodes with a rate above `threshold` times the highest, as bool (n_nodes,) each."""
    if not np.nanmax(rates) > 0:
        return []
    left = np.nan_to_num(rates, nan=-np.inf) > threshold * np.nanmax(rates)
    found = []
    while left.any():
        field = _spread(int(left.argmax()), left, neighbours)
        found.append(field)
        left = left & ~field
    return found


def _spread(start: int, allowed: NDArray[np.bool_], neighbours: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """All allowed nodes that can be reached from `start` over allowed nodes."""
    reached = np.zeros(len(allowed), dtype=bool)
    reached[start] = True
    while True:
        more = reached | (neighbours[reached].any(axis=0) & allowed)
        if (more == reached).all():
            return reached
        reached = more


def _descended(
    rates: Floats, visited: NDArray[np.bool_], neighbours: NDArray[np.bool_], threshold: float
) -> NDArray[np.bool_]:
    """The visited nodes (N, n_nodes) that each unit reaches from its peak by steps that never go up, above threshold.

    All units at once: nulls ask for hundreds of maps of each.
    """
    units, peaks = np.arange(len(rates)), rates.argmax(axis=1)
    highest = rates[units, peaks, None]
    # The neighbours of every node beside each other; rows of nodes with fewer are filled up with others, and masked.
    around = np.argsort(~neighbours, axis=1, kind="stable")[:, : max(1, int(neighbours.sum(axis=1).max()))]
    down = rates[:, :, None] <= rates[:, around] + LEVEL * highest[..., None]
    down &= np.take_along_axis(neighbours, around, axis=1)
    down &= (visited & (rates >= threshold * highest))[..., None]
    reached = np.zeros(rates.shape, dtype=bool)
    reached[units, peaks] = True
    while True:
        more = reached | (reached[:, around] & down).any(axis=2)
        if (more == reached).all():
            return reached
        reached = more


def _checked_maps(maps: Floats) -> Floats:
    """The maps as an array; a ValueError if they are not one row for each unit."""
    maps = np.asarray(maps)
    if maps.ndim != 2:
        raise ValueError(f"Maps are (units, nodes), got {maps.shape}: for one unit, give maps[None].")
    return maps


def _occupied(maps: Floats, time_at_node: Floats) -> tuple[Floats, Floats]:
    """Occupancy as probabilities and the rates where it is not 0; refuses what has no meaning as a rate."""
    maps = _checked_maps(maps)
    if np.nanmin(maps) < 0:
        raise ValueError(f"Rates must not be negative, got {np.nanmin(maps)}: rectify the maps first, and say how.")
    visited = time_at_node > 0
    p = time_at_node[visited] / time_at_node.sum()
    return p, maps[:, visited]
