"""Episodes whose length follows from an argument: every instance says in its `spec` how many steps it has at most."""

from copy import copy
from typing import Any

from gymnasium.envs.registration import EnvSpec


class Bounded:
    """What Gymnasium's wrappers and readers of `env.spec.max_episode_steps` need where the registry has no number.

    A number in the registry would cut a longer walk at that of the default arguments.
    """

    n_steps: int | None = None  # after which an episode has ended, whatever was done; None where only a limit ends it
    _spec: EnvSpec | None = None

    @property
    def spec(self) -> Any:
        """As registered, with the number of steps of this instance."""
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        if spec is not None and spec.max_episode_steps is None and self.n_steps is not None:
            spec = copy(spec)
            spec.max_episode_steps = self.n_steps
        self._spec = spec
