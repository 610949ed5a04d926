"""Hexagons of nodes with six moves, open at the border or closed to a torus."""

import math
from collections.abc import Sequence

import numpy as np

from hippo_envs.arguments import check_moves, true_or_false, whole_number, whole_numbers
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.graph import NO_EDGE, Graph
from hippo_envs.walking.walk_policies import DriftingHeadingPolicy
from hippo_envs.worlds import WorldFamily

# Axial coordinates (q, r): a step of q goes east, a step of r to the north-east.
MOVES = {
    "east": (1, 0),
    "north-east": (0, 1),
    "north-west": (-1, 1),
    "west": (-1, 0),
    "south-west": (0, -1),
    "south-east": (1, -1),
}
BASIS = np.array([[1.0, 0.0], [0.5, math.sqrt(3) / 2]])
TEM_RADII = (4, 5, 6)


def hexagonal_graph(radius: int, stay: bool = True, torus: bool = False) -> Graph:
    """The hexagon of nodes at most `radius` steps from its centre, 3 r (r + 1) + 1 of them, row by row from the south.

    Args:
        radius: steps from the centre to a corner; the diameter is 2 r + 1 nodes.
        stay: whether standing still is an action, the last one.
        torus: whether a move over the border arrives on the opposite side: hexagons tile the plane, and every node then
            stands for its copies in the neighbouring ones.

    Raises:
        ValueError: if the radius is below 1.
    """
    radius = whole_number("radius", radius, at_least=1)
    check_moves(3 * radius * (radius + 1) + 1, len(MOVES) + 1, radius=radius)
    reach = range(-radius, radius + 1)
    places = [(q, r) for r in reach for q in reach if abs(q + r) <= radius]
    node_at = {place: node for node, place in enumerate(places)}
    if true_or_false("torus", torus):
        node_at |= _copies_beyond_the_border(places, radius)
    moves = dict(MOVES, stay=(0, 0)) if true_or_false("stay", stay) else MOVES
    table = [[node_at.get((q + dq, r + dr), NO_EDGE) for dq, dr in moves.values()] for q, r in places]
    steps = np.array(list(moves.values())) @ BASIS
    headings = np.where(steps.any(axis=1), np.arctan2(steps[:, 1], steps[:, 0]), np.nan)
    return Graph(np.array(table), np.array(places) @ BASIS, tuple(moves), headings)


def hexagonal_family(
    radius: int | Sequence[int] = TEM_RADII, n_observations: int = 45, stay: bool = True, torus: bool = False
) -> WorldFamily:
    """Hexagons of one or several sizes; the arguments are those of `HexagonalEnv`."""
    graphs = tuple(hexagonal_graph(r, stay, torus) for r in whole_numbers("radius", radius))
    return WorldFamily(graphs, n_observations, DriftingHeadingPolicy())


def _copies_beyond_the_border(places: list[tuple[int, int]], radius: int) -> dict[tuple[int, int], int]:
    """The nodes of the six neighbouring hexagons of the tiling, by the node of this one that they are copies of."""
    shift = (2 * radius + 1, -radius)
    copies = {}
    for _ in range(6):
        copies |= {(q + shift[0], r + shift[1]): node for node, (q, r) in enumerate(places)}
        shift = (-shift[1], shift[0] + shift[1])  # the next one, 60 degrees on
    return copies


class HexagonalEnv(GraphEnv):
    """Walk on a 6-connected hexagon with a random symbol at every node.

    ## Description
    The hexagonal worlds of the Tolman-Eichenbaum Machine: a triangular lattice of nodes within a hexagonal border, each
    node carrying one of `n_observations` symbols, drawn independently and with replacement. The agent sees the symbol
    of the node it stands on and moves to one of six neighbours; the task is to say which symbol comes next. Every reset
    draws a new world.

    Walks, as `sample_walks` takes them: at .2 of the steps the animal follows a heading, which drifts by up to .4
    radians a step either way, along the nearest move or, where that is closed, turns to a random open one; at all other
    steps every open action is equally likely, standing still included. The authors' walks turn wherever the move ahead
    is closed, also at steps that do not follow the heading: they leave walls sooner.

    ## Action Space
    `Discrete(7)`: east, north-east, north-west, west, south-west, south-east, stay (`Discrete(6)` with `stay=False`). A
    move over the border leaves the agent where it is; `info["action_mask"]` says which moves are open. A number outside
    the space raises a `ValueError`.

    ## Observation Space
    `Discrete(n_observations)`: the symbol at the agent's node, as an `int`.
    ...

    ## Starting State
    A size drawn from those given, new symbols, and a uniform node, all from the environment's own generator.

    ## Information
    ...

    Ground truth, not for agents, is `env.unwrapped.node`: the agent's node, numbered row by row from the south.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `radius` | `(4, 5, 6)` | steps from the centre to the border (61, 91, 127 nodes); of a list, one for each world |
    | `n_observations` | `45` | number of symbols |
    | `stay` | `True` | whether standing still is an action |
    | `torus` | `False` | whether a move over the border arrives on the opposite side |
    ...

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> envs = gym.make_vec("hippo_envs:hippo/Hexagonal-v0", num_envs=3, vectorization_mode="vector_entry_point")
    >>> observations, info = envs.reset(seed=0)
    >>> observations.shape, info["action_mask"].shape
    ((3,), (3, 7))

    ## Reference scores
    As in `hippo/Rectangle-v0`: chance 1 / n_observations; the node agent and the ceiling 1 on every mask of revisits,
    except on a torus of unknown size; the edge agent at chance on `zero_shot`.

    ## References
    Whittington et al. (2020), Cell 183; Whittington, Warren and Behrens (2022), ICLR, figure 10.
    """

    build_family = staticmethod(hexagonal_family)


class HexagonalVectorEnv(GraphVectorEnv):
    """The native vector form of `HexagonalEnv`, with the same arguments."""

    single = HexagonalEnv
