"""Workers as jobs of Slurm, handed in by submitit."""

from pathlib import Path

import submitit
from submitit.core.utils import UncompletedJobError
from submitit.helpers import DelayedSubmission

from benchmarks.running.sweep.executor import Call, Outcome

N_AT_ONCE = 100


class Requeued:
    """A call that goes on after Slurm has taken its machine away, or its time is over: run directories resume."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def __call__(self) -> Outcome:
        return self.call()

    def checkpoint(self) -> DelayedSubmission:
        """Asked by submitit what to hand in anew."""
        return DelayedSubmission(self)


class SlurmTask:
    """A call as a job."""

    def __init__(self, job: "submitit.Job[Outcome]") -> None:
        self._job = job
        self._is_stopping = False

    def poll(self) -> Outcome | None:
        if not self._job.done():
            return None
        where = f"job {self._job.job_id}"
        try:
            return self._job.result()._replace(where=where)
        except UncompletedJobError:
            reason = f"{where} ended without a result, as {self._job.state}: see {self._job.paths.stderr}"
            return Outcome("stopped" if self._is_stopping else "killed", reason, where)

    def stop(self) -> None:
        self._is_stopping = True
        self._job.cancel(check=False)


class SlurmExecutor:
    """One core for each call.

    Args:
        folder: for the scripts, pickles and logs of submitit; all machines see it.
        gpus: for each call, a whole number.
        options: of sbatch, as name=value, such as partition=cpu or time=240.
        cluster: "slurm", or "local" to try it without.

    Raises:
        ValueError: for an option that there is not, or if there is no Slurm here.
    """

    def __init__(self, folder: Path, gpus: float, options: tuple[str, ...], cluster: str = "slurm") -> None:
        if gpus != int(gpus):
            raise ValueError(f"Slurm gives whole GPUs, not --gpus {gpus:g}.")
        pairs = [option.partition("=") for option in options]
        for name, equals, _ in pairs:
            if not equals:
                raise ValueError(f"Options of Slurm are written name=value, such as partition=cpu, not {name!r}.")
        self.n_at_once = N_AT_ONCE
        try:
            self._executor = submitit.AutoExecutor(folder=folder, cluster=cluster)
            self._executor.update_parameters(
                name="hippo-envs",
                cpus_per_task=1,
                gpus_per_node=int(gpus),
                **{f"slurm_{name}": value for name, _, value in pairs},
            )
        except (NameError, RuntimeError) as error:
            raise ValueError(str(error).splitlines()[0]) from error

    def submit(self, call: Call) -> SlurmTask:
        return SlurmTask(self._executor.submit(Requeued(call)))

    def close(self) -> None:
        pass
