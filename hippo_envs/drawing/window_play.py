"""Walk in a world yourself, in a window."""

from collections.abc import Mapping
from dataclasses import replace
from textwrap import wrap
from typing import Any, Protocol

from hippo_envs.drawing.canvas import Frame
from hippo_envs.drawing.keys import ARROWS, NEW_WORLD, QUIT
from hippo_envs.drawing.rendering import Artist
from hippo_envs.drawing.scene import Caption, Overlay, Scene

WINDOW_SIZE = (960, 640)
HIDE, ESCAPE, CLOSED = "tab", "escape", "closed"
ARROW_KEYS = {"up": ARROWS["up"], "down": ARROWS["down"], "left": ARROWS["left"], "right": ARROWS["right"]}
LINE = 30  # characters of the panel


class Screen(Protocol):
    """What is played on: `hippo_envs.drawing.window.Window`."""

    @property
    def is_open(self) -> bool: ...
    @property
    def size(self) -> tuple[int, int]: ...
    def events(self, wait: bool = False) -> Any: ...
    def show(self, frame: Frame, fps: float | None = None) -> None: ...
    def close(self) -> None: ...


class WindowPlay:
    """Takes a person through one world after the other.

    Args:
        env: a stream without wrappers, with the render mode "rgb_array".
        name: what to call it.
        seed: of the first world.
        keys: which action a key takes, as `hippo_envs.drawing.keys.action_keys` has it.
        screen: the window.
    """

    def __init__(self, env: Any, name: str, seed: int, keys: Mapping[str, int], screen: Screen) -> None:
        self.env, self.name, self.keys, self.screen = env, name, keys, screen
        self.hides = False
        self._artist: Artist | None = None
        self._begin(seed)

    def run(self) -> None:
        """Until the person has had enough."""
        self._draw()
        while self.screen.is_open:
            heard = list(self.screen.events(wait=True))
            for event in heard:
                self.hear(event)
            if heard and self.screen.is_open:
                self._draw()

    def hear(self, event: str) -> None:
        """Do what a key is for."""
        key = ARROW_KEYS.get(event, event)
        if event in (QUIT, ESCAPE, CLOSED):
            self.screen.close()
            return
        self.remark = ""
        if event == NEW_WORLD:
            self._begin(self.seed + 1)
        elif event == HIDE:
            self.hides = not self.hides
        elif key in self.keys and not self.has_ended and self._mask[self.keys[key]]:
            _, _, self.has_ended, _, info = self.env.step(self.keys[key])
            self._mask = info["action_mask"]
        elif key in self.keys:
            self.remark = f"{event} leads nowhere from here"

    def _begin(self, seed: int) -> None:
        self.seed, self.has_ended, self.remark = seed, False, ""
        _, info = self.env.reset(seed=seed)
        self._mask = info["action_mask"]

    def frame(self) -> Frame:
        """What is seen now."""
        if self._artist is None or self._artist.size != self.screen.size:
            self._artist = Artist(self.screen.size)
        scene = replace(self.env.scene(), hide_unvisited=self.hides)
        return self._artist.draw(scene, Overlay(panel=self._panel(), labels=self._labels(scene)))

    def _draw(self) -> None:
        self.screen.show(self.frame())

    def _panel(self) -> tuple[Caption, ...]:
        trail, names = self.env.trail, self.env.family.action_names
        status = "the episode ends here" if self.has_ended else trail.arrival
        moves = [f"{key}:\u00a0{names[action].replace(' ', chr(160))}" for key, action in self._open_keys().items()]
        arrows = ["or the arrow keys"] if moves and any(key in self.keys for key in ARROW_KEYS.values()) else []
        lines = [
            *(self.name, f"seed {self.seed}", ""),
            f"{int(trail.visited.sum())} of {len(trail.visited)} nodes visited",
            *wrap(status, LINE),
            "",
            *wrap("   ".join(moves), LINE, break_on_hyphens=False),
            *arrows,
            *wrap(self.remark, LINE),
            "",
            f"tab: {'show' if self.hides else 'hide'} the unvisited",
            f"{NEW_WORLD}: new world",
            f"{QUIT}: quit",
        ]
        return tuple((line.replace("\u00a0", " "),) for line in lines)

    def _labels(self, scene: Scene) -> dict[int, str]:
        """The keys of the nodes to which moves lead; the first where several do."""
        labels: dict[int, str] = {}
        for key, action in self._open_keys().items():
            labels.setdefault(self.env.leads_to(action), key)
        labels.pop(scene.node, None)
        return labels

    def _open_keys(self) -> dict[str, int]:
        """The keys that do something here, arrows aside."""
        keys = {key: action for key, action in self.keys.items() if len(key) == 1}
        return {} if self.has_ended else {key: action for key, action in keys.items() if self._mask[action]}
