"""The figure of a recorded path, and the page about it on the path of a rat."""

import re

import numpy as np
import pytest

from benchmarks.reports.figures.recorded import draw_recorded
from hippo_envs.trajectories import Positions, hexagon_lattice, rectangle_lattice, walk_along
from tests.helpers.paths import ROOT

PAGE = (ROOT / "docs" / "trajectories.md").read_text()


@pytest.mark.parametrize("make", [rectangle_lattice, hexagon_lattice])
def test_a_path_is_drawn_beside_maps_of_units_and_of_cells(make, tmp_path):
    t = np.arange(0, 60, 0.1)
    positions = Positions(t, np.sin(t), np.cos(t / 3))
    trajectory = walk_along(positions, make(positions, 0.4))
    rng = np.random.default_rng(0)
    maps = rng.random((5, trajectory.lattice.graph.n_nodes))
    maps[0], maps[:, 1] = 1, np.nan  # a silent unit, and a node without a visit
    paths = draw_recorded(trajectory, {"units": maps, "cells": maps[:2]}, tmp_path / "path")
    assert [path.suffix for path in paths] == [".png", ".svg"]
    drawn = paths[1].read_text()
    for text in ("path and nodes", "units", "cells", f"{trajectory.kept.n_steps} steps; 100% of the path kept"):
        assert f">{text}</text>" in drawn


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_path_of_a_rat_gives_the_numbers_of_the_page(tmp_path, monkeypatch):
    pytest.importorskip("ratinabox", reason="it ships the path of a rat: the extra rat brings it")
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"^```python rat\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
    found: dict = {}
    exec(compile(block, "docs/trajectories.md", "exec"), found)
    kept, walks, right = found["trajectory"].kept, found["walks"], found["right"]
    caption = " ".join(PAGE.split())
    assert f"{100 * kept.share_of_path:.0f} % of its length is kept, in {kept.n_steps} steps" in caption
    assert right[walks.loop_closure].all()
    assert right[walks.revisit].all()
    assert f"right at all {walks.loop_closure.sum()} loop closures" in caption
    rows = re.findall(r"^\| (position|memory) \| (\w+ cells) \| (.*) \|$", PAGE, flags=re.MULTILINE)
    assert len(rows) == len(found["table"]) == 4
    for units, cells, numbers in rows:
        value, p, beyond, p_beyond = (float(number.replace("−", "-")) for number in numbers.split(" | "))
        similarity = found["table"][units, cells]
        assert (value, beyond) == pytest.approx((similarity.value, similarity.beyond_distance), abs=0.02)
        assert (p < 0.05, p_beyond < 0.05) == (similarity.p_value < 0.05, similarity.p_value_beyond_distance < 0.05)
    assert (tmp_path / "rat-path.png").stat().st_size > 50_000
