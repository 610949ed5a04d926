"""Options that several commands share, under one name each, and how --help shows a command."""

import re
from collections.abc import Callable, Sequence
from inspect import signature
from pathlib import Path
from typing import Annotated, Any

import tyro

MARKERS = (  # no {None}|STR, no --no-human beside --human, and EXPERIMENT rather than STR
    tyro.conf.DisallowNone,
    tyro.conf.FlagCreatePairsOff,
    tyro.conf.PositionalMetavarFromFieldName,
)
UNSET = "leave it out, or check whether a shell variable is unset."
UNSAID = tyro.conf.arg(help_behavior_hint="")  # the docstring says what "not given" means


class NothingGivenError(Exception):
    """An option stands there without what it is to say, as it does where a variable of the shell is unset."""


def check_typed(arguments: Sequence[str]) -> None:
    """Refuse an empty argument: an empty name of a folder would be the current one, and no agent would be all."""
    for place, argument in enumerate(arguments):
        if not argument or (argument.startswith("--") and argument.endswith("=")):
            before = arguments[place - 1] if place and not argument else argument.rstrip("=")
            raise NothingGivenError(f"The value after {before or 'the command'} is empty: {UNSET}")


def _some(texts: list[str]) -> tuple[str, ...]:
    if not texts:
        raise NothingGivenError(f"An option such as --agents or --seeds has no value: {UNSET}")
    return tuple(texts)


# Not given, such an option may mean all; given without a value it means nothing.
SOME = tyro.constructors.PrimitiveConstructorSpec(
    nargs="*",
    metavar="[STR [STR ...]]",
    instance_from_str=_some,
    is_instance=lambda given: isinstance(given, tuple),
    str_from_instance=list,
)


def spelled(name: str, also: str) -> Any:
    """An option that is accepted under another name too. Help shows aliases first, so `name` is given as one."""
    return tyro.conf.arg(name=also, aliases=(f"--{name}",))


Agents = Annotated[tuple[str, ...], spelled("agents", also="agent")]
Seeds = Annotated[tuple[str, ...], spelled("seeds", also="seed")]
Output = Annotated[Path, spelled("output", also="out")]


def readable(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same command, as tyro should show it: it keeps line breaks of docstrings, and prints `(default: None)`."""
    command.__doc__ = re.sub(r"\n {12,}", " ", command.__doc__ or "")
    for name, parameter in signature(command).parameters.items():
        annotation: Any = parameter.annotation
        if parameter.default == () and "Positional" not in map(str, getattr(annotation, "__metadata__", ())):
            annotation = Annotated[annotation, SOME]
        if parameter.default in (None, (), parameter.empty) or parameter.default is False:
            command.__annotations__[name] = Annotated[annotation, UNSAID]
    return command
