"""Where the nodes of a graph are drawn, and the lines between them."""

import numpy as np
import pytest

from hippo_envs import Graph, family_tree_graph, make_family, rectangle_graph
from hippo_envs.drawing.layout import layout_of

pytest.importorskip("pygame")

from hippo_envs.drawing.rendering import draw
from tests.helpers.drawn import SIZE, STREAMS, painter_of, scene_of


@pytest.mark.parametrize("env_id", STREAMS)
def test_no_tile_is_cut_off_or_covers_another(env_id):
    for graph in make_family(env_id).graphs:
        layout = layout_of(graph)
        for size in (64, 320):
            painter = painter_of(scene_of(graph), size)
            room = painter.canvas.map
            assert painter.corners.min() >= 0
            assert (painter.corners + painter.tile <= (room.x + room.width, room.y + room.height)).all()
        for sheet in range(layout.n_sheets):
            placed = layout.positions[layout.sheet == sheet]
            between = np.linalg.norm(placed[:, None] - placed, axis=2)
            np.fill_diagonal(between, np.inf)
            assert between.min() > 0.93 * layout.tile_size


def test_worlds_are_laid_out_as_what_they_are():
    tiles = {name: layout_of(make_family(name).graphs[0]).tile for name in STREAMS}
    squares = {"Rectangle", "ReferenceMemory", "Line", "LapTrack", "SpatialAlternation", "InOutbound"}
    squares |= {"CaseSequence", "PatternCompletion"}
    assert {name for name, tile in tiles.items() if tile == "square"} == {f"hippo/{name}-v0" for name in squares}
    assert [name for name, tile in tiles.items() if tile == "hexagon"] == ["hippo/Hexagonal-v0"]
    maze = layout_of(make_family("hippo/DoubleEndedMaze-v0").graphs[0])
    assert (maze.n_sheets, np.bincount(maze.sheet).tolist()) == (8, [41] * 4 + [40] * 4)


def test_a_family_tree_is_drawn_as_parents_and_children():
    layout = layout_of(family_tree_graph(3))
    frame = layout.links[layout.is_frame]
    assert sorted(map(tuple, frame.tolist())) == [((child - 1) // 2, child) for child in range(1, 15)]
    assert (layout.positions[frame[:, 0], 1] > layout.positions[frame[:, 1], 1]).all(), "parents are above"


@pytest.mark.parametrize("name", ["karate club", "les miserables"])
def test_of_a_network_every_link_is_drawn_before_it_is_taken(name):
    pytest.importorskip("networkx")
    layout = layout_of(make_family("hippo/Network-v0", graph=name).graphs[0])
    assert layout.is_frame.all(), "no node looks as if nothing led to it"
    assert 0 < sum(len(line) > 2 for (line,) in layout.paths) < len(layout.links) / 2, "some as arcs, past other nodes"


def test_over_the_border_of_a_torus_links_leave_the_page_and_come_back():
    layout = layout_of(rectangle_graph(4, 4, torus=True))
    out, back = layout.path(0, 3)
    assert out[-1][0] < 0
    assert back[0][0] > 3
    back_again = layout.path(3, 0)
    np.testing.assert_array_equal(back_again[0][::-1], back)
    assert layout.path(0, 0) == () == layout.path(0, 10)


def test_a_graph_without_positions_of_its_own_is_laid_out_once_and_alike():
    ring = np.stack([(np.arange(6) + 1) % 6, (np.arange(6) - 1) % 6], axis=1)
    graph = Graph(ring, np.zeros((6, 2)), ("on", "back"))
    layout = layout_of(graph)
    assert layout_of(graph) is layout
    again = layout_of(Graph(ring, np.zeros((6, 2)), ("on", "back")))
    np.testing.assert_array_equal(again.positions, layout.positions)
    assert len(np.unique(layout.positions.round(3), axis=0)) == 6
    assert draw(scene_of(graph, walk=(0, 1)), SIZE).shape == (SIZE, SIZE, 3)
