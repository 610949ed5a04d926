"""A whole picture of a rollout: the world on the left, the predictor on the right."""

from dataclasses import replace

import numpy as np

from benchmarks.rollout.prediction_panel import HEIGHT, PLAIN, WIDTH, PredictionPanel, View
from benchmarks.rollout.watched_walk import Moment
from hippo_envs.drawing.canvas import checked_size
from hippo_envs.drawing.rendering import Artist, Frame
from hippo_envs.drawing.scene import Overlay, Scene

HIDDEN = -1  # a symbol that is not drawn


class Page:
    """Draws moments, frames (height, width, 3).

    Args:
        size: width and height in pixels.
        title: who the predictor is.
        subtitle: what it learnt, and where it is.
        n_steps: of a walk.
    """

    def __init__(self, size: tuple[int, int], title: str, subtitle: str, n_steps: int) -> None:
        self.size = checked_size(size)
        width, height = self.size
        panel = min(round(height * WIDTH / HEIGHT), round(0.5 * width))
        self._world = Artist((width - panel, height))
        self._predictor = PredictionPanel((panel, height), title, subtitle, n_steps)
        self._frame: Frame = np.empty((height, width, 3), dtype=np.uint8)

    def draw(self, moment: Moment, view: View = PLAIN) -> Frame:
        """The picture of a moment, which the next one overwrites."""
        attention = moment.attention_by_node() if view.question is None else None
        overlay = Overlay(attention=attention, labels=view.labels)
        world = self._world.draw(_hidden(moment.scene) if view.hides else moment.scene, overlay)
        self._predictor.paint(moment, view)
        self._frame[:, : world.shape[1]] = world
        self._frame[:, world.shape[1] :] = self._predictor.canvas.pixels
        return self._frame


def _hidden(scene: Scene) -> Scene:
    """The scene with no symbol but the one where the agent is."""
    symbols = np.full(len(scene.visited), HIDDEN)
    symbols[scene.node] = np.asarray(scene.symbols)[scene.node]
    return replace(scene, symbols=symbols)
