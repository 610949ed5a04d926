"""Tables that are made, within text that is written by hand."""


def between(text: str, title: str, table: str, command: str = "docs") -> str:
    """A text with a table put between the markers of its title, which name the command that makes it.

    Raises:
        ValueError: if the markers are not there once each.
    """
    begin, end = f"<!-- {title}: made by `python -m benchmarks {command}` -->", f"<!-- /{title} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"A page needs the lines {begin} and {end}, once each, to say where the table goes.")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n\n{table}\n\n{end}{rest.partition(end)[2]}"
