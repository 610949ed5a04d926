"""Notebooks run, with few updates, and are committed with their outputs."""

import json
import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from tests.helpers.paths import ROOT

NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "docs").glob("*.ipynb"))}


def cells_of(name):
    return json.loads(NOTEBOOKS[name].read_text())["cells"]


def code_of(name):
    return ["".join(cell["source"]) for cell in cells_of(name) if cell["cell_type"] == "code"]


def run(name, monkeypatch):
    """What the names of a notebook stand for after its last cell."""
    monkeypatch.setenv("HIPPO_NOTEBOOK_UPDATES", "3")
    monkeypatch.setenv("HIPPO_NOTEBOOK_STEPS", "2100")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    namespace: dict = {"__name__": "__main__"}
    try:
        with matplotlib.rc_context():
            for number, source in enumerate(code_of(name), start=1):
                exec(compile(source, f"{name}, cell {number}", "exec"), namespace)
    finally:
        pyplot.close("all")
    return namespace


@pytest.mark.slow
def test_grid_cells_are_looked_for(monkeypatch):
    found = run("from-gym-make-to-grid-cells", monkeypatch)
    assert len(found["losses"]) == 3
    assert {maps.shape for maps in found["codes"].values()} == {(192, 127)}
    known = found["scores"]["trained"]["grid_score_60"]
    assert np.isfinite(known).mean() > 0.9


@pytest.mark.slow
def test_a_model_of_ones_own_is_trained_scored_and_mapped(monkeypatch):
    found = run("bring-your-own-model", monkeypatch)
    assert len(found["losses"]) == 3
    assert found["accuracy"]["node agent"] == [1, 1]
    assert {maps.shape for maps in found["maps"].values()} == {(64, 121)}


@pytest.mark.slow
def test_ppo_learns_alone_and_with_a_memory(monkeypatch):
    found = run("ppo-with-a-memory", monkeypatch)
    assert len(found["curves"]) == 2
    assert all(len(curve) >= 16 for curve in found["curves"].values())
    assert found["simple"]["node-agent"] == pytest.approx(1)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_committed_with_its_outputs_and_small(name):
    code = [cell for cell in cells_of(name) if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] == number for number, cell in enumerate(code, start=1)), "run it from the start"
    assert sum("image/png" in output.get("data", {}) for cell in code for output in cell["outputs"]) >= 1
    assert not any(output["output_type"] == "error" for cell in code for output in cell["outputs"])
    assert NOTEBOOKS[name].stat().st_size < 300_000


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_begins_by_fetching_what_it_needs_and_does_nothing_in_a_checkout(name, monkeypatch):
    def refuse(*_arguments, **_options):
        raise AssertionError("nothing is to be installed here")

    monkeypatch.setattr(subprocess, "run", refuse)
    exec(compile(code_of(name)[0], name, "exec"), {})


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_first_cell_installs_a_checkout_where_there_is_none(tmp_path):
    """In a fresh environment, beside all packages that are installed here."""
    venv.create(tmp_path / "fresh", with_pip=True)
    python = tmp_path / "fresh" / "bin" / "python"
    ask = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    where = subprocess.run(ask, capture_output=True, text=True, check=True)
    (Path(where.stdout.strip()) / "installed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    program = f"{code_of('bring-your-own-model')[0]}\nimport agents, benchmarks\nprint(agents.__file__)"
    done = subprocess.run(
        [python, "-c", program],
        cwd=tmp_path,
        env=variables | {"HIPPO_REPOSITORY": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(tmp_path / "repository" / "agents" / "__init__.py")
