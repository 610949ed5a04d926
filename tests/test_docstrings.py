"""Examples in docstrings are run."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import hippo_envs

MODULES = [
    *(
        "benchmarks.experiments.metric",
        "benchmarks.records.packed",
        "benchmarks.reports.timings.speed",
        "benchmarks.reports.pages.environments",
    ),
    *("benchmarks.reports.tables", "benchmarks.reports.pages.board"),
    "benchmarks.rollout.prediction_panel",
    *(module.name for module in pkgutil.walk_packages(hippo_envs.__path__, "hippo_envs.")),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    failed, _ = doctest.testmod(import_module(name))
    assert failed == 0


@pytest.mark.parametrize("name", hippo_envs.ENVIRONMENTS)
def test_environments_have_an_example_that_is_run(name):
    entry = hippo_envs.ENVIRONMENTS[name]
    documented = getattr(import_module(entry.module), f"{entry.name}Env").__doc__
    assert len(doctest.DocTestParser().get_examples(documented)) >= 3
    assert entry.module in MODULES
