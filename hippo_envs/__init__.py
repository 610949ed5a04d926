"""Gymnasium environments for models of memory and the hippocampus.

Importing it registers every id of `ENVIRONMENTS`. Environments are made with `gym.make`; what is here are the parts to
build on: graphs, families of worlds, walks.
"""

from hippo_envs.signals import listen_while_importing

listen_while_importing()

from hippo_envs.action_masks import sample_mask
from hippo_envs.envs.case_sequence import case_sequence_family, case_sequence_graph
from hippo_envs.envs.double_ended_maze import double_ended_maze_family, double_ended_maze_graph
from hippo_envs.envs.evidence_towers import evidence_towers_family, evidence_towers_graph
from hippo_envs.envs.family_tree import family_tree_family, family_tree_graph
from hippo_envs.envs.hexagonal import hexagonal_family, hexagonal_graph
from hippo_envs.envs.in_outbound import in_outbound_family, in_outbound_graph
from hippo_envs.envs.lap_track import lap_track_family, lap_track_graph
from hippo_envs.envs.line import line_family, line_graph
from hippo_envs.envs.network import network_family, network_graph
from hippo_envs.envs.pattern_completion import pattern_completion_family, pattern_completion_graph
from hippo_envs.envs.patterns import random_patterns, tree_patterns
from hippo_envs.envs.rectangle import rectangle_family, rectangle_graph
from hippo_envs.envs.reference_memory import reference_memory_family
from hippo_envs.envs.spatial_alternation import spatial_alternation_family, spatial_alternation_graph
from hippo_envs.graph import Graph
from hippo_envs.registration import ENVIRONMENTS, SIZES, make_family, register_environments
from hippo_envs.sampling import sample_walks
from hippo_envs.walking.walk_policies import DriftingHeadingPolicy, HabitPolicy, UniformPolicy, WalkPolicy
from hippo_envs.walks import Walks
from hippo_envs.worlds import World, WorldFamily, Worlds

__all__ = [
    "ENVIRONMENTS",
    "SIZES",
    "DriftingHeadingPolicy",
    "Graph",
    "HabitPolicy",
    "UniformPolicy",
    "WalkPolicy",
    "Walks",
    "World",
    "WorldFamily",
    "Worlds",
    "case_sequence_family",
    "case_sequence_graph",
    "double_ended_maze_family",
    "double_ended_maze_graph",
    "evidence_towers_family",
    "evidence_towers_graph",
    "family_tree_family",
    "family_tree_graph",
    "hexagonal_family",
    "hexagonal_graph",
    "in_outbound_family",
    "in_outbound_graph",
    "lap_track_family",
    "lap_track_graph",
    "line_family",
    "line_graph",
    "make_family",
    "network_family",
    "network_graph",
    "pattern_completion_family",
    "pattern_completion_graph",
    "random_patterns",
    "rectangle_family",
    "rectangle_graph",
    "reference_memory_family",
    "register_environments",
    "sample_mask",
    "sample_walks",
    "spatial_alternation_family",
    "spatial_alternation_graph",
    "tree_patterns",
]

register_environments()
