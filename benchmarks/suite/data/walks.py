"""The walks that are written, by name."""

from collections.abc import Iterator, Sequence

from benchmarks.experiments.suite import Suite
from benchmarks.suite.specification import task_settings
from hippo_envs import Walks, make_family, sample_walks
from hippo_envs.registration import find_stream


def walks_of_suite(suite: Suite) -> Iterator[tuple[str, Walks]]:
    """The evaluation walks of every task and kind of worlds, named as the files of `walks --format npz`."""
    for name, task in suite.tasks.items():
        for kind, walks in task_settings(task.experiment, suite.preset).evaluation_walks().items():
            yield f"{name}.{kind}", walks


def walks_of_environments(
    environments: Sequence[str], seeds: Sequence[int], walk_length: int
) -> Iterator[tuple[str, Walks]]:
    """Walks in the worlds of these seeds, by the short name of the environment; those of a task have its length."""
    for environment_id in [find_stream(text)[0] for text in environments]:
        family = make_family(environment_id)
        yield short_name(environment_id), sample_walks(family, seeds, family.walk_length or walk_length)


def short_name(environment_id: str) -> str:
    """The name of an id in those of files.

    >>> short_name("hippo/Rectangle-Predict-v0")
    'rectangle-predict'
    """
    return environment_id.partition("/")[2].rpartition("-")[0].lower()
