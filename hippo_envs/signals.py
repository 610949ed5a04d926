"""Ctrl-C and SIGTERM end `python -m hippo_envs` with one line, from its first import on."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class EndedBySignal(KeyboardInterrupt):
    """A signal came, of that number."""


def listen_while_importing() -> None:
    """If Python was started with `-m hippo_envs`, a signal ends it at once; nowhere else are handlers touched."""
    if sys.argv[:1] == ["-m"] and __package__ in sys.orig_argv:
        _hear(_end_at_once)


@contextmanager
def one_line_on_signal() -> Iterator[None]:
    """End what is stopped with one line, and with 128 + the signal as the status.

    Raises:
        SystemExit: if it was stopped.
    """
    _hear(_raise)
    try:
        yield
    except KeyboardInterrupt as error:
        number = error.args[0] if isinstance(error, EndedBySignal) else signal.SIGINT
        _say(number)
        sys.exit(128 + number)


def _hear(handler: Callable[[int, FrameType | None], None]) -> None:
    """Unless a signal is ignored: a shell has what it starts in the background ignore Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def _raise(number: int, _frame: FrameType | None) -> None:
    raise EndedBySignal(number)


def _end_at_once(number: int, _frame: FrameType | None) -> None:
    _say(number)
    os._exit(128 + number)


def _say(number: int) -> None:
    with suppress(OSError, RuntimeError, ValueError):
        by = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        print(f"Stopped by {by}.", file=sys.stderr, flush=True)
