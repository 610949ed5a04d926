"""The names that docs/stability.md promises are those that there are, and what is deprecated still works."""

import inspect
import re
from importlib import import_module

import pytest

from tests.helpers.paths import ROOT

PAGE = (ROOT / "docs" / "stability.md").read_text()
PROMISED = {
    module: set(re.findall(r"`(\w+)`", names))
    for module, names in re.findall(r"^### `([\w.]+)`\n\n(.*?)(?=\n###|\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)
}
DEPRECATED = re.findall(r"^\| `([\w.]+)\.(\w+)` \| \d", PAGE, flags=re.MULTILINE)


def public_names(module):
    """What `__all__` says, or else the functions and classes that are written there."""
    if hasattr(module, "__all__"):
        return set(module.__all__)
    written = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return {
        name
        for name, value in written.items()
        if (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ == module.__name__
    }


@pytest.mark.parametrize("module", PROMISED)
def test_the_public_names_of_a_package_are_those_of_the_list(module):
    names = public_names(import_module(module))
    gone, new = sorted(PROMISED[module] - names), sorted(names - PROMISED[module])
    assert not gone, "deprecate them for one release first, as docs/stability.md says"
    assert not new, "add them to docs/stability.md, or begin their names with _"


def test_packages_of_the_wheel_are_promised():
    assert {"hippo_envs", "hippo_envs.trajectories", "agents", "agents.base"} <= set(PROMISED)
    assert sum(map(len, PROMISED.values())) > 100


def test_what_is_deprecated_works_and_warns():
    for module, name in DEPRECATED:
        with pytest.warns(DeprecationWarning, match="use"):
            getattr(import_module(module), name)
