"""Actions that also say from which place they led and to which: for a control that need not find out where it is.

An agent whose `told_places` is true gets such actions; any other gets plain ones. What is told is the number of a node,
which is the same at every visit. It says nothing of what is near.
"""

from jaxtyping import Int
from torch import Tensor
from torch.nn import functional as F

N_PLACES = 4_097  # numbers of nodes below 4,096, and 0 for a place that is not told


def tell_places(actions: Int[Tensor, "B T"], nodes: Int[Tensor, "B T"], n_actions: int) -> Int[Tensor, "B T"]:
    """Actions with the nodes at which they were taken, and those they led to; where the last one led is not told.

    Raises:
        ValueError: if the number of a node is too large.
    """
    if nodes.numel() and nodes.max() >= N_PLACES - 1:
        raise ValueError(f"Places are told in worlds of at most {N_PLACES - 1} nodes, got node {int(nodes.max())}.")
    departures, arrivals = nodes + 1, F.pad(nodes[:, 1:] + 1, (0, 1))
    return actions + n_actions * (departures + N_PLACES * arrivals)


def told(
    actions: Int[Tensor, "B T"], n_actions: int
) -> tuple[Int[Tensor, "B T"], Int[Tensor, "B T"], Int[Tensor, "B T"]]:
    """The plain actions, and the places of departure and of arrival, 0 where they are not told."""
    places = actions // n_actions
    return actions % n_actions, places % N_PLACES, places // N_PLACES
