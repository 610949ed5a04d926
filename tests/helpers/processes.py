"""Start processes that a test will kill, without the seconds in which Python imports torch."""

import multiprocessing
from functools import cache


@cache
def processes():
    """A context of multiprocessing. Its processes are forks of one that has imported torch and done nothing else."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch", "torch._dynamo", "torch.utils.tensorboard", "gymnasium", "rich.console"])
    return context
