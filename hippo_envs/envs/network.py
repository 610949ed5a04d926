"""Any graph of your own: a `Graph`, a networkx graph, or one of the real networks that networkx ships."""

from typing import Any

import numpy as np

from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.graph import NO_EDGE, Graph
from hippo_envs.walking.walk_policies import DriftingHeadingPolicy, HabitPolicy, UniformPolicy, WalkPolicy
from hippo_envs.worlds import WorldFamily

NAMED = {
    "karate club": "karate_club_graph",
    "les miserables": "les_miserables_graph",
    "florentine families": "florentine_families_graph",
}


MAX_NODES_TO_LAY_OUT = 300


def network_graph(network: Any) -> Graph:
    """A networkx graph, or the name of one, as a `Graph`.

    If every edge has an attribute "action", that is the action's name (a relation, say; in an undirected graph it then
    holds in both directions), or its number, of 0 to the number of actions - 1. Otherwise action i leads to a node's
    i-th neighbour; parallel edges are one. Nodes are numbered in sorted order where they can be sorted, since a graph
    made from a set has another order in each process; else in that of the graph. Weights mean nothing here.
    Positions are the node attribute "pos" if all have it, else from networkx's spring layout with a fixed seed,
    or from a circle for networks so large that this would take long.

    A networkx graph is to be connected, a directed one strongly: it says nothing of where walks start and end, so
    every node is one to come back to. A `Graph` says so itself and is taken as it is.

    Raises:
        ImportError: if networkx is needed and not installed.
        ValueError: if there is no network of that name, two edges of a node have the same action, an action has no
            number or name of its own, or not every node can be reached from every other.
        TypeError: if it is neither a graph nor a name.
    """
    if isinstance(network, Graph):
        return network
    networkx = _networkx()
    if isinstance(network, str):
        if network not in NAMED:
            raise ValueError(f"There is no network {network!r}: use one of {', '.join(NAMED)}, or give a graph.")
        network = getattr(networkx, NAMED[network])()
    if not isinstance(network, networkx.Graph):
        raise TypeError(
            f"graph must be a name, a hippo_envs.Graph or a networkx graph, got {type(network).__name__}: "
            "networkx.Graph(edges) makes one of pairs of nodes, networkx.from_numpy_array(matrix) one of a matrix."
        )
    nodes = _in_order(network)
    if len(nodes) < 2:
        raise ValueError(f"A graph to walk on has at least two nodes, got {network}.")
    _reject_parts_out_of_reach(networkx, network)
    number = {node: i for i, node in enumerate(nodes)}
    edges = [(number[node], number[other], data.get("action")) for node in nodes for other, data in _out(network, node)]
    named = [action is not None for *_, action in edges]
    if any(named) and not all(named):
        raise ValueError(
            f"{named.count(False)} of {len(named)} edges have no attribute 'action': name it on all or none."
        )
    if any(named):
        names = _action_names([action for *_, action in edges])
        ways = [(node, names.index(str(action)), other) for node, other, action in edges]
    else:
        around = {node: sorted({number[other] for other, _ in _out(network, name)}) for name, node in number.items()}
        names = tuple(f"neighbour {i + 1}" for i in range(max((len(others) for others in around.values()), default=0)))
        ways = [(node, i, other) for node, others in around.items() for i, other in enumerate(others)]
    return Graph(_table(ways, nodes, names), _positions(network, nodes), names)


def _in_order(network: Any) -> list[Any]:
    try:
        return sorted(network)
    except TypeError:  # nodes of several kinds, or of one that has no order
        return list(network)


def _action_names(actions: list[Any]) -> tuple[str, ...]:
    """One name for each different action, in the order of their numbers, or else of their names."""
    different = list(dict.fromkeys(actions))
    if all(isinstance(action, int | np.integer) and not isinstance(action, bool) for action in different):
        if sorted(different) != list(range(len(different))):
            raise ValueError(
                f"Actions that are whole numbers are those of the environment, 0 to {len(different) - 1} for "
                f"{len(different)} of them, got {sorted(different)}: number them so, or give names as text."
            )
        return tuple(str(action) for action in sorted(different))
    named: dict[str, Any] = {}
    for action in different:
        if action != action:  # NaN, which a table of edges has where there was nothing
            raise ValueError(
                f"The attribute 'action' of an edge is {action!r}: give it a name, or leave it out of all."
            )
        if named.setdefault(str(action), action) is not action:
            raise ValueError(
                f"The actions {named[str(action)]!r} and {action!r} of the graph would have one name: write both alike."
            )
    return tuple(sorted(named))


def _reject_parts_out_of_reach(networkx: Any, network: Any) -> None:
    if network.is_directed():
        parts = list(networkx.strongly_connected_components(network))
        if len(parts) > 1:
            # Of several such parts one at least has no way out.
            end = next(part for part in parts if all(other in part for node in part for other in network[node]))
            beyond = next(node for node in network if node not in end)
            raise ValueError(
                f"From node {next(iter(end))!r} of the graph no walk leads to node {beyond!r}: add edges, take "
                "graph.to_undirected() if they can be walked both ways, or the largest part in which one can get "
                "everywhere, graph.subgraph(max(networkx.strongly_connected_components(graph), key=len))."
            )
        return
    parts = sorted(networkx.connected_components(network), key=len, reverse=True)
    if len(parts) > 1:
        one, other = (next(node for node in network if node in part) for part in parts[:2])
        raise ValueError(
            f"The graph falls into {len(parts)} parts, the largest of {len(parts[0])} nodes, and no walk leads from "
            f"node {one!r} to node {other!r}: add edges, or take the largest part, "
            "graph.subgraph(max(networkx.connected_components(graph), key=len))."
        )


def _out(network: Any, node: Any) -> list[tuple[Any, dict[str, Any]]]:
    """Where edges lead from a node, once for each neighbour, with the attributes of the edge."""
    found = []
    for other, data in network[node].items():
        found += [(other, one) for one in data.values()] if network.is_multigraph() else [(other, data)]
    return found


def _table(ways: list[tuple[int, int, int]], nodes: list[Any], names: tuple[str, ...]) -> np.ndarray:
    table = np.full((len(nodes), len(names)), NO_EDGE)
    for node, action, other in ways:
        if table[node, action] not in (NO_EDGE, other):
            raise ValueError(
                f"The action {names[action]!r} leads from node {nodes[node]!r} to both "
                f"{nodes[table[node, action]]!r} and {nodes[other]!r}: give the two edges actions of their own."
            )
        table[node, action] = other
    return table


def _positions(network: Any, nodes: list[Any]) -> np.ndarray:
    """Positions (n_nodes, 2): given ones as they are, others scaled so that an edge is one step long on average."""
    given = dict(network.nodes(data="pos"))
    if all(position is not None for position in given.values()):
        return np.array([_in_the_plane(node, given[node]) for node in nodes])
    networkx = _networkx()
    large = len(nodes) > MAX_NODES_TO_LAY_OUT
    layout = networkx.circular_layout(network) if large else networkx.spring_layout(network, weight=None, seed=0)
    placed = np.array([layout[node] for node in nodes])
    placed /= np.maximum(np.ptp(placed, axis=0), 1e-9)  # as wide as high
    number = {node: i for i, node in enumerate(nodes)}
    lengths = [np.linalg.norm(placed[number[a]] - placed[number[b]]) for a, b in network.edges() if a != b]
    return placed / (np.mean(lengths) if lengths else 1.0)


def _in_the_plane(node: Any, position: Any) -> np.ndarray:
    try:
        place = np.array(position, dtype=np.float64)
    except (TypeError, ValueError):
        place = np.empty(0)
    if place.shape != (2,):
        raise ValueError(
            f"The attribute 'pos' of a node is its place in the plane, (x, y), got {position!r} for node {node!r}."
        )
    return place


def _networkx() -> Any:
    try:
        import networkx
    except ImportError as missing:
        raise ImportError("This network needs networkx: pip install networkx.") from missing
    return networkx


def network_family(graph: Any = "karate club", n_observations: int = 45) -> WorldFamily:
    """Worlds on one network; the arguments are those of `NetworkEnv`."""
    made = network_graph(graph)
    policy: WalkPolicy = UniformPolicy()
    if made.habits is not None:
        policy = HabitPolicy()
    elif made.headings is not None and not np.isnan(made.headings).all():
        policy = DriftingHeadingPolicy()
    return WorldFamily((made,), n_observations, policy)


class NetworkEnv(GraphEnv):
    """Walk on any graph: your own, one from networkx, or a real social network.

    ## Description
    The task of the spatial worlds on a graph of one's choice: every node carries a random symbol, the agent moves along
    edges and says which symbol comes next. The networks that come by name are real: the karate club of Zachary (34
    people), the characters of Les Miserables (77) and the families of Renaissance Florence (15). A networkx graph has
    to be connected, so that a walk can come everywhere; weights of its edges mean nothing. A `Graph` says itself where
    walks start, and is taken as it is.

    Walks, as `sample_walks` takes them: every open action is equally likely. Only on a `Graph` that has `habits` are
    these followed, and on one that has `headings` a heading is, as on rectangles.

    ## Action Space
    `Discrete(largest number of neighbours)`: action i leads to the i-th neighbour (17 actions in the karate club); with
    edges that name or number their "action", `Discrete(number of actions)`. What is not open at a node leaves the agent
    where it is; `info["action_mask"]` says what is. A number outside the space raises a `ValueError`.

    ## Observation Space
    `Discrete(n_observations)`: the symbol at the agent's node, as an `int`.
    ...

    ## Starting State
    New symbols and a uniform node, all from the environment's own generator.

    ## Information
    ...

    Ground truth, not for agents, is `env.unwrapped.node`: the agent's node, in sorted order of the graph's nodes.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `graph` | `"karate club"` | that, `"les miserables"`, `"florentine families"`, a networkx graph, or a `Graph` |
    | `n_observations` | `45` | number of symbols |
    ...

    Names need networkx (`pip install networkx`). An environment made from a name or with the defaults has a
    specification that can be written as JSON; one made from an object does not.

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> envs = gym.make_vec("hippo_envs:hippo/Network-v0", num_envs=3, vectorization_mode="vector_entry_point")
    >>> envs.reset(seed=0)[0].shape, envs.family.graphs[0].n_nodes
    ((3,), 34)

    ## Reference scores
    Chance 1 / n_observations; the node agent is 1 on every mask of revisits; the ceiling is a little lower, since the
    start is unknown; the edge agent is at chance on `zero_shot`. Here "structure" is this one network, not a rule.
    `hippo_envs.references` and `hippo_envs.ceilings` compute all of them on any walks.

    ## References
    Zachary (1977), Journal of Anthropological Research 33; Knuth (1993), The Stanford GraphBase; Padgett and Ansell
    (1993), American Journal of Sociology 98; Hagberg, Schult and Swart (2008), SciPy.
    """

    build_family = staticmethod(network_family)


class NetworkVectorEnv(GraphVectorEnv):
    """The native vector form of `NetworkEnv`, with the same arguments."""

    single = NetworkEnv
