"""An agent's answers on held-out walks."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from agents.base import Agent
from benchmarks.evaluation.inputs import actions_of
from hippo_envs import Walks
from hippo_envs.scoring import Counts, answers_of, score

WALKS_AT_ONCE = 20
STEPS_AT_ONCE = 1_024  # what attends to all steps before takes memory of this times the length of the walk
STEPPING_TOLERANCE = 1e-2  # of the largest logit, in float32


def predicted_observations(agent: Agent[Any], walks: Walks, device: torch.device, seed: int) -> NDArray[np.int64]:
    """The symbol the agent finds most likely at every step, (B, T)."""
    n_symbols = walks.worlds.family.n_observations
    with listening(agent):
        parts = _parts(agent, walks, device, seed)
        return np.concatenate([_most_likely(agent, n_symbols, *part) for part in parts])


def stepped_observations(agent: Agent[Any], walks: Walks, device: torch.device, seed: int) -> NDArray[np.int64]:
    """The same by stepping: each observation is released after its prediction is in. This is what is ranked."""
    n_symbols = walks.worlds.family.n_observations
    with listening(agent):
        parts = _parts(agent, walks, device, seed)
        return np.concatenate([_most_likely_next(agent, n_symbols, *part) for part in parts])


def curves(predictions: NDArray[np.integer], walks: Walks, masks: Sequence[str]) -> dict[str, Counts]:
    """Counts in fine bins of steps, pooled over worlds: what a plot of accuracy against step needs."""
    counts = score(answers_of(predictions, walks), walks, masks, curve_bins(walks.walk_length))
    return {mask: fine.pooled() for mask, fine in counts.items()}


def curve_bins(walk_length: int) -> tuple[int, ...]:
    """Two bins an octave: 4, 6, 8, 12, 16, 24, ..."""
    ends = sorted({length for octave in range(2, 32) for length in (2**octave, 3 * 2 ** (octave - 1))})
    return (*(end for end in ends if end < walk_length), walk_length)


def activities_along(
    agent: Agent[Any],
    activities: Sequence[str],
    walks: Walks,
    worlds: Sequence[int],
    device: torch.device,
    seed: int,
    n_steps: int | None = None,
) -> list[dict[str, NDArray[np.float64]]]:
    """Named activities (T, N) along the walks of some worlds, just as when they were scored.

    Args:
        agent: as it is scored.
        activities: their names.
        walks: all the walks of the score.
        worlds: which of them; one dict for each, in this order.
        device: where the agent is.
        seed: of the score.
        n_steps: only the first so many steps; all if None.

    Raises:
        ValueError: if the agent has no activity of that name.
    """
    found: dict[int, dict[str, NDArray[np.float64]]] = {}
    parts = {world: divmod(world, WALKS_AT_ONCE) for world in worlds}
    last_part = max(part for part, _ in parts.values())
    with listening(agent):
        for number, (observations, actions, state) in enumerate(
            islice(_parts(agent, walks, device, seed), last_part + 1)
        ):
            if number not in (part for part, _ in parts.values()):
                continue
            by_name = agent(observations[:, :n_steps], actions[:, :n_steps], state).activity
            missing = [name for name in activities if name not in by_name]
            if missing:
                raise lacks_activity(agent, missing[:1], by_name)
            for world, (part, row) in parts.items():
                if part == number:
                    found[world] = {name: by_name[name][row].double().numpy(force=True) for name in activities}
    return [found[world] for world in worlds]


def lacks_activity(agent: Agent[Any], wanted: Sequence[str], has: Iterable[str]) -> ValueError:
    """What to say of an agent that names none of the activities that are wanted, and how to name one."""
    names = ", ".join(map(repr, wanted))
    of = f"activity {names}" if len(wanted) == 1 else f"activity among {names}"
    return ValueError(
        f"{type(agent).__name__} has no {of}: return it from `forward` by name, as in Prediction(logits, "
        f"{{{wanted[0]!r}: units}}, state), with units of shape (walks, steps, units). "
        f"The activities that it names: {', '.join(has) or 'none'}."
    )


def activity_widths(agent: Agent[Any], walks: Walks, device: torch.device) -> dict[str, int]:
    """The activities that an agent names, and how many units each has at the first step of a walk."""
    first = (torch.from_numpy(steps[:1, :1]).to(device) for steps in (walks.heard, walks.actions))
    with listening(agent):
        activity = agent(*first, agent.initial_state(1, torch.Generator().manual_seed(0))).activity
    return {name: values.shape[-1] for name, values in activity.items()}


def check_stepping(agent: Agent[Any], walks: Walks, device: torch.device, n_walks: int = 4, n_steps: int = 32) -> None:
    """Compare whole walks with stepping, where each observation is released only after its prediction is in.

    Raises:
        ValueError: if they differ: `forward` then sees what it must not, or is not the agent that steps.
    """
    both = torch.from_numpy(walks.heard), actions_of(walks, agent.told_places)
    observations, actions = (steps[:n_walks, :n_steps].to(device) for steps in both)
    with listening(agent):
        start = agent.initial_state(len(observations), torch.Generator().manual_seed(0))
        whole = agent(observations, actions, start).logits
        stepped = Agent.forward(agent, observations, actions, start).logits
    difference = (whole - stepped).abs().max().item()
    if not difference <= STEPPING_TOLERANCE * max(1.0, stepped.abs().max().item()):
        raise ValueError(
            f"{type(agent).__name__}: forward differs from predict and observe by up to {difference:.2g}. "
            "Its predictions of a whole walk must be those it makes step by step."
        )


def check_fit(agent: Agent[Any], n_observations: int, n_actions: int) -> None:
    """A ValueError if an agent was built for walks of other numbers of symbols and actions."""
    if agent.built_for not in (None, (n_observations, n_actions)):
        symbols, actions = agent.built_for
        raise ValueError(
            f"{type(agent).__name__} was built for {symbols} symbols and {actions} actions, these worlds have "
            f"{n_observations} and {n_actions}: take worlds with as many (n_observations={symbols}), or an agent "
            "trained in such worlds."
        )


@contextmanager
def listening(agent: Agent[Any]) -> Iterator[None]:
    """In eval mode and without gradients; afterwards as before."""
    was_training = agent.training
    agent.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        agent.train(was_training)


def _parts(
    agent: Agent[Any], walks: Walks, device: torch.device, seed: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor, Any]]:
    """What is heard, actions and initial states of a few walks at a time."""
    check_fit(agent, walks.worlds.family.n_heard, walks.worlds.family.n_actions)
    generator = torch.Generator().manual_seed(seed)
    both = torch.from_numpy(walks.heard), actions_of(walks, agent.told_places)
    for first in range(0, len(walks.nodes), WALKS_AT_ONCE):
        observations, actions = (steps[first : first + WALKS_AT_ONCE].to(device) for steps in both)
        yield observations, actions, agent.initial_state(len(observations), generator)


def _most_likely(
    agent: Agent[Any], n_symbols: int, observations: torch.Tensor, actions: torch.Tensor, state: Any
) -> NDArray[np.int64]:
    """Of the first so many symbols those (B, T) that it finds most likely, a piece of the walks at a time."""
    pieces = []
    for seen, done in zip(observations.split(STEPS_AT_ONCE, 1), actions.split(STEPS_AT_ONCE, 1), strict=True):
        prediction = agent(seen, done, state)
        state = prediction.state
        pieces.append(prediction.logits[..., :n_symbols].argmax(dim=-1).numpy(force=True))
    return np.concatenate(pieces, axis=1)


def _most_likely_next(
    agent: Agent[Any], n_symbols: int, observations: torch.Tensor, actions: torch.Tensor, state: Any
) -> NDArray[np.int64]:
    """Of the first so many symbols those (B, T) that it finds most likely, a step at a time."""
    answers = []
    for observation, action in zip(observations.unbind(1), actions.unbind(1), strict=True):
        logits = agent.predict(state)[:, :n_symbols]
        answers.append(logits.argmax(dim=-1))  # left on the device, which need not wait for the copy
        state = agent.observe(state, observation, action)
    return torch.stack(answers, dim=1).numpy(force=True)
