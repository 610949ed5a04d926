"""Workers as tasks of a Ray cluster: the one that RAY_ADDRESS or `ray start` names, else one on this machine."""

import logging
import os

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anyone

import ray
from ray.exceptions import RayError, TaskCancelledError

from benchmarks.running.sweep.executor import Call, Outcome

N_RETRIES = 3  # by Ray, of a task whose worker or machine has died


class RayTask:
    """A call as a task."""

    def __init__(self, reference: "ray.ObjectRef[Outcome]") -> None:
        self._reference = reference

    def poll(self) -> Outcome | None:
        if not ray.wait([self._reference], timeout=0)[0]:
            return None
        try:
            return ray.get(self._reference)
        except TaskCancelledError:
            return Outcome("stopped")
        except RayError as error:
            return Outcome("failed", str(error).strip().splitlines()[0])

    def stop(self) -> None:
        ray.cancel(self._reference, force=False)


class RayExecutor:
    """One CPU for each call, and as many GPUs as asked for."""

    def __init__(self, gpus: float) -> None:
        if not ray.is_initialized():
            ray.init(log_to_driver=False, logging_level=logging.WARNING)
        there = ray.cluster_resources()
        n_cpus, n_gpus = there.get("CPU", 0), there.get("GPU", 0)
        self.n_at_once = max(1, int(min(n_cpus, n_gpus / gpus) if gpus else n_cpus))
        self._remote = ray.remote(_on_node).options(num_cpus=1, num_gpus=gpus, max_retries=N_RETRIES)

    def submit(self, call: Call) -> RayTask:
        return RayTask(self._remote.remote(call))

    def close(self) -> None:
        ray.shutdown()


def _on_node(call: Call) -> Outcome:
    return call()._replace(where=f"node {ray.get_runtime_context().get_node_id()[:8]}")
