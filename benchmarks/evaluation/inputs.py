"""What an agent gets of walks: actions, and with them the places, if it is one that is told."""

import torch
from torch import Tensor

from agents.parts.given_places import tell_places
from hippo_envs import Walks


def actions_of(walks: Walks, told_places: bool) -> Tensor:
    """The actions (B, T); see `Agent.told_places`."""
    actions = torch.from_numpy(walks.actions)
    if not told_places:
        return actions
    return tell_places(actions, torch.from_numpy(walks.nodes), walks.worlds.family.n_actions)
