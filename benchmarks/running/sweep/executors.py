"""The one seam between a sweep and where it runs: a call is handed in, and asked now and then how it ended."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple, Protocol


class Outcome(NamedTuple):
    """How a call ended: finished; stopped, having saved itself; failed with an error; or killed, with its worker."""

    how: Literal["finished", "stopped", "failed", "killed"]
    message: str = ""
    where: str = ""


Call = Callable[[], Outcome]
Name = Literal["local", "ray", "slurm"]
PACKAGES = {"ray": "ray", "slurm": "submitit"}


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
        """Leave nothing behind."""
        ...


def make_executor(name: Name, runs: Path, gpus: float, slurm: tuple[str, ...]) -> Executor:
    """The executor of that name, its package imported only now.

    Args:
        name: which.
        runs: a folder for what the executor itself has to write down.
        gpus: how many each call takes.
        slurm: options of sbatch, as name=value.

    Raises:
        ValueError: if its package is missing, or for an option that it does not have.
    """
    if name != "slurm" and slurm:
        raise ValueError(f"--slurm {slurm[0]} is for --executor slurm, not {name}.")
    try:
        if name == "ray":
            from benchmarks.running.sweep.ray_tasks import RayExecutor

            return RayExecutor(gpus)
        if name == "slurm":
            from benchmarks.running.sweep.slurm_jobs import SlurmExecutor

            return SlurmExecutor(runs / ".submitit", gpus, slurm)
    except ModuleNotFoundError as error:
        raise ValueError(f"--executor {name} needs a package: pip install {PACKAGES[name]} ({error}).") from error
    from benchmarks.running.sweep.local_processes import LocalExecutor

    if gpus:
        raise ValueError(f"--gpus {gpus:g} is for ray and slurm: local workers share the one of --device.")
    return LocalExecutor()
