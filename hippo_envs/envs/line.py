"""A line of a few nodes and jumps along it: transitive inference."""

from collections.abc import Sequence

import numpy as np

from hippo_envs.arguments import check_moves, whole_number, whole_numbers
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.graph import NO_EDGE, Graph
from hippo_envs.walking.walk_policies import UniformPolicy
from hippo_envs.worlds import WorldFamily

TEM_LENGTHS = (4, 5, 6)


def line_graph(length: int, jump: int = 4) -> Graph:
    """`length` nodes in order, and signed jumps of 1 to `jump` nodes, downwards first.

    Raises:
        ValueError: if there are fewer than two nodes, or no jump.
    """
    length, jump = whole_number("length", length, at_least=2), whole_number("jump", jump, at_least=1)
    check_moves(length, 2 * jump, length=length, jump=jump)
    jumps = np.array([*range(-jump, 0), *range(1, jump + 1)])
    arrival = np.arange(length)[:, None] + jumps
    next_node = np.where((arrival >= 0) & (arrival < length), arrival, NO_EDGE)
    positions = np.stack([np.arange(length), np.zeros(length)], axis=1).astype(np.float64)
    return Graph(next_node, positions, tuple(f"{by:+d}" for by in jumps))


def line_family(length: int | Sequence[int] = TEM_LENGTHS, jump: int = 4, n_observations: int = 45) -> WorldFamily:
    """Lines of one or several lengths; the arguments are those of `LineEnv`."""
    graphs = tuple(line_graph(n, jump) for n in whole_numbers("length", length))
    return WorldFamily(graphs, n_observations, UniformPolicy())


class LineEnv(GraphEnv):
    """Jump along a line of symbols: if B is two above A, and C one above B, what is three above A?

    ## Description
    Transitive inference as the Tolman-Eichenbaum Machine learns it. The world is an ordered line of a few nodes, each
    with a random symbol; an action is a jump by a signed number of nodes. The task is to say which symbol comes next:
    one who has learnt that jumps add up can say so of any node seen before, from wherever the jump starts.

    Walks, as `sample_walks` takes them: every open action is equally likely.

    ## Action Space
    `Discrete(8)`: jumps of -4, -3, -2, -1, +1, +2, +3, +4 (2 `jump` of them). A jump beyond an end leaves the agent
    where it is; `info["action_mask"]` says which are open. A number outside the space raises a `ValueError`. (The
    authors' code gives sign and size as two components; here a jump is one symbol.)

    ## Observation Space
    `Discrete(n_observations)`: the symbol at the agent's node, as an `int`.
    ...

    ## Starting State
    A length drawn from those given, new symbols, and a uniform node, all from the environment's own generator.

    ## Episode End
    Never terminates. Truncated after `max_episode_steps` (32 as registered: a line is soon known).

    ## Information
    ...

    Ground truth, not for agents, is `env.unwrapped.node`: the agent's node, from the lower end.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `length` | `(4, 5, 6)` | nodes of the line; of a list, one is drawn for each world |
    | `jump` | `4` | the longest jump |
    | `n_observations` | `45` | number of symbols |
    ...

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> envs = gym.make_vec("hippo_envs:hippo/Line-v0", num_envs=3, vectorization_mode="vector_entry_point")
    >>> envs.reset(seed=0)[0].shape, envs.family.action_names[:4]
    ((3,), ('-4', '-3', '-2', '-1'))

    ## Reference scores
    Chance 1 / n_observations; the node agent is 1 on every mask of revisits, and so is the ceiling, since the sum of
    the jumps says where the agent is; the edge agent is at chance on `zero_shot`.
    `hippo_envs.references` and `hippo_envs.ceilings` compute all of them on any walks.

    ## References
    Whittington et al. (2020), Cell 183; Dusek and Eichenbaum (1997), PNAS 94, "The hippocampus and memory for orderly
    stimulus relations".
    """

    build_family = staticmethod(line_family)


class LineVectorEnv(GraphVectorEnv):
    """The native vector form of `LineEnv`, with the same arguments."""

    single = LineEnv
