"""What one who lists every world of a small family predicts: exact, and slow."""

from itertools import permutations, product

import numpy as np

from hippo_envs import Graph


def exact_predictions(family, actions, heard):
    """(T, K): how probable each symbol is at each step, given what was heard before it; no remapping, no maps."""
    parts = [_of_graph(family, graph, actions, heard) for graph in family.graphs]
    mass = sum(of_graph for of_graph in parts) / len(parts)
    return mass / mass.sum(axis=1, keepdims=True)


def _of_graph(family, graph, actions, heard):
    """(T, K), not normalised: placements (P), meanings (M) and nodes (N) at once."""
    symbols = np.array(list(product(range(family.n_observations), repeat=graph.n_appearances)))[:, graph.appearance]
    weight = _symbol_shares(family)[np.array(list(product(range(family.n_observations), repeat=graph.n_appearances)))]
    meanings = _meanings(family, graph)
    belief = np.zeros((len(symbols), len(meanings), graph.n_nodes))
    each = weight.prod(axis=1)[:, None, None] / len(graph.start_nodes) / len(meanings)
    belief[:, :, graph.start_nodes] = each
    steps = np.stack([np.eye(graph.n_nodes)[graph.next_node[:, action]] for action in range(graph.n_actions)])
    steps *= graph.available.T[:, :, None]
    if family.conditions.slip:
        steps = np.stack([_slipping(graph, action, family.conditions.slip) for action in range(graph.n_actions)])
    mass = []
    for t, symbol in enumerate(heard):
        if t:
            belief = (belief[:, :, None, :] @ steps[meanings[:, actions[t - 1]]])[:, :, 0]
        at = belief.sum(axis=1)
        mass.append([at[symbols == x].sum() for x in range(family.n_observations)])
        if symbol < family.n_observations:  # not in the dark
            belief = belief * (symbols == symbol)[:, None]
    return np.array(mass)


def _slipping(graph, action, slip):
    """(N, N), how probable each arrival is, node by node."""
    step = np.zeros((graph.n_nodes, graph.n_nodes))
    for node, row in enumerate(graph.next_node.tolist()):
        meant = row[action]
        if meant < 0:
            continue
        others = [other for other in row if other not in (-1, node, meant)]
        slips = slip if others and meant != node else 0
        step[node, meant] += 1 - slips
        for other in others:
            step[node, other] += slips / len(others)
    return step


def _meanings(family, graph):
    """(M, A), every way to rename the actions that have a heading."""
    if not family.conditions.shuffle_actions:
        return np.arange(graph.n_actions)[None]
    moves = np.flatnonzero(~np.isnan(graph.headings))
    stays = [action for action in range(graph.n_actions) if action not in moves]
    return np.array([[*order, *stays] for order in permutations(moves)])


def _symbol_shares(family):
    """(K,), how often a place shows each symbol."""
    bare = family.conditions.bare_share
    if not bare:
        return np.full(family.n_observations, 1 / family.n_observations)
    return np.r_[bare, np.full(family.n_observations - 1, (1 - bare) / (family.n_observations - 1))]


def exact_answers(family, actions, heard):
    """(answer or -1 where all are equally probable) at each step but the first, of the symbols that are asked for."""
    first = family.n_observations - family.n_answers
    answers = [-1]
    for prediction in exact_predictions(family, actions, heard)[1:, first:]:
        best = prediction >= prediction.max() - 1e-9
        answers.append(-1 if best.all() else first + int(best.argmax()))
    return np.array(answers)


def random_graph(rng, n_actions, max_nodes):
    """Any table: one-way edges, loops, separate parts, nodes that look the same, some nodes to start from."""
    n_nodes = int(rng.integers(2, max_nodes + 1))
    table = rng.integers(-1, n_nodes, size=(n_nodes, n_actions))
    table[:, 0] = np.abs(table[:, 0])
    n_appearances = int(rng.integers(1, n_nodes + 1))
    appearance = rng.permutation(np.r_[np.arange(n_appearances), rng.integers(n_appearances, size=n_nodes)][:n_nodes])
    starts = rng.choice(n_nodes, size=rng.integers(1, n_nodes + 1), replace=False)
    names = tuple(f"action {action}" for action in range(n_actions))
    return Graph(table, np.zeros((n_nodes, 2)), names, appearance=appearance, start_nodes=starts)
