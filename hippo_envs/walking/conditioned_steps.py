"""What an action does where conditions change it: one way for single worlds, many worlds and whole walks."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Floats, Ints, Mask
from hippo_envs.walking.darkness import is_dark

if TYPE_CHECKING:
    from hippo_envs.worlds import WorldFamily

Rows = slice | NDArray[np.int64]


class ConditionedSteps:
    """The steps of B worlds under the conditions of their family.

    An action is what an agent does and hears; a move is the action of the graph that happens. Places are those of
    `GraphUnion`.
    """

    def __init__(self, family: "WorldFamily", n_worlds: int) -> None:
        self.family, self.union = family, family.union
        self._meaning = np.tile(np.arange(family.n_actions), (n_worlds, 1))
        self._noise: Floats = np.zeros(n_worlds)
        self._first_action = np.arange(n_worlds) * family.n_actions

    @classmethod
    def needed(cls, family: "WorldFamily", n_worlds: int) -> "ConditionedSteps | None":
        """None where every action is the move of its number, and what is there is heard."""
        conditions = family.conditions
        return cls(family, n_worlds) if conditions.shuffle_actions or conditions.can_be_dark else None

    def begin(self, rows: Rows, worlds: Any) -> None:
        """Worlds (a `Worlds`, or one `World`) begin in some rows."""
        if worlds.meaning is not None:
            self._meaning[rows] = worlds.meaning
        if worlds.noise is not None:
            self._noise[rows] = worlds.noise

    def moves(self, actions: Ints) -> Ints:
        """The moves that actions (B,) are."""
        return self._meaning.ravel().take(self._first_action + actions)

    def heard_as(self, moves: Ints) -> Ints:
        """The actions that moves (B,) are."""
        return (self._meaning == moves[:, None]).argmax(axis=1)

    def available(self, places: Ints) -> NDArray[np.int8]:
        """(B, A), 1 where an action leads along an edge."""
        return np.take_along_axis(self.union.available.take(places, axis=0), self._meaning, axis=1)

    def is_dark(self, steps: Ints) -> Mask:
        """(B,), whether it is dark at these steps, one of each world."""
        return is_dark(self.family.conditions, self._noise, steps)

    def heard(self, symbols: Ints, steps: Ints) -> Ints:
        """(B,), what is heard of symbols at these steps."""
        if not self.family.conditions.can_be_dark:
            return symbols
        return np.where(self.is_dark(steps), self.family.n_observations, symbols)
