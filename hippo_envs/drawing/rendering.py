"""From a scene to a frame: `draw` once, an `Artist` for one frame after the other."""

from typing import Any

from hippo_envs.drawing.bit_painter import BitPainter
from hippo_envs.drawing.canvas import Canvas, Frame, checked_size
from hippo_envs.drawing.graph_painter import GraphPainter
from hippo_envs.drawing.scene import BitScene, Overlay, Scene

N_PAINTERS_KEPT = 4  # worlds of an environment are often of a few shapes, one after the other


class Artist:
    """Draws one scene after the other, and anew only what changed: the same scene gives the same frame anyway."""

    def __init__(self, size: int | tuple[int, int]) -> None:
        self.size = checked_size(size)
        self._painters: list[Any] = []  # the last used first

    def draw(self, scene: Scene | BitScene, overlay: Overlay | None = None) -> Frame:
        """The frame (height, width, 3), which a later one overwrites."""
        overlay = overlay or Overlay()
        painter = next((kept for kept in self._painters if kept.suits(scene, overlay)), None)
        if painter is None:
            painter = self._new_painter(scene, overlay)
        self._painters = [painter, *(kept for kept in self._painters if kept is not painter)][:N_PAINTERS_KEPT]
        painter.paint(scene, overlay)
        return painter.canvas.pixels

    def _new_painter(self, scene: Scene | BitScene, overlay: Overlay) -> Any:
        canvas = Canvas(*self.size, bool(scene.caption), bool(overlay.panel))
        return BitPainter(canvas) if isinstance(scene, BitScene) else GraphPainter(canvas, scene)


def draw(scene: Scene | BitScene, size: int | tuple[int, int] = 480, overlay: Overlay | None = None) -> Frame:
    """A picture of a scene, (height, width, 3).

    Args:
        scene: what to draw.
        size: pixels of its sides, or (width, height), at least 64.
        overlay: what to lay over a world.

    Raises:
        ValueError: if the size is none.
    """
    return Artist(size).draw(scene, overlay)
