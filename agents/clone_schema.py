"""A graph that was learnt in one room, used in a new room of the same layout where symbols lie otherwise.

Paper: George et al. (2021), Nature Communications 12, 2392: the graph is kept, and what its states show is learnt anew.
They learn it from a whole walk; here each symbol is predicted from the steps before it.

| here | paper | |
|---|---|---|
| `transitions` | T | T[a, i, j] = P(j given i and a), kept; a row of zeros where an action cannot be taken |
| `shown` | E | P(symbol given state), learnt along the walk |
| `belief` | alpha | P(state given the walk so far) |

Three ways, of which the last is a control:

- **Start hypotheses**: a memory for each state in which the walk may have begun, believed by what it foretold. Exact
  where actions lead to one state each.
- **EM over the past**: before each prediction a few rounds of expectation maximisation over the steps so far.
- **Forward counts**: one belief, and symbols counted by it as the walk goes. What was counted early, at a state where
  the walk was not, is never taken back.

All are told what follows from an action's being taken: that it can be.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

NOTHING_SEEN = 0.1  # added to each symbol's count at each state
WRONG = 1e-6  # probability of an action where the graph has none; the graph may lack what it was never shown
N_ROUNDS = 8  # of EM before each prediction

Symbols: TypeAlias = Int[Array, "B T"]
Transitions: TypeAlias = Float[Array, "A S S"]


def start_hypotheses(symbols: Symbols, actions: Symbols, transitions: Transitions, n_symbols: int) -> Int[Array, "B T"]:
    """The symbol predicted at each step, by a memory for each state in which a walk may have begun."""
    n_walks, n_states, walk = len(symbols), transitions.shape[1], np.arange(len(symbols))
    weight = np.full((n_walks, n_states), 1 / n_states)  # of the hypotheses H, one for each state
    belief = np.broadcast_to(np.eye(n_states), (n_walks, n_states, n_states)).copy()  # (B, H, S)
    counts = np.full((n_walks, n_states, n_states, n_symbols), NOTHING_SEEN)
    predicted = np.empty_like(symbols)
    for t in range(symbols.shape[1]):
        shown = np.einsum("bhs,bhsk->bhk", belief, counts / counts.sum(axis=3, keepdims=True))
        predicted[:, t] = np.einsum("bh,bhk->bk", weight, shown).argmax(axis=1)
        weight = weight * shown[walk, :, symbols[:, t]]
        counts[walk, :, :, symbols[:, t]] += belief
        belief, possible = _moved(belief, transitions[actions[:, t]])
        weight = weight * possible
        weight /= weight.sum(axis=1, keepdims=True)
    return predicted


def forward_counts(symbols: Symbols, actions: Symbols, transitions: Transitions, n_symbols: int) -> Int[Array, "B T"]:
    """The symbol predicted at each step, by one belief and symbols counted by it."""
    n_walks, n_states, walk = len(symbols), transitions.shape[1], np.arange(len(symbols))
    belief = np.full((n_walks, n_states), 1 / n_states)
    counts = np.full((n_walks, n_states, n_symbols), NOTHING_SEEN)
    predicted = np.empty_like(symbols)
    for t in range(symbols.shape[1]):
        shown = counts / counts.sum(axis=2, keepdims=True)
        predicted[:, t] = np.einsum("bs,bsk->bk", belief, shown).argmax(axis=1)
        belief = belief * shown[walk, :, symbols[:, t]]
        belief /= belief.sum(axis=1, keepdims=True)
        counts[walk, :, symbols[:, t]] += belief
        belief = _moved(belief[:, None], transitions[actions[:, t]])[0][:, 0]
    return predicted


def em_over_past(symbols: Symbols, actions: Symbols, transitions: Transitions, n_symbols: int) -> Int[Array, "B T"]:
    """The symbol predicted at each step, by EM over all steps before it, each time from equal symbols everywhere.

    Begun where the last prediction ended it is sooner done, and keeps the last one's errors.
    """
    steps = (transitions + WRONG)[actions.T]  # (T, B, S, S)
    predicted = np.zeros_like(symbols)
    for t in range(1, symbols.shape[1]):
        shown = np.full((len(symbols), transitions.shape[1], n_symbols), 1 / n_symbols)
        for _ in range(N_ROUNDS - 1):
            _, shown = _em_round(symbols[:, :t], steps[:t], shown)
        belief, shown = _em_round(symbols[:, :t], steps[:t], shown)
        predicted[:, t] = np.einsum("bs,bsk->bk", belief, shown).argmax(axis=1)
    return predicted


def _em_round(
    symbols: Int[Array, "B T"], steps: Float[Array, "T B S S"], shown: Float[Array, "B S K"]
) -> tuple[Float[Array, "B S"], Float[Array, "B S K"]]:
    """The belief after the last action, and what states show by the posterior of each step."""
    walk, n_steps = np.arange(len(symbols)), symbols.shape[1]
    likelihood = shown[walk[:, None], :, symbols]  # (B, T, S)
    message, forward = np.full(likelihood[:, 0].shape, 1.0), []
    for t in range(n_steps):
        message = message * likelihood[:, t]
        message /= message.sum(axis=1, keepdims=True)
        forward.append(message)
        message = np.einsum("bs,bst->bt", message, steps[t])
    counts, ahead = np.full(shown.shape, NOTHING_SEEN), steps[-1].sum(axis=2)
    for t in reversed(range(n_steps)):
        posterior = forward[t] * ahead
        counts[walk, :, symbols[:, t]] += posterior / posterior.sum(axis=1, keepdims=True)
        if t:
            ahead = np.einsum("bst,bt->bs", steps[t - 1], ahead * likelihood[:, t])
            ahead /= ahead.max(axis=1, keepdims=True)
    return message / message.sum(axis=1, keepdims=True), counts / counts.sum(axis=2, keepdims=True)


def _moved(
    belief: Float[Array, "B H S"], steps: Float[Array, "B S S"]
) -> tuple[Float[Array, "B H S"], Float[Array, "B H"]]:
    """After an action, and the probability that it can be taken; where it cannot, the walk could be anywhere."""
    moved = belief @ steps + WRONG
    possible = moved.sum(axis=2)
    return moved / possible[:, :, None], possible


METHODS: Mapping[str, Callable[[Symbols, Symbols, Transitions, int], Int[Array, "B T"]]] = {
    "start_hypotheses": start_hypotheses,
    "em_over_past": em_over_past,
    "forward_counts": forward_counts,
}
