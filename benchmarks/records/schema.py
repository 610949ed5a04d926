"""The schema of a result file, checked on reading, so that all other code can rely on it.

Files come from others. What passes here is plain data of the types that `Result` and `RunSettings` name, with numbers
and texts that can be computed with, printed and written again.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from itertools import pairwise
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from agents.names import check_name
from benchmarks.experiments.world_seeds import check_run_seed
from hippo_envs.scoring import Counts

MOST_LETTERS = 1_000
MOST = 2**63
DEEPEST = 32  # lists and objects within each other
MOST_SECONDS = 1e10  # three centuries
WHICH = ("experiment", "variant", "preset", "seed")
WORDS: Mapping[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
WORDS = {**WORDS, NoneType: "null", Mapping: "an object", tuple: "a list", list: "a list"}
SURROGATE = re.compile("[\ud800-\udfff]")  # half of a character, which no encoding of a page holds


def check_record(record: Mapping[str, Any], result: type, settings: type) -> None:
    """Check what a result file says, but for its counts.

    Args:
        record: what JSON made of it.
        result, settings: the dataclasses that say which fields there are, and of what types.

    Raises:
        ValueError: naming the field, and what it is to be.
    """
    kinds = _types_of(result)
    if lacking := [each.name for each in fields(result) if each.name not in record and each.name != "learning"]:
        raise ValueError(f"it has no {', '.join(lacking)}")
    if unknown := [name for name in record if name not in kinds]:
        raise ValueError(f"it has {_shown(unknown[0])}, which is not a field of a result")
    for name in ("experiment", "variant", "preset"):
        _check_type(record[name], str, name)
        check_name(record[name].replace(":", ".") if name == "variant" else record[name], "It")
    for name in ("settings", "measurements", "learning", "provenance", "bins", "curve_bins", "seed"):
        if name in record:
            _check_type(record[name], kinds[name] if name != "learning" else Mapping[str, list[Any]], name)
            check_plain(record[name], name)
    check_run_seed(record["seed"])
    _check_settings(record, settings)
    _check_provenance(record["provenance"])
    _check_learning(record.get("learning", {}))
    for name in ("bins", "curve_bins"):
        if any(a >= b for a, b in pairwise((0, *record[name]))):
            raise ValueError(f"its {name} are {_shown(record[name])}, which do not increase")


def check_counts(counts: Mapping[str, Counts], n_bins: int, what: str) -> None:
    """Check counts of one kind of worlds by mask: of one shape, and of so many steps no more known, or right."""
    shapes = {each.shape for of_mask in counts.values() for each in of_mask}
    if any(len(shape) != 2 or shape[1] != n_bins for shape in shapes) or len({shape[0] for shape in shapes}) > 1:
        raise ValueError(f"its {what} have the shapes {_shown(sorted(shapes))}: they should be (worlds, {n_bins} bins)")
    for name, (correct, known, total) in counts.items():
        if not ((correct >= 0) & (correct <= known) & (known <= total)).all():
            raise ValueError(f"its {what} have more correct steps than known, or more known than all: {_shown(name)}")


def _check_settings(record: Mapping[str, Any], kind: type) -> None:
    settings = record["settings"]
    for name in WHICH:
        if settings.get(name, record[name]) != record[name]:
            raise ValueError(f"its {name} is {_shown(record[name])}, but {_shown(settings[name])} in its settings")
    if "agent" in settings:  # those of a study are its program's own
        for name, wanted in _types_of(kind).items():
            if name in settings:
                _check_type(settings[name], wanted, f"settings.{name}")


def _check_provenance(provenance: Mapping[str, Any]) -> None:
    for name, value in provenance.items():
        kind: Any = str | None
        if "seconds" in name:
            kind = float
            if _is_of(float, value) and not 0 <= value < MOST_SECONDS:
                raise ValueError(f"its {name} is {_shown(value)}, which is not a duration of a run")
        elif name.startswith("n_") or name == "seeds_side_by_side":
            kind = int
        elif name in ("versions", "evaluation_hash"):
            kind = Mapping[str, str] if name == "versions" else Mapping[str, str] | str | None
        if not _is_of(kind, value):
            ending = ", which is not a number" if kind in (int, float) else f": it is {_in_words(kind)}"
            raise ValueError(f"its {name} is {_shown(value)}{ending}")


def _check_learning(learning: Mapping[str, Sequence[Any]]) -> None:
    if len({len(column) for column in learning.values()}) > 1:
        raise ValueError("its learning has columns of different lengths")
    for name, column in learning.items():
        if odd := [value for value in column if type(value) not in (float, int, NoneType)]:
            raise ValueError(f"its learning has {_shown(odd[0])} among its {name}, which is not a number")
        numbers = [value for value in column if value is not None]
        if name == "cpu_seconds" and numbers and not 0 <= min(numbers) <= max(numbers) < MOST_SECONDS:
            raise ValueError(f"its learning goes from {min(numbers)} to {max(numbers)} {name}, which no run takes")


def check_plain(value: Any, where: str, depth: int = 0) -> None:
    """A ValueError names what cannot be computed with, printed or written again."""
    if isinstance(value, str):
        if len(value) > MOST_LETTERS:
            raise ValueError(f"its {where} has a text of {len(value):,} letters, and the most are {MOST_LETTERS:,}")
        if not value.isascii() and SURROGATE.search(value):
            raise ValueError(f"its {where} has {_shown(value)}, which has half of a character (a lone surrogate)")
    elif isinstance(value, int) and not -MOST < value < MOST:
        raise ValueError(f"its {where} has a whole number of {value.bit_length()} bits, and at most 63 are allowed")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"its {where} has {value}, which is not a number")
    elif isinstance(value, list | dict):
        if depth > DEEPEST:
            raise ValueError(f"its {where} has lists nested more than {DEEPEST} deep")
        within = value if isinstance(value, list) else [*value, *value.values()]
        if not _are_usual(within):
            for each in within:
                if not _is_usual(each):
                    check_plain(each, where, depth + 1)


def _are_usual(values: Sequence[Any]) -> bool:
    """Whether all are usual numbers or null, as in most lists of a result, which are not looked at one by one."""
    kinds = {*map(type, values)}
    if not kinds <= {float, int, NoneType}:
        return False
    numbers = values if NoneType not in kinds else [value for value in values if value is not None]
    return not numbers or -MOST < min(numbers) <= max(numbers) < MOST


def _is_usual(value: Any) -> bool:
    """Whether it is null, true, false, or a text or number as most of those in a result are."""
    if type(value) is str:
        return len(value) <= MOST_LETTERS and value.isascii()
    return value is None or (isinstance(value, int | float) and -MOST < value < MOST)


def _check_type(value: Any, kind: Any, where: str) -> None:
    if not _is_of(kind, value):
        raise ValueError(f"its {where} is {_shown(value)}: it should be {_in_words(kind)}")


def _is_of(kind: Any, value: Any) -> bool:
    return _test_of(kind)(value)


@cache
def _test_of(kind: Any) -> Callable[[Any], bool]:
    """Whether a value as JSON has it, a list for a tuple and an object for a `NamedTuple`, is of an annotated type."""
    origin, within = get_origin(kind), get_args(kind)
    if kind is Any:
        return lambda _: True
    if origin in (Union, UnionType):
        tests = [_test_of(one) for one in within]
        return lambda value: any(test(value) for test in tests)
    if origin is not None and issubclass(origin, Mapping):
        of_each = _test_of(within[1])
        return lambda value: isinstance(value, dict) and all(map(of_each, value.values()))
    if origin in (tuple, list):
        of_each = _test_of(within[0])
        return lambda value: isinstance(value, list) and all(map(of_each, value))
    if hasattr(kind, "_fields"):
        named = {name: _test_of(of_name) for name, of_name in get_type_hints(kind).items()}
        return lambda value: isinstance(value, dict) and {*value} == {*named} and all(named[n](value[n]) for n in named)
    if kind in (int, float):
        plain = (int, float) if kind is float else (int,)
        return lambda value: type(value) in plain  # JSON has no others, and true is no number
    return lambda value: isinstance(value, kind)


def _in_words(kind: Any) -> str:
    origin, within = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(map(_in_words, within))
    if origin is not None and within and within[-1] is not Any:
        of = within[1] if issubclass(origin, Mapping) else within[0]
        return f"{_in_words(origin)} of {_in_words(of)}"
    return WORDS.get(origin or kind, "an object")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


@cache
def _types_of(kind: type) -> dict[str, Callable[..., Any]]:
    return get_type_hints(kind)
