"""Familiar maps: reference memory from earlier trials, told apart from working memory of recent steps."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arguments import check_moves, true_or_false, whole_number
from hippo_envs.arrays import Floats, Ints
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.envs.rectangle import rectangle_graph
from hippo_envs.walking.walk_policies import UniformPolicy
from hippo_envs.walks import Walks
from hippo_envs.worlds import WorldFamily


@dataclass(frozen=True, eq=False)
class ReferenceMemoryFamily(WorldFamily):
    """Worlds whose symbols are those of one of a few maps, which are the same in every trial.

    Args:
        n_maps: how many there are.
        map_seed: which ones: map i is drawn from `np.random.default_rng([map_seed, i])`, so a larger family begins with
            the maps of a smaller one.
    """

    n_maps: int = 32
    map_seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "n_maps", whole_number("n_maps", self.n_maps, at_least=1))
        object.__setattr__(self, "map_seed", whole_number("map_seed", self.map_seed, at_least=0))

    @cached_property
    def maps(self) -> Ints:
        maps = np.stack([self._draw_map(index) for index in range(self.n_maps)])
        maps.setflags(write=False)
        return maps

    def _draw_map(self, index: int) -> Ints:
        rng = np.random.default_rng([self.map_seed, index])
        n = self.graphs[0].n_appearances
        if self.conditions.bare_share:
            return self.symbols_from(rng.random(n))
        return rng.integers(self.n_observations, size=n)

    @property
    def n_symbol_draws(self) -> int:
        return 1

    def place_symbols(self, draws: Floats) -> Ints:
        """The symbols of a uniform map, (B, n_nodes), from one draw each."""
        return self.maps[(draws[:, 0] * self.n_maps).astype(np.int64)]

    def scored(self, walks: Walks) -> NDArray[np.bool_]:
        """What can be known, (B, T): by heart all but the first step; after a remapping what was seen since."""
        known = walks.after_first.copy()
        if self.remap_after is not None:
            known[:, self.remap_after :] = walks.seen[:, self.remap_after :]
        return known

    def specification(self) -> dict[str, Any]:
        return super().specification() | {"n_maps": self.n_maps, "map_seed": self.map_seed}


def reference_memory_family(
    n_maps: int = 32,
    size: int = 11,
    n_observations: int = 10,
    map_seed: int = 0,
    novel: bool = False,
    start_node: int | None = None,
) -> WorldFamily:
    """Familiar maps, or novel ones; the arguments are those of `ReferenceMemoryEnv`."""
    size = whole_number("size", size, at_least=1)
    n_maps = whole_number("n_maps", n_maps, at_least=1)
    map_seed = whole_number("map_seed", map_seed, at_least=0)
    check_moves(n_maps * size * size, 1, n_maps=n_maps, size=size)
    graph = rectangle_graph(size, size)
    if start_node is not None:
        start_node = whole_number("start_node", start_node, at_least=0)
        if start_node >= graph.n_nodes:
            raise ValueError(
                f"start_node must be a node of the map, 0 to {graph.n_nodes - 1}, or None for any, got {start_node}."
            )
        graph = replace(graph, start_nodes=np.array([start_node]))
    if true_or_false("novel", novel):
        return WorldFamily((graph,), n_observations, UniformPolicy())
    return ReferenceMemoryFamily((graph,), n_observations, UniformPolicy(), n_maps=n_maps, map_seed=map_seed)


class ReferenceMemoryEnv(GraphEnv):
    """Walk on one of a few familiar maps, without being told which map or where on it.

    ## Description
    The task of the NMDA transformer, which tells short-term working memory from long-term reference memory. There are
    `n_maps` maps, squares with a letter at every node, the same in every trial of every agent. A trial starts at a
    uniform node of a uniform one of them. Letters of nodes seen a moment ago can be had from working memory; those of
    nodes never visited in this trial only by recognising the map and knowing it from earlier trials. On novel maps
    (`novel=True`) a new map is drawn for every trial by the same generator: there, reference memory is of no use.

    Walks, as `sample_walks` takes them: every open action is equally likely, standing still included.

    ## Action Space
    `Discrete(5)`: east, north, west, south, stay. A move into a wall leaves the agent where it is;
    `info["action_mask"]` says which moves are open. A number outside the space raises a `ValueError`.

    ## Observation Space
    `Discrete(n_observations)`: the letter at the agent's node, as an `int`.
    ...

    ## Starting State
    A uniform map and a uniform node, both from the environment's own generator; the maps themselves from `map_seed`.
    With `start_node` every trial starts at that node: who adds up its own moves then has the true position, the same
    on every map, which is a control.

    ## Episode End
    Never terminates. Truncated after `max_episode_steps` (2,048 as registered).

    ## Information
    ...

    Ground truth, not for agents, is `env.unwrapped.node`: the agent's node, numbered row by row from the south-west.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `n_maps` | `32` | familiar maps |
    | `size` | `11` | nodes along a side |
    | `n_observations` | `10` | number of letters |
    | `map_seed` | `0` | which familiar maps; map i is `np.random.default_rng([map_seed, i])`'s |
    | `novel` | `False` | a new map for every trial instead, drawn in the same way |
    | `start_node` | `None` | node at which every trial starts; `None` for a uniform one |
    ...

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> envs = gym.make_vec("hippo_envs:hippo/ReferenceMemory-v0", num_envs=3, vectorization_mode="vector_entry_point")
    >>> envs.reset(seed=0)[0].shape, envs.family.maps.shape
    ((3,), (32, 121))

    ## Scoring
    The window W of working memory is an argument of the score, not of the environment: use
    `score(answers, walks, memory_split(walks, W))`. Short-term working memory (STWM) error: on `in_window(W)`.
    Long-term reference memory (LTRM) error as published: on all other steps but the first; split into
    `out_of_window(W)`, nodes visited longer ago in this trial, and `never_in_trial`, reference memory proper.

    ## Reference scores
    The exact Bayes filter over maps and positions makes no error once it has found its place, so the floor of both
    errors is 0 there. Chance is an error of 1 - 1 / n_observations; on novel maps nothing does better on
    `never_in_trial`. `hippo_envs.references` and `hippo_envs.ceilings` compute all of them on any walks.

    ## References
    Kim, Kwon, Cha and Lee (2023), NeurIPS, "Transformer as a hippocampal memory consolidation model based on
    NMDAR-inspired nonlinearity".
    """

    build_family = staticmethod(reference_memory_family)


class ReferenceMemoryVectorEnv(GraphVectorEnv):
    """The native vector form of `ReferenceMemoryEnv`, with the same arguments."""

    single = ReferenceMemoryEnv
