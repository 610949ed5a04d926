"""Examples in docstrings are run."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import hippo_envs

MODULES = ["benchmarks.metric", *(f"hippo_envs.{module.name}" for module in pkgutil.iter_modules(hippo_envs.__path__))]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    failed, _ = doctest.testmod(import_module(name))
    assert failed == 0


def test_environments_have_an_example_that_is_run():
    attempted = sum(doctest.testmod(import_module(name)).attempted for name in MODULES)
    assert attempted >= 4 * len(hippo_envs.ENVIRONMENTS)
