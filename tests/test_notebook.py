"""The notebook runs, with few updates."""

import json

import matplotlib
import numpy as np
import pytest

from tests.helpers.paths import ROOT

NOTEBOOK = ROOT / "docs" / "from-gym-make-to-grid-cells.ipynb"


@pytest.fixture(scope="module")
def cells():
    return json.loads(NOTEBOOK.read_text())["cells"]


@pytest.mark.slow
def test_the_cells_of_the_notebook_run_in_order(cells, monkeypatch):
    monkeypatch.setenv("HIPPO_NOTEBOOK_UPDATES", "3")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    namespace: dict = {"__name__": "__main__"}
    try:
        with matplotlib.rc_context():
            for number, cell in enumerate(cells):
                if cell["cell_type"] == "code":
                    exec(compile("".join(cell["source"]), f"{NOTEBOOK.name}, cell {number}", "exec"), namespace)
    finally:
        pyplot.close("all")
    assert len(namespace["losses"]) == 3
    assert {maps.shape for maps in namespace["codes"].values()} == {(192, 127)}
    known = namespace["scores"]["trained"]["grid_score_60"]
    assert np.isfinite(known).mean() > 0.9


def test_the_notebook_is_committed_with_its_outputs_and_small(cells):
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] == number for number, cell in enumerate(code, start=1)), "run it from the start"
    assert sum("image/png" in output.get("data", {}) for cell in code for output in cell["outputs"]) >= 4
    assert not any(output["output_type"] == "error" for cell in code for output in cell["outputs"])
    assert NOTEBOOK.stat().st_size < 300_000
