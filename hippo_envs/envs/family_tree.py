"""Family trees: worlds that are not spatial, whose actions are relations."""

from collections.abc import Sequence

import numpy as np

from hippo_envs.arguments import check_moves, whole_number, whole_numbers
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.graph import NO_EDGE, Graph
from hippo_envs.walking.walk_policies import UniformPolicy
from hippo_envs.worlds import WorldFamily

RELATIONS = (
    "parent",
    "child 1",
    "child 2",
    "sibling",
    "grandparent",
    "uncle or aunt",
    "niece or nephew 1",
    "niece or nephew 2",
    "cousin 1",
    "cousin 2",
)
TEM_LEVELS = (3, 4, 5)


def family_tree_graph(levels: int) -> Graph:
    """The full binary tree with `levels` generations below the root, 2^(levels + 1) - 1 people, and ten relations.

    People are numbered generation by generation: the children of i are 2 i + 1 and 2 i + 2, in this order everywhere.
    Niece 1 is the first child of the sibling, cousin 1 the first child of the uncle or aunt. "Grandparent" is the only
    relation without a way back: there is no "grandchild", and other relations do not lead there in one step.

    Raises:
        ValueError: if there is no generation below the root.
    """
    levels = whole_number("levels", levels, at_least=1)
    check_moves(2 ** (min(levels, 60) + 1), len(RELATIONS), levels=levels)
    n_people = 2 ** (levels + 1) - 1

    def parent(person: int) -> int:
        return (person - 1) // 2 if person > 0 else NO_EDGE

    def child(person: int, which: int) -> int:
        found = 2 * person + which if person != NO_EDGE else NO_EDGE
        return found if found < n_people else NO_EDGE

    def sibling(person: int) -> int:
        return NO_EDGE if person <= 0 else person + 1 if person % 2 else person - 1

    table = []
    for person in range(n_people):
        uncle = sibling(parent(person))
        table.append(
            [
                parent(person),
                child(person, 1),
                child(person, 2),
                sibling(person),
                parent(parent(person)),
                uncle,
                child(sibling(person), 1),
                child(sibling(person), 2),
                child(uncle, 1),
                child(uncle, 2),
            ]
        )
    return Graph(np.array(table), _positions(levels), RELATIONS)


def family_tree_family(levels: int | Sequence[int] = TEM_LEVELS, n_observations: int = 45) -> WorldFamily:
    """Trees of one or several depths; the arguments are those of `FamilyTreeEnv`."""
    graphs = tuple(family_tree_graph(depth) for depth in whole_numbers("levels", levels))
    return WorldFamily(graphs, n_observations, UniformPolicy())


def _positions(levels: int) -> np.ndarray:
    """Where to draw people: generations below each other, everyone above the middle of their children."""
    rows = []
    for level in range(levels + 1):
        width = 2 ** (levels - level)
        rows += [(width * (index + 0.5), -float(level)) for index in range(2**level)]
    return np.array(rows)


class FamilyTreeEnv(GraphEnv):
    """Walk through a family tree over ten relations, with a random symbol for every person.

    ## Description
    The family trees of the Tolman-Eichenbaum Machine: a full binary tree in which an action is a relation, "go to your
    uncle or aunt". Each person carries one of `n_observations` symbols, drawn independently and with replacement; the
    task is to say which symbol comes next. Relations combine by rules (the child of my uncle is my cousin) that hold in
    every tree and are not those of space. Every reset draws a new world.

    Walks, as `sample_walks` takes them: every open action is equally likely.

    ## Action Space
    `Discrete(10)`: parent, child 1, child 2, sibling, grandparent, uncle or aunt, niece or nephew 1 and 2, cousin 1 and
    2. Children are numbered; niece 1 is child 1 of the sibling, cousin 1 child 1 of the uncle or aunt. There is no
    staying, and no way straight back from a grandparent. A relation that nobody stands in leaves the agent where it is;
    `info["action_mask"]` says which there are. A number outside the space raises a `ValueError`.

    ## Observation Space
    `Discrete(n_observations)`: the symbol of the person, as an `int`.
    ...

    ## Starting State
    A depth drawn from those given, new symbols, and a uniform person, all from the environment's own generator.

    ## Information
    | key | value |
    |---|---|
    | `action_mask` | int8 (10,), 1 where there is someone in this relation; a fresh array every step |

    Ground truth, not for agents, is `env.unwrapped.node`: the person, numbered generation by generation from the root.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `levels` | `(3, 4, 5)` | generations below the root (15, 31, 63 people); of a list, one is drawn for each world |
    | `n_observations` | `45` | number of symbols |
    ...

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> envs = gym.make_vec("hippo_envs:hippo/FamilyTree-v0", num_envs=3, vectorization_mode="vector_entry_point")
    >>> observations, info = envs.reset(seed=0)
    >>> observations.shape, info["action_mask"].shape
    ((3,), (3, 10))

    ## Reference scores
    Chance 1 / n_observations; the node agent 1 on every mask of revisits; the edge agent at chance on `zero_shot`. The
    node agent is not the ceiling: having gone to a grandparent, actions alone do not say whether child 1 is the parent
    left behind or the uncle.

    ## References
    Whittington et al. (2020), Cell 183; Whittington, Warren and Behrens (2022), ICLR.
    """

    build_family = staticmethod(family_tree_family)


class FamilyTreeVectorEnv(GraphVectorEnv):
    """The native vector form of `FamilyTreeEnv`, with the same arguments."""

    single = FamilyTreeEnv
