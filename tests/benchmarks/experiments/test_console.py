"""Text from outside is printed as it is: never markup, never a terminal's escape, in any encoding."""

import ast
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from rich.console import Console

import benchmarks
from benchmarks.experiments.console import PlainTable, literal, say
from hippo_envs.terminal import print_in_any_encoding, visible

MARKUP = ("no file in [/data/x]", "state must be [batch, units]", "[bold]", "a[/b]", ":warning:", r"\[x]", "{task}")
UNSEEN = {
    "\x1b[31mred": r"\x1b[31mred",
    "\x9b2J": r"\x9b2J",
    "over\rwritten": r"over\rwritten",
    "a\nreproduced": r"a\nreproduced",
    "\x07": r"\x07",
    "abc\u202ecba": r"abc\u202ecba",
    "a\u200bb\u2800\u3164": r"a\u200bb\u2800\u3164",
    "\udce9": r"\udce9",
}
# Scorers that run without this package, and the place itself; the last in the midst of things, its own words only.
MAY_PRINT = ("score_walks.py", "score_replies.py", "console.py", "signals.py")


@pytest.mark.parametrize("text", MARKUP)
@pytest.mark.parametrize("is_terminal", [False, True])
def test_markup_is_printed_as_it_stands_on_any_console(text, is_terminal):
    console = Console(file=StringIO(), force_terminal=is_terminal, width=80)
    say(text, console)
    table = PlainTable(text)
    table.add_column(text)
    table.add_row(text)
    console.print(table)
    assert console.file.getvalue().count(text) == 4


@pytest.mark.parametrize(("text", "shown"), UNSEEN.items())
def test_escapes_and_line_breaks_are_printed_as_python_writes_them(text, shown, capsys):
    console = Console(file=StringIO(), width=80)
    say(text, console)
    assert console.file.getvalue() == f"{shown}\n"
    say(text)
    assert capsys.readouterr().out == f"{shown}\n"


def test_a_cell_of_a_table_may_have_lines_and_no_escapes():
    assert literal("a\nb\x1b").plain == "a\nb\\x1b"
    assert visible("träge\t±") == "träge\t±"


def test_every_line_that_is_printed_goes_through_one_place():
    """A string to `Console.print`, or to a table of rich, is markup; a string to `print` may be an escape."""
    found = []
    for path in Path(benchmarks.__file__).parent.rglob("*.py"):
        if path.name in MAY_PRINT:
            continue
        text = path.read_text(encoding="utf-8")
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func)
            strings = [one for one in call.args if isinstance(one, ast.JoinedStr | ast.Constant)]
            if name in ("print", "Table") or (name.endswith("console.print") and strings):
                found.append(f"{path.name}:{call.lineno}: {name}")
            if (
                name == "TextColumn"
                and ast.unparse(call).find("markup=False") < 0
                and "[rate]" not in ast.unparse(call)
            ):
                found.append(f"{path.name}:{call.lineno}: {name}")
    assert not found


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp932", "gbk", "latin-1"])
def test_what_an_encoding_lacks_is_printed_in_other_characters(encoding, monkeypatch):
    written = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(written, encoding=encoding, write_through=True))
    print_in_any_encoding()
    say("• .5 ± .1 × 2 … \u5b57 \U0001f9e0")
    table = PlainTable("90°")
    table.add_column("−1")
    Console(file=sys.stdout).print(table)
    shown = written.getvalue().decode(encoding)
    assert ".5 " in shown
    assert r"\U0001f9e0" in shown
    if encoding == "ascii":
        assert shown.startswith(r"* .5 +- .1 x 2 ... \u5b57")
