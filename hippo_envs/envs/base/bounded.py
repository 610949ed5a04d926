"""What of a `spec` follows from the arguments: how many steps an episode has at most, and which return solves it."""

from copy import copy
from typing import Any

from gymnasium.envs.registration import EnvSpec

from hippo_envs.success import reward_threshold


class Bounded:
    """What Gymnasium's wrappers and readers of `env.spec.max_episode_steps` need where the registry has no number.

    A number in the registry would cut a longer walk at that of the default arguments. The return that counts as solved
    is in the registry, and here for other arguments.
    """

    n_steps: int | None = None  # after which an episode has ended, whatever was done; None where only a limit ends it
    _spec: EnvSpec | None = None

    @property
    def return_bounds(self) -> tuple[float, float] | None:
        """The mean returns of a floor and of a ceiling, for the arguments of this instance; None without rewards."""
        return None

    @property
    def reward_threshold(self) -> float | None:
        """The return that counts as solved; None where there is no reward."""
        return None if self.return_bounds is None else reward_threshold(*self.return_bounds)

    @property
    def spec(self) -> Any:
        """As registered, with the number of steps and the threshold of this instance."""
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        if spec is not None:
            spec = copy(spec)
            if spec.max_episode_steps is None:
                spec.max_episode_steps = self.n_steps
            threshold = self.reward_threshold
            spec.reward_threshold = None if threshold is None else round(threshold, 3)
        self._spec = spec
