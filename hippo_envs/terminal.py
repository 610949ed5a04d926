"""Output of the command lines: text from outside stays plain text in one line, on every terminal, in every encoding.

Used by `python -m hippo_envs` and by `python -m benchmarks`.
"""

import codecs
import os
import re
import sys
from io import TextIOWrapper

CLOSED = "Standard output is closed: send it to a file, or to /dev/null."
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


def failed(message: str) -> int:
    """Print an error in one line; the exit status of bad input."""
    print(f"error: {visible(' '.join(line.strip() for line in message.splitlines()))}", file=sys.stderr)
    return 2


def leave_output() -> None:
    """Whoever read along has seen enough, or cannot be written to: nothing is left to be written to them at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def out_of_output(error: OSError) -> str:
    """What to say of an error: whether it is standard output that cannot be written, of which then no more is tried."""
    if error.filename is None:
        try:
            sys.stdout.write("\n")
            sys.stdout.flush()
        except OSError:
            leave_output()
            return f"Standard output cannot be written ({error.strerror or error}): send it elsewhere."
    return str(error)
