"""Run modules of other people in this process, and report their errors with file and line."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def exit_is_an_error() -> Iterator[None]:
    """Around code of others: to end the whole program is an error there, even with status 0.

    Raises:
        ValueError: from a SystemExit, with the line that raised it.
    """
    try:
        yield
    except SystemExit as error:
        code = "" if error.code is None else repr(error.code)
        raise ValueError(
            f"sys.exit({code}) was called at {place_of(error)}, and would end all runs: raise an error there instead."
        ) from error


def place_of(error: BaseException) -> str:
    """The innermost line that an error came through; of a syntax error, the line that it is in."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{error.filename}:{error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<")]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
