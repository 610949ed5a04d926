"""Masks and ages, by the definitions alone."""

from itertools import pairwise


def brute_force(nodes: list[int]) -> list[dict]:
    """Every mask and age at every step, from the list of nodes alone."""
    steps = []
    for t, node in enumerate(nodes):
        pairs = list(pairwise(nodes[:t]))
        last_visit = max((s for s in range(t) if nodes[s] == node), default=None)
        pair = (nodes[t - 1], node) if t else None
        last_taken = max((s + 1 for s, other in enumerate(pairs) if other == pair), default=None)
        last_back = max((s + 1 for s, other in enumerate(pairs) if pair and other == pair[::-1]), default=None)
        revisit, stay = last_visit is not None, t > 0 and nodes[t - 1] == node
        zero_shot = revisit and not stay and last_taken is None
        steps.append(
            {
                "age": -1 if last_visit is None else t - last_visit,
                "edge_age": -1 if last_taken is None else t - last_taken,
                "reverse_edge_age": -1 if last_back is None else t - last_back,
                "stay": stay,
                "revisit": revisit,
                "zero_shot": zero_shot,
                "reversal": zero_shot and last_back is not None,
                "loop_closure": zero_shot and last_back is None,
                "never_in_trial": t > 0 and not revisit,
            }
        )
    return steps
