"""The interface between a sweep and the place where it runs: submit a call, and poll for its outcome."""

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol


class Outcome(NamedTuple):
    """How a call ended: finished; stopped, having saved itself; failed with an error; or killed, with its worker."""

    how: Literal["finished", "stopped", "failed", "killed"]
    message: str = ""
    where: str = ""


Call = Callable[[], Outcome]


class Task(Protocol):
    """A call that was handed in."""

    def poll(self) -> Outcome | None:
        """How it ended, once it has."""
        ...

    def stop(self) -> None:
        """Ask it to save itself and end; `poll` says when it has."""
        ...


class Executor(Protocol):
    """A place for calls, each on one CPU core."""

    n_at_once: int  # how many calls it has room for, unless the user says otherwise

    def submit(self, call: Call) -> Task:
        """Hand in a call; it can be pickled."""
        ...

    def close(self) -> None:
        """Leave nothing behind: what still runs ends at once."""
        ...
