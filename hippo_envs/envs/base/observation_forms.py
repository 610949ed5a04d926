"""Forms of an observation: a number, a `Dict`, or one flat vector of zeros and ones."""

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

    def one(self, symbol: int, previous_action: int) -> NDArray[np.float32]:
        row = np.zeros(self.space.shape, dtype=np.float32)
        row[symbol] = 1
        return row

    def many(self, symbols: Ints, previous_actions: Ints) -> NDArray[np.float32]:
        rows = np.zeros((len(symbols), *self.space.shape), dtype=np.float32)
        rows[np.arange(len(symbols)), symbols] = 1
        return rows


FORMS = {"integer": Integer, "dict": WithAction, "one-hot": OneHot}


def observation_form(name: str, n_observations: int, n_actions: int) -> ObservationForm:
    """The form of that name; a ValueError says which there are."""
    if not isinstance(name, str) or name not in FORMS:
        raise ValueError(f"There is no observation form {name!r}: use one of {', '.join(map(repr, FORMS))}.")
    return FORMS[name](n_observations, n_actions)


class AsDict:
    """A flat `Dict` as it is."""

    def __init__(self, space: gym.spaces.Dict) -> None:
        self.space = space

    def one(self, observation: dict[str, Any]) -> Any:
        return observation

    def many(self, observations: dict[str, NDArray[Any]]) -> Any:
        return observations


class Flat:
    """`Box(0, 1, (n,), float32)`: the elements of a flat `Dict` one after the other, numbers one-hot and bits as bits.

    The vector is that of `gymnasium.spaces.flatten`, made for many worlds at a time.
    """

    def __init__(self, space: gym.spaces.Dict) -> None:
        self._first: dict[str, Ints] = {}  # of the entries of each number
        self._bits: dict[str, slice] = {}
        n = 0
        for key, part in space.spaces.items():
            if isinstance(part, gym.spaces.MultiBinary):
                self._bits[key] = slice(n, n + part.shape[0])
                n += part.shape[0]
                continue
            sizes = part.nvec if isinstance(part, gym.spaces.MultiDiscrete) else np.array([part.n])  # pyright: ignore[reportAttributeAccessIssue]
            ends = n + np.cumsum(sizes)
            self._first[key] = ends - sizes
            n = int(ends[-1])
        self.space = gym.spaces.Box(0, 1, (n,), np.float32)

    def one(self, observation: dict[str, Any]) -> NDArray[np.float32]:
        """The vector (n,) of one world."""
        flat = np.zeros(self.space.shape, dtype=np.float32)
        for key, first in self._first.items():
            flat[first + observation[key]] = 1
        for key, entries in self._bits.items():
            flat[entries] = observation[key]
        return flat

    def many(self, observations: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
        """The vectors (worlds, n) of many."""
        n_worlds = len(next(iter(observations.values())))
        flat = np.zeros((n_worlds, *self.space.shape), dtype=np.float32)
        world = np.arange(n_worlds)[:, None]
        for key, first in self._first.items():
            flat[world, first + observations[key].reshape(n_worlds, -1)] = 1
        for key, entries in self._bits.items():
            flat[:, entries] = observations[key]
        return flat


def dict_form(name: str, space: gym.spaces.Dict) -> AsDict | Flat:
    """How a view hands out its `Dict`: "dict" or "one-hot"; a ValueError says so for any other name."""
    forms = {"dict": AsDict, "one-hot": Flat}
    if not isinstance(name, str) or name not in forms:
        raise ValueError(f"There is no observation form {name!r} here: use one of {', '.join(map(repr, forms))}.")
    return forms[name](space)
