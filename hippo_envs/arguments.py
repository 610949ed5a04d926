"""Check arguments of environments; errors name the value and the remedy."""

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from inspect import signature
from typing import Any

import numpy as np

WORDS = {"true": True, "false": False, "none": None}
MOST_MOVES = 10_000_000  # of a graph, nodes times actions: a walk takes some hundred bytes for each
MOST_SYMBOLS = 2**31 - 1
MAX_SHOWN = 200
MAX_NAMED = 20  # a hub of a network has a thousand neighbours


def whole_number(name: str, value: Any, at_least: int, at_most: int | None = None) -> int:
    """The value as an `int`; a ValueError if it is not a whole number, below `at_least`, or above `at_most`."""
    value = _scalar(value)
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < at_least or (at_most is not None and value > at_most):
        is_larger = is_whole and at_most is not None and value > at_most
        limit = f" and at most {at_most}" if is_larger else ""
        raise ValueError(f"{name} must be a whole number of at least {at_least}{limit}, got {shown(value)}.")
    return int(value)


def _scalar(value: Any) -> Any:
    """What an array without dimensions holds, and else the value itself."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def shown(value: Any) -> str:
    """The value as Python writes it, cut where it is long."""
    try:
        written = repr(value)
    except ValueError:  # a whole number of so many digits that Python writes none
        return "a number of thousands of digits"
    return written if len(written) <= MAX_SHOWN else f"{written[:MAX_SHOWN]}..."


def check_moves(n_nodes: int, n_actions: int, **sizes: int) -> None:
    """A ValueError if a graph of these sizes, before it is made, would have more moves than there is room for."""
    if n_nodes * n_actions > MOST_MOVES:
        given = ", ".join(f"{name}={shown(value)}" for name, value in sizes.items())
        raise ValueError(
            f"{given} make a graph of more than {MOST_MOVES:,} moves (nodes times actions), which takes all memory: "
            "use smaller sizes."
        )


def whole_numbers(name: str, values: int | Sequence[int]) -> tuple[int, ...]:
    """The sizes of a family, given as one number or a list of them; a ValueError that names them if they are not."""
    given: Any = _scalar(values)
    is_list = isinstance(given, Sequence | np.ndarray) and not isinstance(given, str | bytes | bytearray)
    numbers: tuple[Any, ...] = tuple(given) if is_list else (given,)
    if not numbers or not all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in numbers):
        raise ValueError(f"{name} must be a whole number or a list of them, got {shown(given)}.")
    return tuple(int(number) for number in numbers)


def number(
    name: str,
    value: Any,
    *,
    at_least: float = -math.inf,
    above: float = -math.inf,
    at_most: float = math.inf,
    below: float = math.inf,
) -> float:
    """The value as a `float`; a ValueError if it is no number, NaN included, or out of the limits."""
    value = _scalar(value)
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if (
        not is_number
        or not abs(value) <= sys.float_info.max
        or not (at_least <= value <= at_most and above < value < below)
    ):
        limits = {"at least": at_least, "above": above, "at most": at_most, "below": below}
        wanted = " and ".join(f"{word} {limit:g}" for word, limit in limits.items() if math.isfinite(limit))
        raise ValueError(f"{name} must be a number {wanted or 'that is finite'}, got {shown(value)}.")
    return float(value)


def reject_unknown(owner: str, given: Iterable[str], *takers: Callable[..., Any]) -> None:
    """A TypeError if there is an argument that none of the takers has by name; it says what they have.

    It begins as Python's own does: other libraries try an argument, and take it back on reading these words.
    """
    of_all = [parameter for taker in takers for parameter in signature(taker).parameters.values()]
    there_are = dict.fromkeys(one.name for one in of_all if one.kind is not one.VAR_KEYWORD)
    for name in given:
        if name not in there_are:
            raise TypeError(f"{owner} got an unexpected keyword argument {name!r}: set any of {', '.join(there_are)}.")


def no_such_action(action: str, n_actions: int, names: Sequence[str] = ()) -> ValueError:
    """The error for an action outside `Discrete(n_actions)`, with the name of each number where they have names.

    >>> print(no_such_action("Action 'north'", 2, ("south", "north")))
    Action 'north' does not exist: use one of 0..1, a whole number (0 = south, 1 = north).
    """
    named = [f"{number} = {name}" for number, name in enumerate(names[:MAX_NAMED])]
    if len(names) > MAX_NAMED:
        named.append("...")
    meanings = f" ({', '.join(named)})" if named else ""
    return ValueError(f"{action} does not exist: use one of 0..{n_actions - 1}, a whole number{meanings}.")


def true_or_false(name: str, value: Any) -> bool:
    """The value as a `bool`; a ValueError if it is neither True nor False."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {value!r}.")
    return bool(value)


def parse_setting(text: str) -> tuple[str, Any]:
    """Name and value of "name=value": a Python literal, true, false, none, or else the text itself."""
    import argparse  # late, as `ast` is: commands need it, and environments do not
    import ast

    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"name=value is wanted, such as width=10, got {text!r}.")
    if value.lower() in WORDS:
        return name, WORDS[value.lower()]
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):  # the last ones of brackets in brackets
        return name, value
