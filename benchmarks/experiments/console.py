"""Print safely: text from outside (errors, paths, names) stays plain text, on every terminal and in every encoding.

A path may hold brackets, which rich would take as markup; a name in a file from someone else may hold the escape
sequences of a terminal; and a character may be one that the output cannot hold, which is `hippo_envs.terminal`'s part.
Lines go through `say`, tables are `PlainTable`s, and what else rich shows is made by `literal`.
"""

from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from hippo_envs.terminal import visible

WIDE = 160  # characters


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
