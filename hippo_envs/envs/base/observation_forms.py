"""How an observation is handed out: as a number, as a number with the action that led to it, or one-hot."""

from typing import Any, Protocol

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Ints


class ObservationForm(Protocol):
    """Turns a symbol and the action before it into an element of `space`; `many` does so for a batch."""

    space: gym.Space[Any]

    def one(self, symbol: int, previous_action: int) -> Any: ...
    def many(self, symbols: Ints, previous_actions: Ints) -> Any: ...


class Integer:
    """`Discrete(n_observations)`: the symbol."""

    def __init__(self, n_observations: int, n_actions: int) -> None:
        self.space = gym.spaces.Discrete(n_observations)

    def one(self, symbol: int, previous_action: int) -> int:
        return symbol

    def many(self, symbols: Ints, previous_actions: Ints) -> Ints:
        return symbols


class WithAction:
    """A flat `Dict` of the symbol and of the action that led to it; at the start that is `n_actions`, "none"."""

    def __init__(self, n_observations: int, n_actions: int) -> None:
        self.space = gym.spaces.Dict(
            observation=gym.spaces.Discrete(n_observations), previous_action=gym.spaces.Discrete(n_actions + 1)
        )

    def one(self, symbol: int, previous_action: int) -> dict[str, int]:
        return {"observation": symbol, "previous_action": int(previous_action)}

    def many(self, symbols: Ints, previous_actions: Ints) -> dict[str, Ints]:
        return {"observation": symbols, "previous_action": previous_actions.copy()}


class OneHot:
    """`Box(0, 1, (n_observations,), float32)`: one at the symbol."""

    def __init__(self, n_observations: int, n_actions: int) -> None:
        self.space = gym.spaces.Box(0, 1, (n_observations,), np.float32)
        self._rows = np.eye(n_observations, dtype=np.float32)

    def one(self, symbol: int, previous_action: int) -> NDArray[np.float32]:
        return self._rows[symbol].copy()

    def many(self, symbols: Ints, previous_actions: Ints) -> NDArray[np.float32]:
        return self._rows[symbols]


FORMS = {"integer": Integer, "dict": WithAction, "one-hot": OneHot}


def observation_form(name: str, n_observations: int, n_actions: int) -> ObservationForm:
    """The form of that name; a ValueError says which there are."""
    if not isinstance(name, str) or name not in FORMS:
        raise ValueError(f"There is no observation form {name!r}: use one of {', '.join(map(repr, FORMS))}.")
    return FORMS[name](n_observations, n_actions)
