"""Walks along the recorded path of an animal, and maps of its cells beside those of a model's units.

>>> import numpy as np
>>> from hippo_envs.trajectories import Positions, rectangle_lattice, walk_along
>>> times = np.arange(0, 60, 0.02)
>>> positions = Positions(times, 50 + 40 * np.cos(times / 3), 50 + 40 * np.sin(times / 5))  # seconds, centimetres
>>> trajectory = walk_along(positions, rectangle_lattice(positions, bin_size=10), slowest=2.5)
>>> trajectory.walks.nodes.shape, round(trajectory.kept.share_of_path, 2)
((1, 70), 1.0)
"""

from hippo_envs.trajectories.lattice import Lattice, hexagon_lattice, rectangle_lattice
from hippo_envs.trajectories.positions import Positions
from hippo_envs.trajectories.reading import read_csv, read_nwb, read_nwb_spikes
from hippo_envs.trajectories.similarity import Similarity, representational_similarity
from hippo_envs.trajectories.trajectory import Kept, Trajectory, walk_along

__all__ = [
    "Kept",
    "Lattice",
    "Positions",
    "Similarity",
    "Trajectory",
    "hexagon_lattice",
    "read_csv",
    "read_nwb",
    "read_nwb_spikes",
    "rectangle_lattice",
    "representational_similarity",
    "walk_along",
]
