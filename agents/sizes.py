"""Check the sizes of an agent when its config is made; errors name the size and its limits."""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from numbers import Integral, Real
from types import UnionType
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

Limits = tuple[float, float]
ANY: Limits = (-math.inf, math.inf)
NOT_NEGATIVE: Limits = (0.0, math.inf)
WORDS = {int: "a whole number", float: "a finite number", bool: "True or False", str: "a word", type(None): "None"}


@dataclass(frozen=True)
class Sizes:
    """What the config of an agent is: every field is checked to be of its type, and numbers to be within limits.

    A weight or a penalty of less than 0 would reward what it is to hold down.

    Raises:
        ValueError: naming the field, what it may be, and what it was given.
    """

    MAX_GRADIENT_NORM: ClassVar[float] = 1.0  # to which gradients of its agent are clipped
    LIMITS: ClassVar[Mapping[str, Limits]] = {}  # by field, both ends included
    ADDED: ClassVar[frozenset[str]] = frozenset()  # fields that are newer than results; see `as_settings`

    @property
    def given(self) -> str | None:
        """What its agent is given and others have to learn, in a word; None if nothing."""
        return None

    def __post_init__(self) -> None:
        for field in fields(self):
            kind = _types_of(type(self))[field.name]
            value: Any = getattr(self, field.name)
            least, most = self.LIMITS.get(field.name, _usual_limits(field.name))
            if not (_is_of(kind, value) and _is_within(value, least, most)):
                limits = {ANY: "", NOT_NEGATIVE: " of at least 0"}.get((least, most), f" from {least:g} to {most:g}")
                raise ValueError(f"{field.name} must be {_in_words(kind)}{limits}, got {value!r}.")


def as_settings(config: Any) -> dict[str, Any]:
    """All fields of a config by name, but for those in its `ADDED` that have their default.

    Settings of results are compared by hash: so a field can be added and all older results keep theirs.
    """
    added, default = getattr(config, "ADDED", ()), {field.name: field.default for field in fields(config)}
    return {name: value for name, value in asdict(config).items() if name not in added or value != default[name]}


def at_least(config: object, least: int, *names: str) -> None:
    """A `ValueError` names the first of these fields that is smaller."""
    for name in names:
        if getattr(config, name) < least:
            raise ValueError(f"{name} must be at least {least}, got {getattr(config, name)}.")


def count(name: str, value: Any) -> int:
    """The value as an `int`; a `ValueError` if it is not a whole number of at least 1."""
    if not _is_of(int, value) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}.")
    return int(value)


def above_zero(name: str, value: Any, at_most: float = sys.float_info.max) -> None:
    """A `ValueError` if it is not a number above 0; infinity only if it is said to be allowed."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) <= at_most:
        raise ValueError(f"{name} must be a number above 0, got {value!r}.")


def _is_within(value: Any, least: float, most: float) -> bool:
    """Words are within no limits, and need none."""
    return value is None or (least, most) == ANY or bool(least <= value <= most)


@cache
def _types_of(config: type) -> dict[str, Any]:
    return get_type_hints(config)


def _usual_limits(name: str) -> Limits:
    return NOT_NEGATIVE if name.endswith(("_penalty", "_weight")) else ANY


def _is_of(kind: Any, value: Any) -> bool:
    origin = get_origin(kind)
    if origin is Literal:
        return value in get_args(kind)
    if origin in (Union, UnionType):
        return any(_is_of(one, value) for one in get_args(kind))
    if origin is tuple:
        return isinstance(value, Sequence) and all(_is_of(get_args(kind)[0], each) for each in value)
    if kind in (int, float) and isinstance(value, bool):
        return False
    if kind is float:
        return isinstance(value, Real) and math.isfinite(value)
    return isinstance(value, Integral if kind is int else kind)


def _in_words(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is Literal:
        return f"one of {', '.join(map(repr, get_args(kind)))}"
    if origin in (Union, UnionType):
        return " or ".join(map(_in_words, get_args(kind)))
    return f"several, each {_in_words(get_args(kind)[0])}" if origin is tuple else WORDS[kind]
