"""The suites, by name: one file each, and one row here."""

from benchmarks.experiments import hippo_1
from benchmarks.experiments.experiment import Experiment, look_up
from benchmarks.experiments.suite import Suite

SUITES: dict[str, Suite] = {module.SUITE.name: module.SUITE for module in (hippo_1,)}
TASKS: dict[str, Experiment] = {
    name: experiment for suite in SUITES.values() for name, experiment in suite.experiments.items()
}


def find_suite(name: str) -> Suite:
    """The suite of that name; a ValueError that lists the names if there is none."""
    return look_up(SUITES, name, "suite")
