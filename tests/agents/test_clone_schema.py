"""A graph in a new room: predictions beside those of every start, one by one; and a posterior by hand."""

from itertools import pairwise

import numpy as np

from agents.clone_schema import NOTHING_SEEN, _em_round, start_hypotheses

K = 3
NEXT = np.array([[1, 2, 3, 4, -1], [-1, 0, 1, 2, 3]])  # a line of five states, east and west
LINE = np.where(NEXT[:, :, None] == np.arange(5), 1.0, 0.0)


def by_each_start(symbols, actions):
    """Slowly: where every start leads, what each remembers there, and how likely it makes what was seen; (T, K)."""
    alive, at, counts = np.ones(5), np.arange(5), np.full((5, 5, K), NOTHING_SEEN)
    coming = []
    for symbol, action in zip(symbols, actions, strict=True):
        shown = np.array([counts[h, at[h]] / counts[h, at[h]].sum() for h in range(5)])
        coming.append(alive @ shown / alive.sum())
        alive = alive * shown[:, symbol]
        counts[np.arange(5), at, symbol] += 1
        at = NEXT[action, at]
        alive, at = np.where(at < 0, 0, alive), np.maximum(at, 0)
    return np.array(coming)


def test_start_hypotheses_are_one_memory_for_each_start():
    """A start whose action cannot be taken is given up, which now and then decides what is predicted."""
    rng, predicted = np.random.default_rng(0), set()
    for _ in range(60):
        world, nodes, actions = rng.integers(K, size=5), [int(rng.integers(5))], []
        for _ in range(20):
            actions.append(int(rng.choice(np.flatnonzero(NEXT[:, nodes[-1]] >= 0))))
            nodes.append(int(NEXT[actions[-1], nodes[-1]]))
        symbols = world[nodes[:-1]]
        found = start_hypotheses(symbols[None], np.array([actions]), LINE, K)[0]
        coming = by_each_start(symbols, actions)
        assert (coming[np.arange(20), found] >= coming.max(axis=1) - 1e-4).all()  # the likeliest, or as likely
        predicted |= set(found.tolist())
    assert predicted == set(range(K))


def test_a_round_of_em_is_the_posterior_over_all_paths():
    rng = np.random.default_rng(1)
    symbols, steps = np.array([[0, 2, 1]]), rng.dirichlet(np.ones(4), size=(3, 1, 4))
    shown = rng.dirichlet(np.ones(K), size=(1, 4))
    counts, after, total = np.full((4, K), NOTHING_SEEN), np.zeros(4), 0.0
    for path in np.ndindex(4, 4, 4):
        weight = np.prod([shown[0, state, symbol] for state, symbol in zip(path, symbols[0], strict=True)])
        weight *= np.prod([steps[t, 0, i, j] for t, (i, j) in enumerate(pairwise(path))])
        total += weight
        after += weight * steps[2, 0, path[2]]
        for state, symbol in zip(path, symbols[0], strict=True):
            counts[state, symbol] += weight
    counts = NOTHING_SEEN + (counts - NOTHING_SEEN) / total
    belief, learnt = _em_round(symbols, steps, shown)
    np.testing.assert_allclose(belief[0], after / total, rtol=1e-9)
    np.testing.assert_allclose(learnt[0], counts / counts.sum(axis=1, keepdims=True), rtol=1e-9)
