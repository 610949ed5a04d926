"""Rectangles of nodes with four moves, open at the walls or closed to a torus."""

import math
from collections.abc import Sequence

import numpy as np

from hippo_envs.arguments import check_moves, true_or_false, whole_number, whole_numbers
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.graph import NO_EDGE, Graph
from hippo_envs.walking.walk_policies import DriftingHeadingPolicy
from hippo_envs.worlds import WorldFamily

MOVES = {"east": (1, 0), "north": (0, 1), "west": (-1, 0), "south": (0, -1)}
TEM_WIDTHS = (8, 9, 10, 11)


def rectangle_graph(width: int, height: int, stay: bool = True, torus: bool = False) -> Graph:
    """The 4-connected graph of `width` x `height` nodes, numbered row by row from the south-west.

    Args:
        width, height: nodes along each side.
        stay: whether standing still is an action, the last one.
        torus: whether a move over one side arrives at the opposite one.

    Raises:
        ValueError: if a side is below 1 (below 3 on a torus, where two moves would lead to the same neighbour).
    """
    smallest = 3 if true_or_false("torus", torus) else 1
    width, height = whole_number("width", width, at_least=1), whole_number("height", height, at_least=1)
    if width < smallest or height < smallest:
        kind = "torus" if torus else "rectangle"
        raise ValueError(f"A {kind} needs sides of at least {smallest} nodes, got {width} x {height}.")
    check_moves(width * height, len(MOVES) + 1, width=width, height=height)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    x, y = x.ravel(), y.ravel()
    moves = dict(MOVES, stay=(0, 0)) if true_or_false("stay", stay) else MOVES
    columns = []
    for dx, dy in moves.values():
        to_x, to_y = x + dx, y + dy
        inside = (to_x >= 0) & (to_x < width) & (to_y >= 0) & (to_y < height)
        columns.append(np.where(inside | torus, to_x % width + width * (to_y % height), NO_EDGE))
    headings = np.array([math.atan2(dy, dx) if (dx, dy) != (0, 0) else math.nan for dx, dy in moves.values()])
    return Graph(np.stack(columns, axis=1), np.stack([x, y], axis=1).astype(np.float64), tuple(moves), headings)


def rectangle_family(
    width: int | Sequence[int] = TEM_WIDTHS,
    height: int | Sequence[int] | None = None,
    n_observations: int = 45,
    stay: bool = True,
    torus: bool = False,
) -> WorldFamily:
    """Rectangles of one or several sizes; the arguments are those of `RectangleEnv`."""
    widths = whole_numbers("width", width)
    heights = widths if height is None else whole_numbers("height", height)
    n_sizes = max(len(widths), len(heights))
    if {len(widths), len(heights)} - {1, n_sizes}:
        raise ValueError(f"width and height must be one number each or lists of one length, got {width} and {height}.")
    sizes = zip(widths * (n_sizes // len(widths)), heights * (n_sizes // len(heights)), strict=True)
    graphs = tuple(rectangle_graph(w, h, stay, torus) for w, h in sizes)
    return WorldFamily(graphs, n_observations, DriftingHeadingPolicy())


class RectangleEnv(GraphEnv):
    """Walk on a 4-connected rectangle with a random symbol at every node.

    ## Description
    The spatial task of the Tolman-Eichenbaum Machine. The world is a rectangle of nodes, each carrying one of
    `n_observations` symbols, drawn independently and with replacement. The agent sees the symbol of the node it stands
    on and moves to a neighbour. The task is to say which symbol comes next, which can be known at every node visited
    before. A memory of symbols suffices where the edge has been taken; where it has not, the agent must know that
    north, east, south, west leads back to where it started. Every reset draws a new world.

    Walks, as `sample_walks` takes them: at .2 of the steps the animal follows a heading, which drifts by up to .4
    radians a step either way, along the nearest move or, where that is closed, turns to a random open one; at all other
    steps every open action is equally likely, standing still included. The authors' walks turn wherever the move ahead
    is closed, also at steps that do not follow the heading: they leave walls sooner.

    ## Action Space
    `Discrete(5)`: east, north, west, south, stay (`Discrete(4)` with `stay=False`). A move into a wall leaves the agent
    where it is; `info["action_mask"]` says which moves are open. A number outside the space raises a `ValueError`.

    ## Observation Space
    `Discrete(n_observations)`: the symbol at the agent's node, as an `int`.
    ...

    ## Starting State
    A size drawn from those given, new symbols, and a uniform node, all from the environment's own generator.

    ## Information
    ...

    Ground truth, not for agents, is `env.unwrapped.node`: the agent's node, numbered row by row from the south-west.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `width` | `(8, 9, 10, 11)` | nodes from west to east; of a list, one is drawn for each world |
    | `height` | `None` | nodes from south to north, paired with `width`; `None` for squares |
    | `n_observations` | `45` | number of symbols |
    | `stay` | `True` | whether standing still is an action |
    | `torus` | `False` | whether a move over one side arrives at the opposite one |
    ...

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> envs = gym.make_vec("hippo_envs:hippo/Rectangle-v0", num_envs=3, vectorization_mode="vector_entry_point")
    >>> observations, info = envs.reset(seed=0)
    >>> observations.shape, info["action_mask"].shape
    ((3,), (3, 5))

    ## Reference scores
    Chance 1 / n_observations; the node agent is 1 on every mask of revisits, and so is the ceiling, since the
    displacement from the start says where the agent is. Not so on a torus of unknown size: there the ceiling from
    actions alone is .89 on `zero_shot` and .76 on `loop_closure` (walks of 128, sizes 8 to 11), and .998 and .993 with
    observations. The edge agent is at chance on `zero_shot`.

    Under conditions, on loop closures (those that did not slip themselves) of 100 walks of 128, with 200 for slips:

    | condition | dead reckoning | ceiling from actions | ceiling |
    |---|---|---|---|
    | `shuffle_actions=True` | .33 | .85 | 1 |
    | `dark_after=64` | 1 | 1 | 1 |
    | `dark_after=64, torus=True` | 1 | .70 | .94 |
    | `bare_share=0.5` | 1 | 1 | 1 |
    | `slip=0.1` | .30 | .38 | .91 |

    That of slips is a particle filter's with 1,000 particles: over three seeds it differs by .003, and with 4,000
    particles it is .004 higher. Dead reckoning knows the true start and the true graph.
    `hippo_envs.references` and `hippo_envs.ceilings` compute all of them on any walks.

    ## References
    Whittington et al. (2020), Cell 183; Whittington, Warren and Behrens (2022), ICLR, "Relating transformers to models
    and neural representations of the hippocampal formation".
    """

    build_family = staticmethod(rectangle_family)


class RectangleVectorEnv(GraphVectorEnv):
    """The native vector form of `RectangleEnv`, with the same arguments."""

    single = RectangleEnv
