"""Environments and scenes whose pictures are tested."""

from dataclasses import replace

import gymnasium as gym
import numpy as np

from hippo_envs import ENVIRONMENTS
from hippo_envs.drawing.canvas import Canvas
from hippo_envs.drawing.graph_painter import GraphPainter
from hippo_envs.drawing.scene import Overlay, Trail

# Sizes at which there is recall to be seen, and nothing takes long.
SMALL = {"hippo/PatternMemory-v0": {"n_units": 60, "n_ones": 6, "n_stored": 5, "n_recalled": 40}}
STREAMS = [name for name, entry in ENVIRONMENTS.items() if entry.kind == "stream"]
SIZE = 200


def make(env_id, render_mode="rgb_array", render_size=SIZE, **arguments):
    arguments = {**SMALL.get(env_id, {}), **arguments}
    return gym.make(f"hippo_envs:{env_id}", render_mode=render_mode, render_size=render_size, **arguments)


def make_native(env_id, num_envs=2, render_mode="rgb_array", **arguments):
    arguments = {**SMALL.get(env_id, {}), "render_size": SIZE, **arguments}
    mode = "vector_entry_point"
    return gym.make_vec(f"hippo_envs:{env_id}", num_envs, vectorization_mode=mode, render_mode=render_mode, **arguments)


def go(env, n_steps, seed=0):
    """Take so many steps that lead somewhere, or as many as an episode has."""
    _, info = env.reset(seed=seed)
    rng = np.random.default_rng(seed)
    env.action_space.seed(seed)
    for _ in range(n_steps):
        action = env.action_space.sample()
        if isinstance(env.action_space, gym.spaces.Discrete) and "action_mask" in info:
            action = int(rng.choice(np.flatnonzero(info["action_mask"])))
        *_, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            break


def scene_of(graph, symbols=None, walk=(0,), **changes):
    """A walk over nodes of a graph."""
    trail = Trail.of(graph, walk[0])
    for node in walk[1:]:
        trail.move(node, "move")
    symbols = np.zeros(graph.n_nodes, dtype=np.int64) if symbols is None else symbols
    return replace(trail.scene(symbols), **changes)


def painter_of(scene, size=SIZE):
    painter = GraphPainter(Canvas(size, size, bool(scene.caption), False), scene)
    painter.paint(scene, Overlay())
    return painter
