"""What of a `spec` follows from the arguments: how many steps an episode has at most, and which return solves it."""

from collections.abc import Callable
from copy import copy
from dataclasses import fields
from typing import Any

from gymnasium.envs.registration import EnvSpec

from hippo_envs.success import reward_threshold

Bounds = tuple[float, float]  # the mean returns of a floor and of a ceiling


class GrowingSpec(EnvSpec):
    """A spec whose threshold is that of its `max_episode_steps`: Gymnasium's time limit sets these on a copy."""

    bounds_in: Callable[[int], Bounds]

    @classmethod
    def of(cls, spec: EnvSpec, bounds_in: Callable[[int], Bounds]) -> "GrowingSpec":
        """The same spec, given the bounds of episodes of so many steps."""
        growing = cls(**{field.name: getattr(spec, field.name) for field in fields(spec) if field.init})
        growing.bounds_in = bounds_in
        return growing

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "max_episode_steps" and value is not None and "bounds_in" in vars(self):
            self.reward_threshold = round(reward_threshold(*self.bounds_in(value)), 3)


class Bounded:
    """What Gymnasium's wrappers and readers of `env.spec.max_episode_steps` need where the registry has no number.

    A number in the registry would cut a longer walk at that of the default arguments. The return that counts as solved
    is in the registry, and here for other arguments.
    """

    n_steps: int | None = None  # after which an episode has ended, whatever was done; None where only a limit ends it
    max_episode_steps: int | None = None  # after which a vector form truncates it; one world has a wrapper for that
    bounds_in: Callable[[int], Bounds] | None = None  # of so many steps, where returns grow with them
    _spec: EnvSpec | None = None

    @property
    def return_bounds(self) -> Bounds | None:
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
            spec.max_episode_steps = self.max_episode_steps or self.n_steps
            threshold = self.reward_threshold
            spec.reward_threshold = None if threshold is None else round(threshold, 3)
            if self.bounds_in is not None:
                spec = GrowingSpec.of(spec, self.bounds_in)
        self._spec = spec
