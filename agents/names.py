"""Check names of agents and runs, which become names of files and folders."""

import re
import unicodedata

# Separators of paths, what Windows allows in no name, and control characters.
REFUSED = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
OF_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # on Windows, with any ending
LONGEST = 200


def check_name(name: object, what: str) -> str:
    """The name, if it can be that of a folder inside another one on every system.

    Args:
        name: a text.
        what: is called so, the beginning of an error message.

    Raises:
        ValueError: if it cannot, or if it has letters beyond ASCII, which may look like others.
    """
    if not isinstance(name, str) or not name:
        raise ValueError(f"{what} needs a name of at least one letter, got {name!r}.")
    check_letters(name, what)
    if found := REFUSED.search(name):
        raise ValueError(f"{what} is called {name!r}, and names a folder: leave out {found[0]!r}.")
    if name[0] in ". " or name[-1] in ". " or len(name) > LONGEST or OF_DEVICES.fullmatch(name):
        raise ValueError(
            f"{what} is called {name!r}, and names a folder: use letters, digits, hyphens and underscores, at most "
            f"{LONGEST}, no dot or space first or last, and no name of a device of Windows."
        )
    return name


def check_letters(name: str, what: str) -> None:
    """A ValueError names a letter beyond ASCII: TEM with a Greek Ε looks like another name, and is not."""
    for letter in name:
        if not letter.isascii():
            called = unicodedata.name(letter, f"U+{ord(letter):04X}")
            raise ValueError(
                f"{what} is called {name!r}, with a {called}: use ASCII, in which no two letters look alike."
            )
