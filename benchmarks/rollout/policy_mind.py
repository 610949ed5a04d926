"""Policies of Stable-Baselines3, trained on the rewarded views, as minds that can be watched."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from benchmarks.rollout.mind import Floats
from hippo_envs import ENVIRONMENTS, make_family

VIEWS = "-Predict or -Explore environment of this package"


class PolicyMind:
    """A policy that sees a symbol and the action that follows, or a window of both, and says what comes.

    Args:
        model: of Stable-Baselines3, with a policy that gives probabilities, such as PPO's.

    Raises:
        ValueError: if it was trained on something else.
    """

    def __init__(self, model: Any) -> None:
        self.policy = model.policy
        seen, said = model.observation_space, model.action_space
        parts = seen.spaces if isinstance(seen, gym.spaces.Dict) else {}
        if set(parts) != {"observation", "next_action"} or not hasattr(self.policy, "get_distribution"):
            raise ValueError(f"A policy to watch is one with probabilities, trained on a {VIEWS}.")
        self.moves_itself = isinstance(said, gym.spaces.MultiDiscrete)
        sizes = [np.atleast_1d(getattr(part, "nvec", getattr(part, "n", 0))) for part in parts.values()]
        symbols, actions = (dict(zip(parts, sizes, strict=True))[name] for name in ("observation", "next_action"))
        self.window = len(symbols) if isinstance(parts["observation"], gym.spaces.MultiDiscrete) else 1
        # In a window one more number stands for "none".
        self.n_observations, self.n_actions = (int(of[0]) - (self.window > 1) for of in (symbols, actions))
        self.attention: Floats | None = None
        self.attention_is = ""
        self.begin()

    def begin(self) -> None:
        self.activity: dict[str, Floats] = {}
        self._observations = [self.n_observations] * (self.window - 1)
        self._actions = [self.n_actions] * (self.window - 1)
        self._said: list[Floats] | None = None

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
        if self.window == 1:
            seen = {name: values[0] for name, values in seen.items()}
        distribution = self.policy.get_distribution(self.policy.obs_to_tensor(seen)[0]).distribution
        parts = distribution if isinstance(distribution, list) else [distribution]
        self._said = [part.probs[0].double().numpy(force=True) for part in parts]


def load_policy(path: Path) -> PolicyMind:
    """A policy saved by PPO. The file holds pickles: load only what you trust.

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
