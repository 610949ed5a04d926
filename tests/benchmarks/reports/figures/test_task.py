"""The pictures of docs/the-task.md."""

import pytest
from matplotlib.image import imread

from benchmarks.reports.figures import task as task_pictures
from tests.helpers.paths import ROOT

FIGURES = ROOT / "docs" / "figures"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return task_pictures.draw_all(tmp_path_factory.mktemp("pictures"))


def test_pictures_are_those_that_the_page_shows(pictures):
    """To the pixel they depend on the version of pygame-ce: their size is compared, and most of what is in them."""
    assert {path.name for path in pictures} == {path.name for path in FIGURES.glob("task-*.png")}
    for path in pictures:
        drawn, kept = imread(path), imread(FIGURES / path.name)
        assert drawn.shape == kept.shape
        assert abs(drawn - kept).mean() < 0.01, "draw them anew: python -m benchmarks docs --pictures"


def test_steps_of_the_tiny_walk_are_what_their_captions_say():
    walks = task_pictures.tiny_walks()
    kinds = {"a new node": walks.never_in_trial, "loop closure": walks.loop_closure, "reversal": walks.reversal}
    for t, kind in task_pictures.KINDS.items():
        if kind in kinds:
            assert kinds[kind][0, t]
    assert walks.edge_age[0, 6] > 0
    assert walks.stay[0, 11]
