"""Streams under conditions, as small as they show something."""

import gymnasium as gym
import pytest

TREE, LINE, HEXAGON, SQUARE = (f"hippo/{name}-v0" for name in ("FamilyTree", "Line", "Hexagonal", "Rectangle"))
SMALL = {SQUARE: {"width": (3, 4)}, HEXAGON: {"radius": (1, 2)}, TREE: {"levels": (2, 3)}, LINE: {}}
VARIANTS = [
    pytest.param(SQUARE, {"bare_share": 0.4}, id="bare"),
    pytest.param(TREE, {"bare_share": 0.2, "remap_after": 11}, id="bare-remapped-tree"),
    pytest.param(SQUARE, {"shuffle_actions": True}, id="shuffled"),
    pytest.param(HEXAGON, {"shuffle_actions": True, "remap_after": 15, "bare_share": 0.2}, id="shuffled-hexagon"),
    pytest.param(SQUARE, {"dark_after": 6}, id="dark"),
    pytest.param(TREE, {"dark_after": 3, "dark_share": 0.5, "remap_after": 12}, id="dark-remapped-tree"),
    pytest.param(HEXAGON, {"dark_after": 5, "dark_share": 0.4, "shuffle_actions": True, "bare_share": 0.3}, id="all"),
    pytest.param(SQUARE, {"slip": 0.3}, id="slips"),
    pytest.param(TREE, {"slip": 0.2, "remap_after": 15, "dark_after": 8, "dark_share": 0.5}, id="slips-tree"),
    pytest.param(HEXAGON, {"slip": 0.2, "dark_after": 5, "shuffle_actions": True, "bare_share": 0.3}, id="slips-all"),
]


def small(stream_id, conditions):
    return {"n_observations": 5, **SMALL[stream_id], **conditions}


def view_of(stream_id, view):
    """The id of a view of a stream, or the view of another id and the stream as an argument."""
    registered = stream_id.replace("-v0", f"-{view}-v0")
    return (registered, {}) if registered in gym.registry else (f"hippo/Rectangle-{view}-v0", {"stream": stream_id})
