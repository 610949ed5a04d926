"""What would take all memory or no end of time is refused in one line, or made at a cost that has a bound."""

import time
import tracemalloc

import gymnasium as gym
import networkx
import numpy as np
import pytest

from hippo_envs import make_family, sample_walks
from hippo_envs.drawing import kept
from hippo_envs.walking import step_table
from tests.helpers.drawn import SIZE

BILLION = 10**9


@pytest.mark.parametrize(
    ("stream", "arguments"),
    [
        *(("Rectangle", {"width": n}) for n in (1_000_000, BILLION, 10**5_000)),
        ("Rectangle", {"width": 2, "height": BILLION}),
        ("Hexagonal", {"radius": BILLION}),
        *(("FamilyTree", {"levels": n}) for n in (64, 10**12)),
        *(("Line", {name: BILLION}) for name in ("length", "jump")),
        *(("LapTrack", {name: BILLION}) for name in ("width", "laps")),
        *(("InOutbound", {name: BILLION}) for name in ("width", "height")),
        *(("SpatialAlternation", {name: BILLION}) for name in ("width", "height")),
        ("DoubleEndedMaze", {"segment": BILLION}),
        ("EvidenceTowers", {"length": 1_000_000}),
        *(("ReferenceMemory", {name: BILLION}) for name in ("size", "n_maps")),
        *(("PatternCompletion", {name: BILLION}) for name in ("n_units", "n_stored", "n_recalled")),
    ],
)
def test_sizes_for_which_there_is_no_room_are_refused_at_once(stream, arguments):
    started = time.perf_counter()
    with pytest.raises(ValueError, match=r"make a graph of more than 10,000,000 moves .*: use smaller sizes"):
        make_family(f"hippo/{stream}-v0", **arguments)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("env_id", "arguments", "message"),
    [
        *(("PatternMemory", {name: BILLION}, "more than 1,000,000,000 bits") for name in ("n_units", "n_stored")),
        *(("Rectangle-Predict", {name: BILLION}, f"{name} .* at most 10000000") for name in ("window", "walk_length")),
        ("Rectangle", {"n_observations": 2**63}, "n_observations .* at most 2147483647, got 9223372036854775808"),
    ],
)
def test_numbers_that_no_array_holds_are_refused_at_once(env_id, arguments, message):
    with pytest.raises(ValueError, match=message):
        gym.make(f"hippo_envs:hippo/{env_id}-v0", **arguments)


def test_one_hot_keeps_no_table():
    tracemalloc.start()
    for make in (gym.make, lambda name, **arguments: gym.make_vec(name, 2, "vector_entry_point", **arguments)):
        env = make("hippo_envs:hippo/Rectangle-v0", observation="one-hot", n_observations=20_000)
        shown, _ = env.reset(seed=0)
        assert (shown.sum(axis=-1) == 1).all()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**24, "a table of all symbols has 1.6 GB"


@pytest.mark.parametrize("stream", ["Rectangle", "FamilyTree"])
def test_walks_in_large_worlds_are_those_that_a_larger_table_gives(stream, monkeypatch):
    """Where tickets would take more memory than is worth it, the same actions are computed instead."""
    one, other = (make_family(f"hippo/{stream}-v0") for _ in range(2))
    expected = sample_walks(one, range(50), 200)
    monkeypatch.setattr(step_table, "MOST_ENTRIES", 10)
    walks = sample_walks(other, range(50), 200)
    assert one.step_table.n_tickets > other.step_table.n_tickets == 0
    np.testing.assert_array_equal(walks.actions, expected.actions)
    np.testing.assert_array_equal(walks.nodes, expected.nodes)


def test_a_table_of_steps_has_a_bound():
    family = make_family("hippo/Rectangle-v0", width=400)
    assert family.step_table.action.nbytes < 2**25, "with tickets it was 96 MB, four times"


def test_what_is_kept_of_pictures_has_a_bound_and_the_last_used_goes_last():
    store = kept.Kept(100, len)
    made = []

    def get(key, size):
        return store.get(key, lambda: [made.append(key), "x" * size][1])

    for key in ("a", "b", "a", "c", "a", "b"):
        get(key, 45)
    assert made == ["a", "b", "c", "b"]
    assert store.size == 90
    get("large", 1_000)
    assert store.size == 1_000, "the last is kept however large"
    get("a", 45)
    assert store.size == 45


def test_pictures_of_every_size_keep_no_more_than_a_bound():
    pytest.importorskip("pygame")
    from hippo_envs.drawing import canvas, graph_painter, tiles

    env_id = "hippo_envs:hippo/Rectangle-v0"
    for size in range(600, 1_000, 50):
        env = gym.make(env_id, width=4, render_mode="rgb_array", render_size=size)
        env.reset(seed=0)
        env.render()
    functions = (canvas.stencil, canvas.text, tiles.tile_surface, tiles.badge, tiles.agent_frame)
    for held in (graph_painter.STROKES, *(function.kept for function in functions)):
        assert held.size <= held.most <= 2**26


def test_a_network_of_very_many_links_is_drawn_in_no_time():
    pytest.importorskip("pygame")
    complete = networkx.complete_graph(200)
    env = gym.make("hippo_envs:hippo/Network-v0", graph=complete, render_mode="rgb_array", render_size=SIZE)
    started = time.process_time()
    env.reset(seed=0)
    frame = env.render()
    assert time.process_time() - started < 5, "29 s, link by link"
    assert len(np.unique(frame.reshape(-1, 3), axis=0)) > 10


def test_a_world_too_large_for_a_picture_says_so():
    pytest.importorskip("pygame")
    env = gym.make("hippo_envs:hippo/Rectangle-v0", width=300, render_mode="rgb_array")
    with pytest.raises(ValueError, match=r"room for 50,000 nodes and 200,000 links, this world has 90,000 and 179,400"):
        env.reset(seed=0)
    text = gym.make("hippo_envs:hippo/Rectangle-v0", width=300, render_mode="ansi")
    text.reset(seed=0)


@pytest.mark.parametrize("size", [99_999, (99_999, 99_999), (64, 10**7)])
def test_a_picture_too_large_is_refused(size):
    pytest.importorskip("pygame")
    with pytest.raises(ValueError, match=r"at most 33,554,432 pixels, got \d+ x \d+: give a smaller size"):
        gym.make("hippo_envs:hippo/Rectangle-v0", render_mode="rgb_array", render_size=size)
