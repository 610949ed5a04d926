"""What an action does where conditions change it: one way for single worlds, many worlds and whole walks."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Ints

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
        self._first_action = np.arange(n_worlds) * family.n_actions

    @classmethod
    def needed(cls, family: "WorldFamily", n_worlds: int) -> "ConditionedSteps | None":
        """None where every action is the move of its number."""
        return cls(family, n_worlds) if family.conditions.shuffle_actions else None

    def begin(self, rows: Rows, worlds: Any) -> None:
        """Worlds (a `Worlds`, or one `World`) begin in some rows."""
        if worlds.meaning is not None:
            self._meaning[rows] = worlds.meaning

    def moves(self, actions: Ints) -> Ints:
        """The moves that actions (B,) are."""
        return self._meaning.ravel().take(self._first_action + actions)

    def heard_as(self, moves: Ints) -> Ints:
        """The actions that moves (B,) are."""
        return (self._meaning == moves[:, None]).argmax(axis=1)

    def available(self, places: Ints) -> NDArray[np.int8]:
        """(B, A), 1 where an action leads along an edge."""
        return np.take_along_axis(self.union.available.take(places, axis=0), self._meaning, axis=1)
