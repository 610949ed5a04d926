"""An agent's answers on held-out walks."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from agents.base import Agent
from hippo_envs import Walks
from hippo_envs.scoring import Counts, answers_of, score

WALKS_AT_ONCE = 20
CURVE_MASKS = ("loop_closure", "zero_shot", "revisit")


def predicted_observations(agent: Agent[Any], walks: Walks, device: torch.device, seed: int) -> NDArray[np.int64]:
    """The symbol the agent finds most likely at every step, (B, T)."""
    return np.concatenate(
        [logits.argmax(dim=-1).numpy(force=True) for logits, _ in _in_parts(agent, walks, device, seed)]
    )


def curves(predictions: NDArray[np.int64], walks: Walks) -> dict[str, Counts]:
    """Counts in fine bins of steps, pooled over worlds: what a plot of accuracy against step needs."""
    counts = score(answers_of(predictions, walks), walks, CURVE_MASKS, curve_bins(walks.walk_length))
    return {mask: Counts(*(count.sum(axis=0, keepdims=True) for count in fine)) for mask, fine in counts.items()}


def curve_bins(walk_length: int) -> tuple[int, ...]:
    """Two bins an octave: 4, 6, 8, 12, 16, 24, ..."""
    ends = sorted({length for octave in range(2, 32) for length in (2**octave, 3 * 2 ** (octave - 1))})
    return (*(end for end in ends if end < walk_length), walk_length)


def activity_along(
    agent: Agent[Any], activity: str, walks: Walks, world: int, device: torch.device, seed: int
) -> NDArray[np.float64]:
    """A named activity (T, N) along one walk.

    Raises:
        ValueError: if the agent has no activity of that name.
    """
    one = Walks(walks.worlds, *(steps[world : world + 1] for steps in (walks.nodes, walks.observations, walks.actions)))
    ((_, by_name),) = _in_parts(agent, one, device, seed)
    if activity not in by_name:
        raise ValueError(f"{type(agent).__name__} has no activity {activity!r}: use one of {', '.join(by_name)}.")
    return by_name[activity][0].double().numpy(force=True)


def _in_parts(agent: Agent[Any], walks: Walks, device: torch.device, seed: int):
    """Logits and activity of a few walks at a time, in eval mode and without gradients."""
    generator = torch.Generator().manual_seed(seed)
    was_training = agent.training
    agent.eval()
    with torch.no_grad():
        for first in range(0, len(walks.nodes), WALKS_AT_ONCE):
            observations, actions = (
                torch.from_numpy(steps[first : first + WALKS_AT_ONCE]).to(device)
                for steps in (walks.observations, walks.actions)
            )
            prediction = agent(observations, actions, agent.initial_state(len(observations), generator))
            yield prediction.logits, prediction.activity
    agent.train(was_training)
