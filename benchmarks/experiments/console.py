"""What commands print: text from outside (errors, paths, names) stays text, on every terminal and in every encoding.

A path may hold brackets, which rich would take as markup; a name in a file from someone else may hold the escape
sequences of a terminal; and a character may be one that the output cannot hold. Lines go through `say`, tables are
`PlainTable`s, and what else rich shows is made by `literal`.
"""

import codecs
import re
import sys
from io import TextIOWrapper
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

WIDE = 160  # characters
# Escapes, line breaks and other control characters but tabs; those that turn the direction of writing; those that take
# no place, or are blank letters; and halves of characters, which stand for bytes of a file's name that are no text.
UNSEEN = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
PLAIN = {
    "…": "...",
    "•": "*",
    "±": "+-",
    "×": "x",
    "−": "-",
    "–": "-",
    "—": "-",
    "’": "'",
    "°": " deg",
    "─": "-",
    "│": "|",
}
PLAIN |= dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+")
LEGIBLE = "hippo_envs.legible"  # among the handlers of errors that `codecs` knows


class PlainTable(Table):
    """A table whose strings are only text, on any console; it has lines below its titles and no others."""

    def __init__(self, title: str | None = None, **options: Any) -> None:
        shown = None if title is None else Text(visible(title), style="table.title")
        style: dict[str, Any] = {"title_justify": "left", "box": SIMPLE_HEAD, "pad_edge": False}
        super().__init__(title=shown, **(style | options))

    def add_column(self, header: RenderableType = "", *arguments: Any, **options: Any) -> None:
        super().add_column(_literal_if_string(header), *arguments, **options)

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        super().add_row(*map(_literal_if_string, cells), **options)


def wide_console(at_least: int = WIDE) -> Console:
    """A console for tables that would only be harder to read if they were broken at 80 columns."""
    return Console(width=max(Console().width, at_least))


def say(text: object, to: Console | TextIO | None = None) -> None:
    """Print one line as it is, on any console or file; on standard output if none is given."""
    if isinstance(to, Console):
        to.print(Text(visible(text)), soft_wrap=True)
    else:
        print(visible(text), file=to)


def literal(text: object) -> Text:
    """Text, of one or more lines, for what is shown on any console, where a string would be taken as markup."""
    return Text("\n".join(map(visible, str(text).split("\n"))))


def _literal_if_string(cell: Any) -> Any:
    return literal(cell) if isinstance(cell, str) else cell


def visible(text: object) -> str:
    r"""The same with control characters and line breaks as Python writes them.

    >>> print(visible("a \x1b[31mred\x1b[0m [/name]"))
    a \x1b[31mred\x1b[0m [/name]
    """
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))


def print_in_any_encoding() -> None:
    """From now on standard output and error print what their encoding lacks in other characters."""
    codecs.register_error(LEGIBLE, _legible)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=LEGIBLE)


def _legible(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    shown = (PLAIN.get(character) or character.encode("unicode_escape").decode() for character in lacking)
    return "".join(shown), error.end
