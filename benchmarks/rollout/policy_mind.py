"""Policies of Stable-Baselines3, trained on the rewarded views, as minds that can be watched."""

import math
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.rollout.mind import Floats
from hippo_envs import ENVIRONMENTS, make_family

VIEWS = "-Predict or -Explore environment of this package"


class PolicyMind:
    """A policy that sees a symbol and the action that follows, or a window of both, and says what comes.

    Args:
        model: of Stable-Baselines3, with a policy that gives probabilities, such as PPO's; or of RecurrentPPO, whose
            state is carried from step to step. Windows may be those of the view or of `benchmarks.rl.window`.

    Raises:
        ValueError: if it was trained on something else.
    """

    def __init__(self, model: Any) -> None:
        self.policy = model.policy
        seen, said = model.observation_space, model.action_space
        if _is_expectation(seen):
            raise ValueError(
                "This policy, like ppo-memory, learnt on what a trained agent expects (MemoryVecEnv), and its file "
                "does not hold that agent: it cannot be watched without. Watch a policy that sees the steps themselves."
            )
        parts = seen.spaces if isinstance(seen, gym.spaces.Dict) else {}
        if set(parts) != {"observation", "next_action"} or not hasattr(self.policy, "get_distribution"):
            raise ValueError(f"A policy to watch is one with probabilities, trained on a {VIEWS}.")
        self.moves_itself = isinstance(said, gym.spaces.MultiDiscrete)
        self.n_observations, self.n_actions = (_n_of(parts[name]) for name in ("observation", "next_action"))
        self.window = math.prod(parts["observation"].shape or ())
        self.shows_window = bool(parts["observation"].shape)
        self.is_recurrent = hasattr(self.policy, "lstm_actor")
        self.attention: Floats | None = None
        self.attention_is = ""
        self.begin()

    def begin(self) -> None:
        self.activity: dict[str, Floats] = {}
        self._observations = [self.n_observations] * (self.window - 1)
        self._actions = [self.n_actions] * (self.window - 1)
        self._said: list[Floats] | None = None
        if self.is_recurrent:
            self._lstm = tuple(torch.zeros(self.policy.lstm_hidden_state_shape) for _ in range(2))

    def expect(self) -> Floats:
        """Everything alike before the first step, of which no policy is asked."""
        if self._said is None:
            return np.full(self.n_observations, 1 / self.n_observations)
        return self._said[-1]

    def meet(self, observation: int) -> None:
        self._observations.append(observation)

    def choose(self, is_open: NDArray[np.bool_]) -> int | None:
        """What it finds best of what is open; the first move is made for it."""
        if not self.moves_itself or self._said is None:
            return None
        return int(np.where(is_open, self._said[0], -1).argmax())

    def leave(self, action: int) -> None:
        """Ask it: what comes now, and where to after that."""
        self._actions.append(action)
        steps = [np.array(values[-self.window :]) for values in (self._observations, self._actions)]
        seen = dict(zip(("observation", "next_action"), steps, strict=True))
        if not self.shows_window:
            seen = {name: values[0] for name, values in seen.items()}
        distribution = self._asked(self.policy.obs_to_tensor(seen)[0]).distribution
        parts = distribution if isinstance(distribution, list) else [distribution]
        self._said = [part.probs[0].double().numpy(force=True) for part in parts]

    def _asked(self, seen: Any) -> Any:
        """Its distribution over actions, by the method of PPO or that of RecurrentPPO."""
        if not self.is_recurrent:
            return self.policy.get_distribution(seen)
        with torch.no_grad():  # the state of the LSTM is zero where a world begins
            distribution, self._lstm = self.policy.get_distribution(seen, self._lstm, torch.zeros(1))
        return distribution


def _is_expectation(space: gym.Space[Any]) -> bool:
    """Probabilities of all symbols, as `MemoryVecEnv` shows them."""
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
    raise ValueError(f"A policy to watch is one trained on a {VIEWS}, or on windows of it; this one sees {space}.")


def load_policy(path: Path) -> PolicyMind:
    """A policy saved by PPO or RecurrentPPO. The file holds pickles: load only what you trust.

    Raises:
        ValueError: if Stable-Baselines3 is missing, or if the file is none of its own.
    """
    try:
        from stable_baselines3 import PPO
    except ImportError as error:
        raise ValueError('Policies need Stable-Baselines3: pip install "hippo-envs[sb3]".') from error
    if not path.is_file():
        raise ValueError(f"There is no file {path}.")
    try:
        model = PPO.load(path, device="cpu")
    except Exception as error:  # whatever a file that is none, or that of another algorithm, makes of it
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{path} is no policy saved by PPO ({reason}).") from error
    return PolicyMind(model)


def stream_of(environment: str | None, n_observations: int, n_actions: int, arguments: Mapping[str, Any]) -> str:
    """The stream behind a view, by its id or for short; if None, the first with such sizes."""
    streams = {name: str(entry.arguments.get("stream", name)) for name, entry in ENVIRONMENTS.items()}
    streams = {name: stream for name, stream in streams.items() if ENVIRONMENTS[stream].kind == "stream"}
    if environment is not None:
        short = {name.removeprefix("hippo/").removesuffix("-v0").lower(): name for name in streams}
        asked = environment.removeprefix("hippo_envs:").removeprefix("hippo/").removesuffix("-v0").lower()
        if asked not in short:
            near = get_close_matches(asked, short, n=1, cutoff=0.5)
            hint = f"did you mean {short[near[0]]}?" if near else f"use one of {', '.join(streams)}."
            raise ValueError(f"There is no environment {environment!r}: {hint}")
        return streams[short[asked]]
    for stream in dict.fromkeys(streams.values()):
        try:
            family = make_family(stream, **arguments)
        except (ImportError, TypeError, ValueError):
            continue  # which these arguments are not for
        if (family.n_observations, family.n_actions) == (n_observations, n_actions):
            return stream
    raise ValueError(f"No stream has {n_observations} symbols and {n_actions} actions: say which with --env and --set.")
