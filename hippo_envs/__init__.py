"""Gymnasium environments for models of memory and the hippocampus."""

from hippo_envs.family_tree import FamilyTreeEnv, FamilyTreeVectorEnv, family_tree_family, family_tree_graph
from hippo_envs.graph import Graph
from hippo_envs.hexagonal import HexagonalEnv, HexagonalVectorEnv, hexagonal_family, hexagonal_graph
from hippo_envs.rectangle import RectangleEnv, RectangleVectorEnv, rectangle_family, rectangle_graph
from hippo_envs.registration import ENVIRONMENTS, make_family, register_environments
from hippo_envs.walk_policies import DriftingHeadingPolicy, UniformPolicy, WalkPolicy
from hippo_envs.walks import Walks, sample_walks
from hippo_envs.worlds import World, WorldFamily, Worlds

__all__ = [
    "ENVIRONMENTS",
    "DriftingHeadingPolicy",
    "FamilyTreeEnv",
    "FamilyTreeVectorEnv",
    "Graph",
    "HexagonalEnv",
    "HexagonalVectorEnv",
    "RectangleEnv",
    "RectangleVectorEnv",
    "UniformPolicy",
    "WalkPolicy",
    "Walks",
    "World",
    "WorldFamily",
    "Worlds",
    "family_tree_family",
    "family_tree_graph",
    "hexagonal_family",
    "hexagonal_graph",
    "make_family",
    "rectangle_family",
    "rectangle_graph",
    "register_environments",
    "sample_walks",
]

register_environments()
