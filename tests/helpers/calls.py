"""Calls that tests hand to executors, in a small module that workers import fast."""

import os
import signal
import time

from benchmarks.running.sweep.executor import Outcome


def suicide() -> Outcome:
    os.kill(os.getpid(), signal.SIGKILL)
    return Outcome("finished")


def sleeper() -> Outcome:
    # A shell that starts the tests in the background has them, and what they start, ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("asleep", flush=True)
    try:
        time.sleep(600)
    except KeyboardInterrupt:
        return Outcome("stopped", "woken")
    return Outcome("finished")
