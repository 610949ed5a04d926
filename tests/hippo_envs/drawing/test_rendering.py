"""Pictures of every registered environment, by being registered."""

import pickle
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import hippo_envs
from hippo_envs import ENVIRONMENTS, family_tree_graph, hexagonal_graph, make_family, rectangle_graph, sample_walks
from hippo_envs.drawing.glyphs import COLOURS, N_GLYPHS
from hippo_envs.drawing.scene import BitField, BitScene, Overlay, Scene, Trail
from hippo_envs.drawing.tiles import AGENT

pytest.importorskip("pygame")

from hippo_envs.drawing import canvas
from hippo_envs.drawing.bit_painter import COLOURS as BIT_COLOURS
from hippo_envs.drawing.bit_painter import FALSE_ALARM, HIT, MISS
from hippo_envs.drawing.rendering import Artist, draw
from tests.helpers.colour_vision import VISIONS
from tests.helpers.drawn import SIZE, STREAMS, go, make, make_native, painter_of, scene_of


@pytest.fixture(params=ENVIRONMENTS)
def env_id(request):
    return request.param


def tiles_of(scene, size=SIZE):
    """The pixels of every node's tile, (n_nodes, height, width, 3)."""
    painter = painter_of(scene, size)
    width, height = painter.tile
    return np.stack([painter.canvas.pixels[y : y + height, x : x + width] for x, y in painter.corners])


def apart(one, other):
    return np.abs(one.astype(int) - other).mean()


@pytest.mark.parametrize("size", [64, (300, 180)])
def test_frames_have_the_size_asked_for_and_are_the_callers_own(env_id, size):
    env = make(env_id, render_size=size)
    go(env, 3)
    frame = env.render()
    assert (frame.shape, frame.dtype) == ((64, 64, 3) if size == 64 else (180, 300, 3), np.uint8)
    assert len(np.unique(frame.reshape(-1, 3), axis=0)) > 4, "there is something to see"
    before = frame.copy()
    frame[:] = 0
    np.testing.assert_array_equal(env.render(), before)


def test_the_same_walk_gives_the_same_bytes_and_another_step_gives_others(env_id):
    first, second = make(env_id), make(env_id)
    go(first, 4)
    go(second, 4)
    assert first.render().tobytes() == second.render().tobytes()
    go(second, 2)
    assert first.render().tobytes() != second.render().tobytes()


def test_what_is_painted_step_by_step_is_what_is_painted_at_once(env_id):
    env = make(env_id)
    for seed in range(2):
        _, info = env.reset(seed=seed)
        for step in range(29):
            action = env.action_space.sample()
            if isinstance(env.action_space, gym.spaces.Discrete) and "action_mask" in info:
                action = env.action_space.sample(info["action_mask"])
            *_, terminated, truncated, info = env.step(action)
            frame = env.render()
            if step % 7 == 0:
                np.testing.assert_array_equal(frame, draw(env.unwrapped.scene(), SIZE))
            if terminated or truncated:
                break


def test_lines_of_an_earlier_walk_are_not_worked_out_again(monkeypatch):
    """Not even if worlds of other shapes were drawn in between: bows are most of what a frame of a tree costs."""
    worked_out, work_out = [], canvas._cover
    monkeypatch.setattr(canvas, "_cover", lambda *line: [worked_out.append(1), work_out(*line)])
    artist, again = Artist(SIZE), []
    walks = [
        (family_tree_graph(4), (0, 3, 9, 4, 20)),
        (family_tree_graph(3), (0, 2, 9)),
        (rectangle_graph(3, 3), (0, 1)),
    ]
    for _ in range(2):
        frames = [artist.draw(scene_of(graph, walk=walk)).copy() for graph, walk in walks]
        again.append((len(worked_out), [frame.tobytes() for frame in frames]))
    (first, frames), (second, same_frames) = again
    assert first == second > 0
    assert frames == same_frames


def test_overlays_that_come_and_go_leave_nothing_behind():
    rng = np.random.default_rng(0)
    scene = scene_of(rectangle_graph(5, 5), rng.integers(45, size=25), walk=(0, 1, 6, 7))
    artist, seen = Artist(SIZE), set()
    some = [
        Overlay(),
        Overlay(values=rng.random(25)),
        Overlay(attention=rng.random(25)),
        Overlay(labels={3: "e", 12: "w"}),
        Overlay(panel=(("expected", 7), ("came", 3))),
    ]
    for which in [*range(5), *rng.integers(5, size=20).tolist()]:
        frame = artist.draw(scene, some[which])
        np.testing.assert_array_equal(frame, draw(scene, SIZE, some[which]))
        seen.add(frame.tobytes())
    assert len(seen) == 5, "each of them shows"


@pytest.mark.parametrize(
    "graph", [rectangle_graph(4, 4), rectangle_graph(11, 11), hexagonal_graph(4), family_tree_graph(4)]
)
@pytest.mark.parametrize("size", [(450, 450), (720, 720)])
def test_rings_of_attention_are_whole_at_the_rim(graph, size):
    scene, rim = scene_of(graph), np.ones(size, dtype=bool)
    rim[1:-1, 1:-1] = False
    ringed = draw(scene, size, Overlay(attention=np.ones(graph.n_nodes)))
    assert apart(ringed, draw(scene, size)) > 1
    np.testing.assert_array_equal(ringed[rim], draw(scene, size)[rim])


@pytest.mark.parametrize("graph", [rectangle_graph(5, 5), hexagonal_graph(2), family_tree_graph(3)])
def test_the_ring_of_a_memory_that_is_right_leaves_the_agents_frame_whole(graph):
    scene = scene_of(graph)
    here = np.zeros(graph.n_nodes)
    here[scene.node] = 1.0
    plain, ringed = draw(scene, 450), draw(scene, 450, Overlay(attention=here))
    framed, changed = (plain == AGENT).all(axis=2), (plain != ringed).any(axis=2)
    beside = np.any([np.roll(framed, by, axis) for by in (-1, 1) for axis in (0, 1)], axis=0)
    assert framed.sum() > 50
    assert changed.sum() > 50
    assert not (changed & (framed | beside)).any(), "a gap is between them"


def test_a_value_that_is_none_colours_nothing():
    scene = scene_of(rectangle_graph(3, 3))
    nothing = Overlay(values=np.full(9, np.nan))
    assert draw(scene, SIZE, nothing).tobytes() == draw(scene, SIZE).tobytes()
    low, high = (draw(scene, SIZE, Overlay(values=np.full(9, value))) for value in (0.1, 0.9))
    assert apart(low, high) > 1


def test_a_move_changes_the_picture_at_both_nodes_and_nowhere_else():
    graph = rectangle_graph(5, 5)
    symbols = np.arange(25)
    before, after = (tiles_of(scene_of(graph, symbols, walk)) for walk in ((6, 7), (6, 7, 12)))
    differ = [node for node in range(25) if apart(before[node], after[node]) > 1]
    assert {7, 12} <= set(differ)
    assert not {0, 4, 20, 24, 22} & set(differ)


def test_agent_visited_and_unvisited_nodes_of_one_symbol_look_different():
    here, visited, unvisited = tiles_of(scene_of(rectangle_graph(5, 1), walk=(0, 1, 0)))[[0, 1, 3]]
    assert min(apart(here, visited), apart(visited, unvisited), apart(here, unvisited)) > 4


def test_the_last_move_and_the_edges_taken_show():
    graph = rectangle_graph(3, 3)
    scene = scene_of(graph, walk=(0, 1, 4))
    without = [replace(scene, previous=None), replace(scene, taken=scene.taken[:1]), replace(scene, taken=())]
    assert len({draw(some, SIZE).tobytes() for some in (scene, *without)}) == 4


@pytest.mark.parametrize("visited", [True, False])
def test_all_45_symbols_can_be_told_apart(visited):
    graph = rectangle_graph(10, 5)
    scene = scene_of(graph, np.arange(50), walk=(49,))
    tiles = tiles_of(replace(scene, visited=np.full(50, visited)), size=320)[:N_GLYPHS]
    least = min(apart(one, other) for i, one in enumerate(tiles) for other in tiles[:i])
    assert least > (4.5 if visited else 1.1)


def test_symbols_beyond_them_are_told_by_their_numbers():
    scene = scene_of(rectangle_graph(5, 1), np.array([3, 48, 93, 48, 0]), walk=(4,))
    tiles = tiles_of(scene)
    assert apart(tiles[1], tiles[3]) == 0
    assert min(apart(tiles[0], tiles[1]), apart(tiles[1], tiles[2])) > 1


@pytest.mark.parametrize("kind", VISIONS)
def test_the_colours_of_symbols_stay_apart_for_the_colour_blind(kind):
    linear = (np.array(COLOURS) / 255) ** 2.2
    seen = 255 * np.clip(linear @ np.array(VISIONS[kind]).T, 0, 1) ** (1 / 2.2)
    least = min(np.linalg.norm(one - other) for i, one in enumerate(seen) for other in seen[:i])
    assert least > 60


def test_what_was_not_visited_can_be_hidden():
    graph = rectangle_graph(4, 1)
    one, other = (scene_of(graph, np.array([5, 6, *rest]), walk=(0, 1)) for rest in ((1, 2), (3, 4)))
    assert draw(one, SIZE).tobytes() != draw(other, SIZE).tobytes()
    one, other = (replace(scene, hide_unvisited=True) for scene in (one, other))
    assert draw(one, SIZE).tobytes() == draw(other, SIZE).tobytes()


def test_case_sequences_are_written_in_letters():
    env = make("hippo/CaseSequence-v0").unwrapped
    env.reset(seed=0)
    scene = env.scene()
    assert scene.alphabet == env.family.alphabet
    assert draw(scene, SIZE).tobytes() != draw(replace(scene, alphabet=None), SIZE).tobytes()
    tiles = tiles_of(replace(scene, symbols=np.array([0, 4, 8, 12, 13, 1]), visited=np.full(6, True)))
    assert min(apart(one, other) for i, one in enumerate(tiles[1:]) for other in tiles[1:][:i]) > 1


def test_units_recalled_are_right_wrong_or_missed():
    on, target = np.array([1, 1, 0, 0], dtype=bool), np.array([1, 0, 1, 0], dtype=bool)
    frame = draw(BitScene((BitField("recalled", on, target),), ("a line",)), SIZE)
    for kind in (HIT, FALSE_ALARM, MISS, 0):
        assert (frame == BIT_COLOURS[kind]).all(axis=2).sum() > 500


def test_pattern_memory_shows_the_answer_beside_its_cue_and_its_pattern():
    env = make("hippo/PatternMemory-v0").unwrapped
    go(env, 5)
    assert [field.title.partition(",")[0] for field in env.scene().fields] == ["recall"]
    answer = env.action_space.sample()
    cue = env.scene().fields[0].on
    _, reward, *_ = env.step(answer)
    _, before, recalled, pattern = env.scene().fields
    np.testing.assert_array_equal(before.on, cue)
    np.testing.assert_array_equal(recalled.on, answer == 1)
    assert (pattern.on | ~cue).all(), "a cue is part of its pattern"
    assert env.scene().caption == (f"step 6 of 45, recovered {reward:.0%}",)


@pytest.mark.parametrize("env_id", STREAMS)
def test_trails_know_what_walks_know(env_id):
    family = make_family(env_id)
    walks = sample_walks(family, [0, 1], family.walk_length or 150)
    for world in range(2):
        nodes = walks.nodes[world].tolist()
        trail = Trail.of(walks.worlds.graph(world), nodes[0])
        for t in range(1, len(nodes)):
            trail.move(nodes[t], "move")
            assert trail.ago == (None if walks.age[world, t] < 0 else walks.age[world, t])
            assert (trail.arrival == "a known node by a new way") == walks.loop_closure[world, t]
            assert (trail.arrival == "a new node") == walks.never_in_trial[world, t]
            assert (trail.previous, trail.step) == (nodes[t - 1], t)
        assert np.flatnonzero(trail.visited).tolist() == sorted(set(nodes))


@pytest.mark.parametrize("mode", ["human", "rgb_array"])
def test_pickled_in_mid_episode_the_picture_goes_on_alike(env_id, mode):
    env = make(env_id, mode).unwrapped
    env.metadata = {**env.metadata, "render_fps": 1_000}
    go(env, 3)
    env.render()
    copy = pickle.loads(pickle.dumps(env))
    env.action_space.seed(0)
    action = env.action_space.sample()
    for one in (env, copy):
        one.step(action)
    assert draw(env.scene(), SIZE).tobytes() == draw(copy.scene(), SIZE).tobytes()
    if mode == "rgb_array":
        assert env.render().tobytes() == copy.render().tobytes()
    for one in (env, copy):
        one.close()


def test_many_worlds_are_drawn_as_each_alone(env_id):
    single, many = make(env_id).unwrapped, make_native(env_id)
    assert many.metadata["render_modes"] == ["rgb_array", "ansi"]
    with pytest.raises(gym.error.ResetNeeded):
        many.render()
    single.reset(seed=4)
    many.reset(seed=3)
    assert [frame.shape for frame in many.render()] == [(SIZE, SIZE, 3)] * 2
    single.action_space.seed(0)
    for _ in range(5):
        np.testing.assert_array_equal(many.render()[1], single.render())
        action = single.action_space.sample()
        *_, terminated, truncated, _ = single.step(action)
        many.step(np.stack([action] * 2))
        if terminated or truncated:
            break
    np.testing.assert_array_equal(many.render()[1], single.render())
    with pytest.raises(ValueError, match="no render mode 'human': use None or one of rgb_array, ansi"):
        type(many)(**{**ENVIRONMENTS[env_id].arguments, "num_envs": 2, "render_mode": "human"})


@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_a_world_drawn_anew_begins_a_new_trail(mode):
    many = make_native("hippo/Rectangle-v0", max_episode_steps=3, autoreset_mode=mode)
    many.reset(seed=0)
    for _ in range(4 if mode == "NextStep" else 3):
        many.step(np.array([0, 1]))
    assert [trail.step for trail in many._trails.values()] == [0, 0]
    assert [trail.node for trail in many._trails.values()] == many._node.tolist()
    assert all(trail.visited.sum() == 1 for trail in many._trails.values())


def test_stable_baselines_has_the_pictures_too():
    pytest.importorskip("stable_baselines3")
    from hippo_envs.stable_baselines import make_sb3_vec_env

    envs = make_sb3_vec_env("hippo/Rectangle-v0", 2, seed=0, render_mode="rgb_array", render_size=SIZE)
    envs.reset()
    assert [image.shape for image in envs.get_images()] == [(SIZE, SIZE, 3)] * 2


@pytest.mark.parametrize("size", [0, 63, "large", (100,), (100, 20), 99.5])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(ValueError, match=r"as large as one number|size of a picture in pixels must be"):
        make("hippo/Rectangle-v0", render_size=size)


def test_a_scene_is_there_only_once_something_is_drawn(env_id):
    with pytest.raises(gym.error.ResetNeeded):
        make(env_id).unwrapped.scene()
    with pytest.raises(gym.error.ResetNeeded):
        make(env_id).unwrapped.render()


def test_pygame_is_imported_in_two_files_and_only_to_draw():
    folder = Path(hippo_envs.__file__).parent
    importing = [path.name for path in folder.rglob("*.py") if re.search(r"import pygame", path.read_text())]
    assert sorted(importing) == ["canvas.py", "window.py"]
    program = (
        "import sys, gymnasium as gym, hippo_envs\n"
        "env = gym.make('hippo/Rectangle-v0', render_mode='ansi'); env.reset(); env.render()\n"
        "assert 'pygame' not in sys.modules\n"
        "sys.modules['pygame'] = None\n"
        "try: gym.make('hippo/Rectangle-v0', render_mode='rgb_array')\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "Pictures need pygame: pip install pygame-ce.\n"
    assert done.stderr == ""


def test_a_scene_keeps_nothing_that_later_steps_change():
    env = make("hippo/Rectangle-v0").unwrapped
    go(env, 2)
    scene: Scene = env.scene()
    before = draw(scene, SIZE).tobytes()
    for action in (0, 1, 2, 3) * 3:
        env.step(action)
    assert draw(scene, SIZE).tobytes() == before
