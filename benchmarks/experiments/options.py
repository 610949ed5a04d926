"""Options that several commands share, under one name each, and how --help shows a command."""

import re
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Annotated, Any

import tyro

MARKERS = (  # no {None}|STR, no --no-human beside --human, and EXPERIMENT rather than STR
    tyro.conf.DisallowNone,
    tyro.conf.FlagCreatePairsOff,
    tyro.conf.PositionalMetavarFromFieldName,
)
UNSAID = tyro.conf.arg(help_behavior_hint="")  # the docstring says what "not given" means


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
        if parameter.default in (None, (), parameter.empty) or parameter.default is False:
            command.__annotations__[name] = Annotated[parameter.annotation, UNSAID]
    return command
