"""Rendering, shared by every environment: render modes, and their windows or frames."""

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from hippo_envs.drawing.display import has_display
from hippo_envs.drawing.scene import BitScene, Scene
from hippo_envs.envs.base.bounded import Bounded
from hippo_envs.envs.base.sections import with_shared_sections

RENDER_MODES = ("human", "rgb_array", "ansi")
RENDER_FPS = 4
RENDER_SIZE = 480

Frame = NDArray[np.uint8]


class Picture:
    """Frames of one environment after the other, and the window that shows them; neither is part of its state.

    Raises:
        ImportError: if pygame is not installed.
        ValueError: if the size is none.
    """

    def __init__(self, size: int | tuple[int, int], title: str = "") -> None:
        from hippo_envs.drawing.canvas import checked_size

        self.size, self.title = checked_size(size), title
        self._artist: Any = None
        self._window: Any = None
        self._was_closed = False
        self._has_warned = False

    def frame(self, scene: Scene | BitScene) -> Frame:
        """The picture of a scene, (height, width, 3), the caller's own."""
        return self._drawn(scene, self.size).copy()

    def show(self, scene: Scene | BitScene, fps: float) -> None:
        """Show a scene in the window at its time; nothing more once a person has closed it.

        Without a display nobody would see it: it says so once, and neither opens a window nor waits.
        """
        if self._was_closed or not self._is_seen():
            return
        from hippo_envs.drawing.window import Window

        if self._window is None:
            self._window = Window(self.title, self.size)
        if "closed" in self._window.events():
            self.close()
            self._was_closed = True
        else:
            self._window.show(self._drawn(scene, self._window.size), fps)

    def _is_seen(self) -> bool:
        if self._window is not None or has_display():
            return True
        if not self._has_warned:
            warnings.warn(
                "There is no display, so render_mode='human' shows nothing: set DISPLAY, or use 'rgb_array' or 'ansi'.",
                stacklevel=2,
            )
            self._has_warned = True
        return False

    def close(self) -> None:
        """Close the window, if one is open."""
        if self._window is not None:
            self._window.close()
        self._window, self._was_closed = None, False

    def _drawn(self, scene: Scene | BitScene, size: tuple[int, int]) -> Frame:
        from hippo_envs.drawing.rendering import Artist

        if self._artist is None or self._artist.size != size:
            self._artist = Artist(size)
        return self._artist.draw(scene)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_artist": None, "_window": None}


class PicturedEnv(Bounded, gym.Env[Any, Any]):  # pyright: ignore[reportIncompatibleVariableOverride]
    """An environment that can be seen in every render mode; a subclass says how, in words and as a scene.

    It calls `_set_render_mode` when it is made, and `_has_changed` at the end of every reset and step of which
    `_is_drawn` says that they will be drawn.

    ## Arguments
    | `render_size` | `480` | pixels to a side of pictures (`render_mode` `"rgb_array"` or `"human"`); or two numbers |

    ## Vectorized environment
    World i of `num_envs` is the world of `gym.make(...).reset(seed=seed + i)`, on its own and in any batch.
    `autoreset_mode` is `"NextStep"` (the step after an end resets the world: its action is ignored, its reward is 0),
    `"SameStep"` or `"Disabled"`.

    ## Version History
    v0: first release.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__doc__:
            cls.__doc__ = with_shared_sections(cls.__doc__, cls.__mro__[1].__doc__ or "")

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": RENDER_FPS}  # noqa: RUF012 (as Gymnasium has it)

    def _set_render_mode(self, render_mode: str | None, render_size: int | tuple[int, int]) -> None:
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self._is_drawn = render_mode in ("human", "rgb_array")
        if render_mode == "human":
            from hippo_envs.drawing.window import check_windows

            check_windows()
        title = type(self).__name__.removesuffix("Env")
        self._picture = Picture(render_size, title) if self._is_drawn else None

    @abstractmethod
    def scene(self) -> Scene | BitScene:
        """What there is to see now, as plain arrays; only with the render modes "human" and "rgb_array"."""

    @abstractmethod
    def _text(self) -> str:
        """What there is to see now, in characters."""

    @abstractmethod
    def _has_begun(self) -> bool:
        """Whether there has been a reset."""

    def _has_changed(self) -> None:
        """Show it, if there is a window."""
        if self.render_mode == "human":
            self.render()

    def render(self) -> Any:
        """A frame (height, width, 3) of uint8, text, or None while the window shows it, as the render mode has it."""
        if self.render_mode is None:
            return None
        if not self._has_begun():
            raise gym.error.ResetNeeded("There is nothing to see yet: call reset() before render().")
        if self._picture is None:
            return self._text()
        if self.render_mode == "human":
            return self._picture.show(self.scene(), self.metadata["render_fps"])
        return self._picture.frame(self.scene())

    def close(self) -> None:
        """Close the window; doing so again changes nothing."""
        if self._picture is not None:
            self._picture.close()
        super().close()


def checked_render_mode(render_mode: str | None, available: Sequence[str]) -> str | None:
    """The mode; a ValueError says which there are if it is not one of them."""
    if render_mode is not None and render_mode not in available:
        raise ValueError(f"There is no render mode {render_mode!r}: use None or one of {', '.join(available)}.")
    return render_mode
