"""Workers as processes of this machine."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from benchmarks.running.guard import end_with, kill_all
from benchmarks.running.sweep.executor import Call, Outcome


class LocalTask:
    """A call in a process of its own."""

    def __init__(self, process: BaseProcess, told: Connection) -> None:
        self._process, self._told = process, told
        self._is_stopping = self.has_ended = False

    def poll(self) -> Outcome | None:
        if self._process.is_alive():
            return None
        try:
            outcome = self._told.recv()
        except EOFError:
            code = self._process.exitcode or 0
            reason = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
            outcome = Outcome("stopped" if self._is_stopping else "killed", reason)
        self._told.close()
        self._process.close()
        self.has_ended = True
        return outcome

    def stop(self) -> None:
        """It saves itself and ends; on Windows it ends at once, and goes on from its last checkpoint."""
        self._is_stopping = True
        self._process.terminate()

    def end(self) -> None:
        """At once, with all that it has started, and even if it was stopped as by Ctrl-Z."""
        assert self._process.pid is not None, "it was started"
        kill_all(self._process.pid)
        self._process.join()


# What a server of processes imports once, so that its workers need not: PyTorch, and what an optimiser imports of it.
IMPORTED_ONCE = ["benchmarks.running.sweep.worker", "torch._dynamo"]


def n_cores() -> int:
    """The cores of this machine that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LocalExecutor:
    """Starts each call anew: a process that is killed takes nothing with it but its own steps."""

    def __init__(self) -> None:
        self._tasks: list[LocalTask] = []
        self.n_at_once = n_cores()
        # Windows has no server that forks.
        self._context: Any = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
        if self._context.get_start_method() == "forkserver":
            self._context.set_forkserver_preload(IMPORTED_ONCE)

    def submit(self, call: Call) -> LocalTask:
        told, tells = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_child, args=(call, tells), daemon=True)
        with _without_interrupts():
            process.start()
        tells.close()  # this end of it, so that the child's death is the end of the pipe
        task = LocalTask(process, told)
        self._tasks = [*(task for task in self._tasks if not task.has_ended), task]
        return task

    def close(self) -> None:
        for task in self._tasks:
            if not task.has_ended:
                task.end()


def _child(call: Call, tells: Connection) -> None:
    """Ctrl-C in a terminal reaches all processes of its group: leave that, so that only the sweep says when to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setsid"):
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    parent = parent_process()
    assert parent is not None, "this is the process of a worker"
    end_with(parent.sentinel)  # a sweep that was itself killed leaves no workers behind
    tells.send(call())


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes that are started meanwhile are born deaf to Ctrl-C, until they can deal with it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
