"""Worlds as text."""

import numpy as np
import pytest

from hippo_envs import rectangle_graph
from hippo_envs.drawing.ansi import draw_graph


@pytest.mark.parametrize("largest", [9, 44, 100, 999, 12_345])
def test_columns_stay_straight_however_long_the_symbols_are(largest):
    symbols = [0, largest, 7, largest, 1, largest]
    lines = draw_graph(rectangle_graph(3, 2), symbols, node=3).splitlines()
    assert [line.replace("[", " ").replace("]", " ").split() for line in lines] == [
        [str(largest), "1", str(largest)],
        ["0", str(largest), "7"],
    ]
    ends = [
        [at for at, (a, b) in enumerate(zip(line, line[1:] + " ", strict=True)) if a.isdigit() > b.isdigit()]
        for line in lines
    ]
    assert ends[0] == ends[1]
    assert len(set(np.diff(ends[0]))) == 1


@pytest.mark.parametrize("largest", [44, 12_345])
def test_a_line_fits_a_terminal(largest):
    """With the agent in the middle, which is where most is shown."""
    drawn = draw_graph(rectangle_graph(101, 2), [largest] * 202, node=50)
    assert max(map(len, drawn.splitlines())) <= 120
    assert f"[{largest}]" in drawn
