"""A worker does not outlive the process that started it, whatever it is stuck in.

A process watches over it. A thread of its own could not: it waits while compiled code keeps Python to itself, and
stands still in a worker that was stopped (SIGSTOP).
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import wait

from benchmarks.running.signals import SECONDS_TO_END, SECONDS_TO_SAVE

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_LEFT = SECONDS_TO_SAVE + 2 * SECONDS_TO_END  # to a worker, which has deadlines of its own


def end_with(starter: int) -> None:
    """Have this process asked to save itself, and killed after a deadline, once the one that started it has ended.

    Args:
        starter: a file descriptor (on Windows a handle) that can be read once that one has ended.
    """
    worker = os.getpid()
    if not hasattr(os, "fork"):  # Windows ends a process at once
        threading.Thread(target=_watch, args=(worker, starter, lambda: False), daemon=True).start()
    elif not os.fork():
        try:
            _be_nobody(starter)
            _watch(worker, starter, lambda: os.getppid() != worker)
        finally:
            os._exit(0)


def kill_all(worker: int) -> None:
    """Kill a process and, if it has a group of its own, what it has started."""
    with suppress(OSError):
        os.kill(worker, getattr(signal, "SIGKILL", signal.SIGTERM))
    if hasattr(os, "killpg"):
        with suppress(OSError):
            os.killpg(worker, signal.SIGKILL)


def _be_nobody(starter: int) -> None:
    """Hear nothing, and hold none of the worker's pipes and files open."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(0, starter)
    os.closerange(starter + 1, 1 << 16)


def _watch(worker: int, starter: int, has_ended: Callable[[], bool]) -> None:
    while not wait([starter], SECONDS_BETWEEN_LOOKS):
        if has_ended():
            return
    os.kill(worker, signal.SIGTERM)
    end = time.monotonic() + SECONDS_LEFT
    while time.monotonic() < end and not has_ended():
        time.sleep(SECONDS_BETWEEN_LOOKS)
    kill_all(worker)  # if it has ended, what it has started
