"""Where commands print."""

from rich.console import Console

WIDE = 160  # characters


def wide_console(at_least: int = WIDE) -> Console:
    """A console for tables that would only be harder to read if they were broken at 80 columns."""
    return Console(width=max(Console().width, at_least))
