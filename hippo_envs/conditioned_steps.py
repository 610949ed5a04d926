"""What an action does where conditions change it: one way for single worlds, many worlds and whole walks."""

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Ints, Mask
from hippo_envs.walking.darkness import is_dark
from hippo_envs.walking.step_noise import DARK, SLIPS, SLIPS_TO, Words, happens, keys_of, uniform
from hippo_envs.worlds import World, WorldFamily, Worlds

Rows = slice | NDArray[np.int64]


class ConditionedSteps:
    """The steps of B worlds under the conditions of their family.

    An action is what an agent does and hears; a move is the action of the graph that happens. Places are those of
    `GraphUnion`; steps are numbered by their arrival.
    """

    def __init__(self, family: WorldFamily, n_worlds: int) -> None:
        self.family, self.union, self.conditions = family, family.union, family.conditions
        self._first_action = np.arange(n_worlds) * family.n_actions
        self._meaning = np.tile(np.arange(family.n_actions), (n_worlds, 1))
        self._keys: dict[int, Words] = {of: np.zeros(n_worlds, dtype=np.uint64) for of in (DARK, SLIPS, SLIPS_TO)}

    @classmethod
    def needed(cls, family: WorldFamily, n_worlds: int) -> "ConditionedSteps | None":
        """None where every action is the move of its number, and what is there is heard."""
        conditions = family.conditions
        needs = conditions.shuffle_actions or conditions.can_be_dark or conditions.slip
        return cls(family, n_worlds) if needs else None

    def begin(self, rows: Rows, worlds: Worlds | World) -> None:
        """Worlds (a `Worlds`, or one `World`) begin in some rows."""
        if worlds.meaning is not None:
            self._meaning[rows] = worlds.meaning
        if worlds.noise is not None:
            for of, keys in self._keys.items():
                keys[rows] = keys_of(np.atleast_1d(worlds.noise), of)

    def meant(self, actions: Ints) -> Ints:
        """The moves that actions (B,) are."""
        if not self.conditions.shuffle_actions:
            return actions
        return self._meaning.ravel().take(self._first_action + actions)

    def heard_as(self, moves: Ints) -> Ints:
        """The actions that moves (B,) are."""
        return (self._meaning == moves[:, None]).argmax(axis=1)

    def moves(self, actions: Ints, places: Ints, steps: Ints) -> Ints:
        """The moves that happen at actions (B,) from some places, arriving at some steps."""
        return self.slipped(self.meant(actions), places, steps)

    def slipped(self, moves: Ints, places: Ints, steps: Ints) -> Ints:
        """The moves that happen where these are meant."""
        if not self.conditions.slip:
            return moves
        (slips,) = happens(self._keys[SLIPS], steps, self.conditions.slip).nonzero()
        if not slips.size:
            return moves
        instead = uniform(self._keys[SLIPS_TO].take(slips), steps.take(slips))
        moves = moves.copy()
        moves[slips] = self.family.slip_table.other(places.take(slips), moves.take(slips), instead)
        return moves

    def available(self, places: Ints) -> NDArray[np.int8]:
        """(B, A), 1 where an action leads along an edge."""
        available = self.union.available.take(places, axis=0)
        return np.take_along_axis(available, self._meaning, axis=1) if self.conditions.shuffle_actions else available

    def is_dark(self, steps: Ints) -> Mask:
        """(B,), whether it is dark at these steps, one of each world."""
        return is_dark(self.conditions, self._keys[DARK], steps)

    def heard(self, symbols: Ints, steps: Ints) -> Ints:
        """(B,), what is heard of symbols at these steps."""
        if not self.conditions.can_be_dark:
            return symbols
        return np.where(self.is_dark(steps), self.family.n_observations, symbols)
