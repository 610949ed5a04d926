"""What units respond to: pure functions of arrays."""

import numpy as np
from numpy.typing import NDArray


def rate_maps(activity: NDArray[np.floating], nodes: NDArray[np.int64], n_nodes: int) -> NDArray[np.float64]:
    """Mean activity of every unit at every node.

    Args:
        activity: (T, N) floats, step by unit.
        nodes: (T,) the node at each step.
        n_nodes: number of nodes of the graph.

    Returns:
        (N, n_nodes); NaN, not 0, at nodes that were never visited.
    """
    occupancy = np.bincount(nodes, minlength=n_nodes).astype(np.float64)
    summed = np.zeros((n_nodes, activity.shape[1]))
    np.add.at(summed, nodes, activity)
    with np.errstate(invalid="ignore"):
        return (summed / occupancy[:, None]).T
