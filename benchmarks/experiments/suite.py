"""What a suite is: a fixed list of tasks, each an experiment with one scored metric. Plain data, without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.experiments.experiment import Experiment, Preset, look_up


@dataclass(frozen=True)
class Task:
    """An experiment as part of a suite.

    Args:
        experiment: what runs; its name is that of the suite and of the task.
        family: what its ceiling needs; tasks of one family are summed up together.
        difficulty: for the agents of today. It is no part of the specification, for it says nothing of the task.
        metric: a `Metric` as text, the number that counts.
        floor: what the score is normalised by from below; 1 / K, which is chance, if None.
    """

    experiment: Experiment
    family: str
    difficulty: Literal["easy", "medium", "hard"]
    metric: str
    floor: float | None = None


@dataclass(frozen=True)
class Suite:
    """A list of tasks that does not change: one that differs in a task has another name.

    Args:
        name: as typed on the command line.
        preset: the budget whose results are ranked.
        tasks: by name.
    """

    name: str
    preset: str
    tasks: Mapping[str, Task]

    @property
    def experiments(self) -> Mapping[str, Experiment]:
        """The experiments of its tasks, by the names that `run` knows them by."""
        return {task.experiment.name: task.experiment for task in self.tasks.values()}

    @property
    def families(self) -> Mapping[str, Mapping[str, Task]]:
        """Tasks by family, in their order."""
        grouped: dict[str, dict[str, Task]] = {}
        for name, task in self.tasks.items():
            grouped.setdefault(task.family, {})[name] = task
        return grouped

    @property
    def variants(self) -> tuple[str, ...]:
        """The agents of its tasks, in the order in which they first come."""
        return tuple(dict.fromkeys(name for task in self.tasks.values() for name in task.experiment.variants))

    def without_method(self, name: str) -> tuple[str, ...]:
        """The agents that a task is not asked of, since they have no method for it."""
        return tuple(agent for agent in self.variants if agent not in self.task(name).experiment.variants)

    def task(self, name: str) -> Task:
        return look_up(self.tasks, name, f"task of {self.name}")

    def budget(self, name: str) -> Preset:
        """How much a task may spend where results are ranked."""
        return self.task(name).experiment.preset(self.preset)
