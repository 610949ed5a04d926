"""The executors, by name."""

from pathlib import Path
from typing import Literal

from benchmarks.running.sweep.executor import Executor

Name = Literal["local", "ray", "slurm"]
PACKAGES = {"ray": "ray", "slurm": "submitit"}


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
