"""Ctrl-C and SIGTERM, in one place: the first ends a command in order; a second one, or a deadline, ends it at once.

Nothing here takes time to import, so that `python -m benchmarks` listens while it imports the rest.
"""

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

NUMBERS = (signal.SIGINT, signal.SIGTERM)
SECONDS_TO_SAVE = 60.0  # after the first signal; then it is as if a second one had come
SECONDS_TO_END = 5.0  # after the last; then the process ends wherever it is
SECONDS_OF_ONE = 1.0  # torchrun passes on to its processes what the terminal has sent to them, too

Handler = Callable[[int, FrameType | None], None]


class RunInterruptedError(Exception):
    """The run was asked to stop, and has saved itself.

    Args:
        number: of the signal; that of Ctrl-C if another process heard it.
        lost: what is.
    """

    def __init__(self, number: int = 0, lost: str = "nothing") -> None:
        super().__init__(f"Stopped, and {lost} is lost: the same command resumes from here.")
        self.number = number or signal.SIGINT


class EndedBySignal(KeyboardInterrupt):
    """Raised in the midst of things; its text is the line to end with."""

    def __init__(self, number: int, was_saving: bool = False) -> None:
        by = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        rest = ", before all was saved: the same command resumes from the last checkpoints" if was_saving else ""
        super().__init__(f"Stopped by {by}{rest}.")
        self.number = number


class StopRequest:
    """Hears the signals of one stretch of a program.

    Args:
        saves: the first signal only sets `requested`, which the program looks at between two steps; otherwise it
            raises `EndedBySignal`, as any further one does.
    """

    def __init__(self, saves: bool) -> None:
        self.number = 0  # of the first signal
        self.is_over = threading.Event()
        self._saves, self._heard = saves, 0.0

    @property
    def requested(self) -> bool:
        return self.number != 0

    def hear(self, number: int, _frame: FrameType | None) -> None:
        """The handler."""
        if not self.requested:
            self.number, self._heard = number, time.monotonic()
            _thread.start_new_thread(self._hurry, ())  # `threading` has locks that this thread may be holding
            if self._saves:
                tell(f"Stopping: saving first, for {SECONDS_TO_SAVE:.0f} s at most. Ctrl-C again ends it at once.")
                return
        elif time.monotonic() - self._heard < SECONDS_OF_ONE:
            return
        raise EndedBySignal(self.number, self._saves)

    def _hurry(self) -> None:
        """The deadlines: a second signal to the main thread, and then the end, whatever that is stuck in."""
        if self._saves:
            if self.is_over.wait(SECONDS_TO_SAVE):
                return
            _signal_main_thread(self.number)
        if not self.is_over.wait(SECONDS_TO_END):
            end_at_once(self.number, None, self._saves)


@contextmanager
def stop_on_signal() -> Iterator[StopRequest]:
    """Turn the first Ctrl-C or SIGTERM into a request to save and stop; `StopRequest` says what a second one does.

    Signals reach the main thread alone: in another one nothing is changed, and nobody asks.
    """
    stop = StopRequest(saves=True)
    with _heard_by(stop.hear, NUMBERS):
        try:
            yield stop
        finally:
            stop.is_over.set()


@contextmanager
def one_line_on_signal() -> Iterator[None]:
    """End a command that is stopped with one line, and with 128 + the signal as the status.

    Once a signal has come, any error is taken for its consequence: of an interrupt within an import, libraries make
    errors of their own.

    Raises:
        SystemExit: if it was stopped.
    """
    stop = StopRequest(saves=False)
    with _heard_by(stop.hear, _not_ignored()):
        try:
            yield
        except (RunInterruptedError, EndedBySignal) as error:
            end: RunInterruptedError | EndedBySignal = error
        except BaseException as error:
            if not stop.requested and not isinstance(error, KeyboardInterrupt):
                raise
            end = EndedBySignal(stop.number or signal.SIGINT)
        else:
            return
        finally:
            stop.is_over.set()
    tell(str(end))
    sys.exit(128 + end.number)


def listen_while_importing() -> None:
    """Until `one_line_on_signal`, a signal ends the process at once: there is nothing yet to be left in order."""
    for number in _not_ignored():
        signal.signal(number, end_at_once)


def end_at_once(number: int, _frame: FrameType | None = None, was_saving: bool = False) -> None:
    """End this process with one line, and nothing else."""
    tell(str(EndedBySignal(number, was_saving)))
    os._exit(128 + number)


def tell(line: str) -> None:
    """Print on standard error if that can be done, even in the midst of printing."""
    with suppress(OSError, RuntimeError, ValueError):
        print(line, file=sys.stderr, flush=True)


def _not_ignored() -> list[int]:
    """A shell has what it starts in the background ignore Ctrl-C."""
    return [number for number in NUMBERS if signal.getsignal(number) is not signal.SIG_IGN]


@contextmanager
def _heard_by(handler: Handler, numbers: tuple[int, ...] | list[int]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [signal.signal(number, handler) for number in numbers]
    try:
        yield
    finally:
        for number, previous in zip(numbers, before, strict=True):
            signal.signal(number, signal.SIG_DFL if previous is None else previous)  # None: not set by Python


def _signal_main_thread(number: int) -> None:
    ident = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and ident is not None:
        signal.pthread_kill(ident, number)  # wakes it if it sleeps, too
    else:
        _thread.interrupt_main(signal.Signals(number))
