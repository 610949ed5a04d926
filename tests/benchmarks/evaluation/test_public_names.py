"""What is of use on arrays of one's own has one address each, which the documentation teaches."""

import ast
import json
import re
from importlib import import_module

import pytest

from benchmarks.evaluation import measurements, statistics
from tests.helpers.paths import ROOT

ADDRESSES = {
    *("hippo_envs", "hippo_envs.anatomy", "hippo_envs.ceilings", "hippo_envs.references", "hippo_envs.scoring"),
    *("benchmarks.evaluation.measurements", "benchmarks.evaluation.statistics"),
    "benchmarks.evaluation.answers",  # which takes agents, not arrays
}


def python_of(path):
    """The Python of a page or a notebook, each statement by itself."""
    text = path.read_text()
    if path.suffix == ".ipynb":
        return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    examples = re.findall(r"^>>> (from .*)$", text, flags=re.MULTILINE)
    return examples + re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


TAUGHT = sorted(
    {
        (node.module, alias.name)
        for path in (ROOT / "docs" / "metrics.md", ROOT / "docs" / "from-gym-make-to-grid-cells.ipynb")
        for block in python_of(path)
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
        if re.match(r"hippo_envs|benchmarks\.evaluation", node.module)
    }
)


@pytest.mark.parametrize(("module", "name"), TAUGHT)
def test_what_is_taught_is_imported_from_a_documented_address(module, name):
    assert module in ADDRESSES, f"teach it from one of {', '.join(sorted(ADDRESSES))}"
    assert hasattr(import_module(module), name)
    if module == measurements.__name__:
        assert name in measurements.__all__


@pytest.mark.parametrize("name", sorted(set(measurements.__all__) - {"MEASUREMENTS"}))
def test_a_name_is_a_function_and_not_a_file_of_that_name(name):
    assert callable(getattr(measurements, name))


def test_statistics_have_one_address():
    text = (ROOT / "docs" / "metrics.md").read_text()
    for name in ("over_seeds", "over_worlds", "paired_contrast"):
        assert f"`{name}`" in text
        assert callable(getattr(statistics, name))
