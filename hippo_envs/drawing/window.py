"""A window that shows frames and reads keys."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pygame

from hippo_envs.drawing.canvas import Frame, checked_size, surface_of
from hippo_envs.drawing.display import SMALLEST


def check_windows() -> None:
    """An ImportError says what to install where pygame, which has no windows of this kind, is in pygame-ce's place."""
    if not hasattr(pygame, "Window"):
        raise ImportError(
            f"Windows need pygame-ce, and pygame {pygame.__version__} is in its place: "
            "pip uninstall -y pygame pygame-ce, then pip install pygame-ce."
        )


class Window:
    """A window that shows frames and hears keys; its sides can be dragged.

    Raises:
        OSError: if there is no display.
        ImportError: if pygame is installed in place of pygame-ce.
    """

    def __init__(self, title: str, size: int | tuple[int, int]) -> None:
        check_windows()
        self._title, self._size = title, checked_size(size)
        self._window: Any = self._opened()
        self._clock = pygame.time.Clock()

    def _opened(self) -> Any:
        try:
            pygame.display.init()
            return pygame.Window(self._title, self._size, resizable=True)
        except pygame.error as error:
            raise OSError(f"No window can be opened: {error}.") from error

    def _surface(self) -> Any:
        """What to draw on; None where another program part has quit pygame, which closes every window."""
        try:
            return self._window.get_surface()
        except pygame.error:
            return None

    @property
    def size(self) -> tuple[int, int]:
        """In pixels, as it is now."""
        if self._window is not None and self._surface() is not None:
            self._size = self._window.size
        return max(self._size[0], SMALLEST), max(self._size[1], SMALLEST)

    @property
    def is_open(self) -> bool:
        return self._window is not None

    def show(self, frame: Frame, fps: float | None = None) -> None:
        """Show a frame; wait until it is time for it if a rate is given."""
        if self._window is None:
            return
        surface = self._surface()
        if surface is None:
            self._window = self._opened()
            surface = self._window.get_surface()
        surface.blit(surface_of(np.ascontiguousarray(frame)), (0, 0))
        self._window.flip()
        if fps is not None:
            self._clock.tick(fps)

    def events(self, wait: bool = False) -> Iterator[str]:
        """What was typed since, as "up" or "a"; "closed" and "resized" for what was done to the window."""
        if self._window is None or not pygame.display.get_init():
            return
        events = pygame.event.get()
        if wait and not events:
            events = [pygame.event.wait(200)]
        for event in events:
            if event.type == pygame.WINDOWCLOSE and getattr(event, "window", self._window) is not self._window:
                pygame.event.post(event)  # for the environment whose window it is
            elif event.type in (pygame.QUIT, pygame.WINDOWCLOSE):
                yield "closed"
            elif event.type in (pygame.WINDOWRESIZED, pygame.WINDOWEXPOSED):
                yield "resized"
            elif event.type == pygame.KEYDOWN:
                typed = event.unicode if event.unicode.isprintable() else ""
                # Of a keypad whose numbers are off, "[4]".
                yield typed.strip().lower() or pygame.key.name(event.key).strip("[]")

    def close(self) -> None:
        """Close it; doing so again changes nothing."""
        if self._window is not None:
            with suppress(pygame.error):
                self._window.destroy()
            self._window = None
