"""Policies of Stable-Baselines3, trained on the rewarded views, as predictors that can be watched."""

import math
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray

from agents.base import Agent
from benchmarks.rollout.predictor import AgentPredictor
from hippo_envs.arrays import Floats

VIEWS = "-Predict or -Explore environment of this package"


class Voice:
    """What a policy says of what it is shown: what comes, and for one that moves itself, where to after that.

    Args:
        model: of Stable-Baselines3, with a policy that gives probabilities, such as PPO's; or of RecurrentPPO, whose
            state is carried from step to step.
        n_observations: how many symbols it says one of.

    Raises:
        ValueError: if it gives no probabilities.
    """

    def __init__(self, model: Any, n_observations: int) -> None:
        self.policy, self.n_observations = model.policy, n_observations
        if not hasattr(self.policy, "get_distribution"):
            raise ValueError(f"A policy can be watched if it gives probabilities and was trained on a {VIEWS}.")
        self.moves_itself = isinstance(model.action_space, gym.spaces.MultiDiscrete)
        self.is_recurrent = hasattr(self.policy, "lstm_actor")
        self.begin()

    def begin(self) -> None:
        self._said: list[Floats] | None = None
        if self.is_recurrent:
            self._lstm = tuple(torch.zeros(self.policy.lstm_hidden_state_shape) for _ in range(2))

    def expect(self) -> Floats:
        """Everything alike before the first step, of which no policy is asked."""
        if self._said is None:
            return np.full(self.n_observations, 1 / self.n_observations)
        return self._said[-1]

    def choose(self, is_open: NDArray[np.bool_]) -> int | None:
        """What it finds best of what is open; the first move is made for it."""
        if not self.moves_itself or self._said is None:
            return None
        return int(np.where(is_open, self._said[0], -1).argmax())

    def ask(self, shown: Any) -> None:
        """Show it an observation, as its environment would."""
        distribution = self._asked(self.policy.obs_to_tensor(shown)[0]).distribution
        parts = distribution if isinstance(distribution, list) else [distribution]
        self._said = [part.probs[0].double().numpy(force=True) for part in parts]

    def _asked(self, seen: Any) -> Any:
        """Its distribution over actions, by the method of PPO or that of RecurrentPPO."""
        if not self.is_recurrent:
            return self.policy.get_distribution(seen)
        with torch.no_grad():  # the state of the LSTM is zero where a world begins
            distribution, self._lstm = self.policy.get_distribution(seen, self._lstm, torch.zeros(1))
        return distribution


class PolicyPredictor:
    """A policy that sees a symbol and the action that follows, or a window of both, and says what comes.

    Args:
        model: as for `Voice`. Windows may be those of the view or of `benchmarks.running.rl.window`.

    Raises:
        ValueError: if it was trained on something else.
    """

    def __init__(self, model: Any) -> None:
        seen = model.observation_space
        parts = seen.spaces if isinstance(seen, gym.spaces.Dict) else {}
        if set(parts) != {"observation", "next_action"}:
            raise ValueError(f"A policy can be watched if it gives probabilities and was trained on a {VIEWS}.")
        self.n_observations, self.n_actions = (_n_of(parts[name]) for name in ("observation", "next_action"))
        self.window = math.prod(parts["observation"].shape or ())
        self.shows_window = bool(parts["observation"].shape)
        self.voice = Voice(model, self.n_observations)
        self.attention: Floats | None = None
        self.attention_is = ""
        self.begin()

    def begin(self) -> None:
        self.activity: dict[str, Floats] = {}
        self._observations = [self.n_observations] * (self.window - 1)
        self._actions = [self.n_actions] * (self.window - 1)
        self.voice.begin()

    def expect(self) -> Floats:
        return self.voice.expect()

    def meet(self, observation: int) -> None:
        self._observations.append(observation)

    def choose(self, is_open: NDArray[np.bool_]) -> int | None:
        return self.voice.choose(is_open)

    def leave(self, action: int) -> None:
        """Ask it: what comes now, and where to after that."""
        self._actions.append(action)
        steps = [np.array(values[-self.window :]) for values in (self._observations, self._actions)]
        seen = dict(zip(("observation", "next_action"), steps, strict=True))
        if not self.shows_window:
            seen = {name: values[0] for name, values in seen.items()}
        self.voice.ask(seen)


class Memory(NamedTuple):
    """A trained agent in front of a policy, as in `MemoryVecEnv`, and the sizes of its walks."""

    agent: Agent[Any]
    n_observations: int
    n_actions: int


class RememberingPredictor(AgentPredictor):
    """A policy that sees what a trained agent expects: attention and units are the agent's, what is said the policy's.

    Args:
        model: as for `Voice`.
        memory: what it learnt on.

    Raises:
        ValueError: if the agent expects other symbols than the policy saw.
    """

    def __init__(self, model: Any, memory: Memory) -> None:
        seen, (agent, self.n_observations, self.n_actions) = model.observation_space, memory
        if seen.shape != (self.n_observations,):
            raise ValueError(
                f"This policy was trained on predictions of {seen.shape[0]} symbols, but its memory predicts "
                f"{self.n_observations}: name the agent that it was trained on with --memory."
            )
        self.voice = Voice(model, self.n_observations)
        super().__init__(agent)

    def begin(self) -> None:
        super().begin()
        self.voice.begin()

    def expect(self) -> Floats:
        return self.voice.expect()

    def choose(self, is_open: NDArray[np.bool_]) -> int | None:
        return self.voice.choose(is_open)

    def leave(self, action: int) -> None:
        super().leave(action)
        self.voice.ask(super().expect().astype(np.float32))


def sees_expectation(model: Any) -> bool:
    """Whether it learnt on probabilities of all symbols, as `MemoryVecEnv` shows them."""
    space = model.observation_space
    if not isinstance(space, gym.spaces.Box) or len(space.shape) != 1 or space.dtype != np.float32:
        return False
    return bool((space.low == 0).all() and (space.high == 1).all())


def _n_of(space: gym.Space[Any]) -> int:
    """How many symbols or actions a step, or a window of steps, is made of; a ValueError for anything else."""
    if isinstance(space, gym.spaces.Discrete):
        return int(space.n)
    # In a window one more number, the last, stands for "none".
    if isinstance(space, gym.spaces.MultiDiscrete) and len(space.shape) == 1:
        return int(space.nvec[0]) - 1
    if isinstance(space, gym.spaces.Box) and len(space.shape) == 1 and np.issubdtype(space.dtype, np.integer):
        return int(space.high[0])
    raise ValueError(f"A policy can be watched if trained on a {VIEWS}, or on windows of it; this one sees {space}.")
