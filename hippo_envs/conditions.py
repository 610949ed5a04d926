"""Conditions of a stream: what makes its worlds and walks harder, one argument each, all of them off by default.

Families, walks, ceilings and environments share this one object, so that a stream knows nothing of it. A condition that
is off draws no random number and adds nothing to a specification.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hippo_envs.arguments import number, true_or_false, whole_number
from hippo_envs.arrays import Floats, Ints

BARE = 0  # the symbol of bare places


@dataclass(frozen=True)
class Conditions:
    """What is harder than the plain stream.

    Args:
        bare_share: the probability that a node (an appearance) is bare: it shows symbol 0, which no other node does.
            What bare nodes show is never scored.
        shuffle_actions: whether each world has its own meaning of the moves: north may lead east. Standing still stays
            what it is.
        dark_after: the step from which on it may be dark: instead of the symbol an agent hears one more,
            n_observations, and is asked as before what is there; None for never.
        dark_share: the probability that a step is dark then.
        slip: the probability that a step goes along another open move than the one that is heard, uniformly among those
            that lead to another node; where there is none, and where the agent stays, nothing slips.

    Raises:
        ValueError: if a value is out of its limits.
    """

    bare_share: float = 0.0
    shuffle_actions: bool = False
    dark_after: int | None = None
    dark_share: float = 1.0
    slip: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "bare_share", number("bare_share", self.bare_share, at_least=0, below=1))
        object.__setattr__(self, "shuffle_actions", true_or_false("shuffle_actions", self.shuffle_actions))

        if self.dark_after is not None:
            object.__setattr__(self, "dark_after", whole_number("dark_after", self.dark_after, at_least=1))
        object.__setattr__(self, "dark_share", number("dark_share", self.dark_share, above=0, at_most=1))
        object.__setattr__(self, "slip", number("slip", self.slip, at_least=0, below=1))

    @property
    def can_be_dark(self) -> bool:
        return self.dark_after is not None

    @property
    def has_noise(self) -> bool:
        """Whether chance has a say at single steps."""
        return self.slip > 0 or (self.can_be_dark and self.dark_share < 1)

    @property
    def on(self) -> dict[str, Any]:
        """Those that are on, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if not self.can_be_dark:
            del values["dark_share"]
        return {name: value for name, value in values.items() if value != getattr(Conditions, name)}


def bare_or_symbol(draws: Floats, bare_share: float, n_observations: int) -> Ints:
    """Uniform numbers in [0, 1) to 0 at bare places, and to 1..n_observations - 1 at all others."""
    rest = (draws - bare_share) / (1 - bare_share) * (n_observations - 1)
    symbols = 1 + np.minimum(rest.astype(np.int64), n_observations - 2)  # rounding may reach the upper end
    return np.where(draws < bare_share, BARE, symbols)
