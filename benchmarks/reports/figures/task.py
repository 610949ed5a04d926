"""The pictures of docs/the-task.md: what a graph, a world, a walk and its kinds of steps are, drawn by our own code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from matplotlib.image import imsave

from benchmarks.reports.figures.style import styled, with_palette
from hippo_envs import Graph, Walks, rectangle_family, rectangle_graph, sample_walks
from hippo_envs.drawing.canvas import Frame
from hippo_envs.drawing.layout import layout_of
from hippo_envs.drawing.rendering import draw
from hippo_envs.drawing.scene import Overlay, Scene, Trail

SIDE, GAP, PAGE = 260, 8, 255  # pixels, and the grey of what is between pictures
WINDOW = 8  # steps that working memory reaches back in the picture of it
TINY_SEED = 1534  # the walk that docs/metrics.md works by hand
KINDS = {4: "a new node", 5: "loop closure", 6: "a known edge", 9: "reversal", 11: "stay"}
WORLDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("hippo/Rectangle-v0", {"width": 6}),
    ("hippo/Hexagonal-v0", {"radius": 3}),
    ("hippo/FamilyTree-v0", {"levels": 3}),
    ("hippo/Network-v0", {"graph": "florentine families"}),
    ("hippo/LapTrack-v0", {}),
    ("hippo/SpatialAlternation-v0", {}),
    ("hippo/CaseSequence-v0", {}),
    ("hippo/PatternMemory-v0", {}),
)


@styled
def draw_all(folder: Path) -> list[Path]:
    """Draw every picture as a PNG in a folder, and say which."""
    pictures = {
        "task-graph-and-worlds": graph_and_worlds(),
        "task-walk": tiny_walk(),
        "task-loop-closure": loop_closure(),
        "task-memory": memory(),
        "task-worlds": worlds(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, frame in pictures.items():
        paths.append(folder / f"{name}.png")
        imsave(paths[-1], frame)
        with_palette(paths[-1])
    return paths


def graph_and_worlds() -> Frame:
    """A graph, and two worlds on it."""
    graph, everywhere = rectangle_graph(4, 4), np.ones(16, dtype=bool)
    layout, family = layout_of(graph), rectangle_family(4)
    shown = sample_walks(family, [0, 1], 1).worlds.observation_at
    scenes = (
        Scene(layout, shown[0], ~everywhere, (), 5, caption=("a graph",), hide_unvisited=True),
        Scene(layout, shown[0], everywhere, (), 5, caption=("a world on it",)),
        Scene(layout, shown[1], everywhere, (), 5, caption=("another",)),
    )
    return beside([draw(scene, SIDE) for scene in scenes])


def tiny_walk() -> Frame:
    """Some steps of the walk of docs/metrics.md, each with its kind."""
    walks = tiny_walks()
    return beside([draw(at_step(walks, t, (f"step {t}: {kind}",)), (SIDE, 220)) for t, kind in KINDS.items()])


def tiny_walks() -> Walks:
    """Twelve steps on six nodes."""
    return sample_walks(rectangle_family(3, 2, n_observations=4), [TINY_SEED], 12)


def loop_closure() -> Frame:
    """The last step of a loop: what comes, and where a memory would have to look."""
    graph = rectangle_graph(5, 5)
    symbols = sample_walks(rectangle_family(5), [3], 1).worlds.observation_at[0]
    path = (6, 7, 8, 13, 18, 17, 16, 11)
    before = follow(graph, path)
    after = follow(graph, (*path, 6))
    attention = np.zeros(graph.n_nodes)
    attention[6] = 1.0
    frames = [
        draw(before.scene(symbols, ("going down: what comes?",)), SIDE, Overlay(attention=attention)),
        draw(after.scene(symbols, ("a known node by a new way",)), SIDE),
    ]
    return beside(frames)


def memory() -> Frame:
    """A familiar map: visited within the last steps, visited longer ago, never in this trial."""
    graph = rectangle_graph(6, 6)
    walks = sample_walks(rectangle_family(6), [5], 30)
    trail = follow(graph, walks.nodes[0].tolist())
    last = np.array([trail.last_visit.get(node, -1) for node in range(graph.n_nodes)])
    ages = np.where(last < 0, -1, trail.step - last)
    in_window = np.where((ages >= 0) & (ages <= WINDOW), 1.0, np.nan)
    longer_ago = np.where(ages > WINDOW, 0.4, np.nan)
    never = np.where(ages < 0, 0.15, np.nan)
    captions = ("in the window: STWM", "longer ago in this trial", "never in this trial")
    symbols = walks.worlds.observation_at[0]
    return beside(
        [
            draw(trail.scene(symbols, (caption,)), SIDE, Overlay(values=values))
            for caption, values in zip(captions, (in_window, longer_ago, never), strict=True)
        ]
    )


def worlds() -> Frame:
    """Kinds of worlds, each as its environment draws it after some random steps."""
    frames = []
    for environment, arguments in WORLDS:
        env = gym.make(f"hippo_envs:{environment}", render_mode="rgb_array", render_size=SIDE, **arguments)
        _, info = env.reset(seed=0)
        env.action_space.seed(0)
        for _ in range(12):
            action = (
                env.action_space.sample(info["action_mask"]) if "action_mask" in info else env.action_space.sample()
            )
            _, _, terminated, truncated, info = env.step(action)
            if terminated or truncated:
                break
        frames.append(np.array(env.render()))
        env.close()
    half = len(frames) // 2
    rows = beside(frames[:half]), beside(frames[half:])
    return np.concatenate([rows[0], np.full((GAP, rows[0].shape[1], 3), PAGE, np.uint8), rows[1]])


def follow(graph: Graph, nodes: Sequence[int]) -> Trail:
    """The trail of a walk over these nodes."""
    trail = Trail.of(graph, nodes[0])
    for node in nodes[1:]:
        trail.move(node, "")
    return trail


def at_step(walks: Walks, step: int, caption: tuple[str, ...]) -> Scene:
    """The first walk, up to a step."""
    trail = follow(walks.worlds.graph(0), walks.nodes[0, : step + 1].tolist())
    return trail.scene(walks.worlds.observation_at[0], caption)


def beside(frames: Sequence[Frame]) -> Frame:
    """Pictures of one height in a row."""
    between = np.full((frames[0].shape[0], GAP, 3), PAGE, dtype=np.uint8)
    row = [part for frame in frames for part in (frame, between)]
    return np.concatenate(row[:-1], axis=1)
