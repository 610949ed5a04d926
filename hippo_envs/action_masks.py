"""Convert the open moves in `info` to the mask that Gymnasium's `sample` takes, in every mode."""

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np


def sample_mask(action_space: gym.Space[Any], info: Mapping[str, Any]) -> Any:
    """The mask of actions that do something now, in the form that `action_space.sample` takes.

    It is the same call for one world and for many, native, `SyncVectorEnv` or `AsyncVectorEnv`, for streams and for
    views: `Discrete` takes an array, `MultiDiscrete` a tuple of them, and predictions are all open.

    Args:
        action_space: of the environment or of the vector environment.
        info: what its last `reset` or `step` returned.

    Returns:
        An int8 array or a tuple of them; None where every action is open, as in Predict and PatternMemory, and where
        `sample` takes no mask: Gymnasium makes a `Box` of many Explore actions, other than the native form.

    >>> import gymnasium as gym
    >>> env = gym.make("hippo_envs:hippo/Rectangle-Explore-v0")
    >>> _, info = env.reset(seed=0)
    >>> [len(part) for part in sample_mask(env.action_space, info)]
    [5, 45]
    >>> env.action_space.sample(sample_mask(env.action_space, info)) in env.action_space
    True
    """
    mask = info.get("action_mask")
    if mask is None or isinstance(action_space, gym.spaces.Discrete):
        return mask
    if not isinstance(action_space, gym.spaces.MultiDiscrete):
        return None
    sizes = action_space.nvec
    if mask.ndim == 1:
        return _with_predictions(mask, sizes)
    if sizes.ndim == 1:
        return tuple(mask)
    return tuple(_with_predictions(*of_world) for of_world in zip(mask, sizes, strict=True))


def _with_predictions(mask: Any, sizes: Any) -> tuple[Any, ...]:
    """The mask of the moves, and then all of each other part of an action."""
    return mask, *(np.ones(size, dtype=np.int8) for size in sizes[1:])
