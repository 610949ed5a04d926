"""Generated Markdown: tables, and how they are inserted into hand-written pages."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> str:
    r"""A table with a row of titles; bars in its cells are escaped.

    Args:
        head: the titles of the columns.
        rows: as many cells each.
        align: a letter for each column, "l" or "r"; columns without a letter are on the left.

    >>> print(table(("agent", "score"), [("tem|t", "1.0")], "lr"))
    | agent | score |
    |---|--:|
    | tem\|t | 1.0 |
    """
    rulers = ["--:" if side == "r" else "---" for side in align.ljust(len(head), "l")]
    lines = [_row(cell.replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join([_row(head), f"|{'|'.join(rulers)}|", *lines])


def put_between(text: str, title: str, made: str, command: str = "docs") -> str:
    """A text with what is made between the markers of its title, which name the command that makes it.

    Raises:
        ValueError: if the markers are not there once each.
    """
    begin, end = f"<!-- {title}: made by `python -m benchmarks {command}` -->", f"<!-- /{title} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"A page needs the lines {begin} and {end}, once each, to say where the table goes.")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n\n{made}\n\n{end}{rest.partition(end)[2]}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
