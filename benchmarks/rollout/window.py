"""Watching a rollout in a window: which key does what, and when the next step is due."""

from benchmarks.rollout.page import Frame, Page
from benchmarks.rollout.prediction_panel import View
from benchmarks.rollout.watched_walk import Moment, WatchedWalk
from hippo_envs.drawing.keys import NEW_WORLD, QUIT
from hippo_envs.drawing.window_play import Screen

PAUSE, STEP, FASTER, SLOWER, NEXT_UNIT, NEXT_ACTIVITY, HELP = "space", "right", "+", "-", "tab", "return", "?"
CLOSING = (QUIT, "escape", "closed")
SPEEDS = (0.5, 1.0, 2.0, 4.0, 10.0, 20.0)  # steps a second
TICKS = 20  # looks at the keys, a second
FIRST_SPEED = 2
COMMON_KEYS = f"tab: next unit    return: other units    {HELP}: help    {QUIT}: quit"
HELP_LINES = (
    "Bars: the likeliest symbols before the step; green if the one that came was expected most.",
    "Rings and lines: the nodes of the earlier steps at which its memory looks, the bolder the more.",
    "Below, one tick a step: green is right, orange wrong, grey a new node; long ones count for the first column.",
    "Small map: how active a unit is where the walk has been, from light to dark.",
    "The node agent knows every node it has seen, the edge agent only where edges taken lead.",
)


class RolloutWindow:
    """Takes a predictor through one world after the other.

    Args:
        walk: its walk.
        title: who the predictor is.
        origin: where it comes from, and which worlds these are.
        seed: of the first world.
        screen: the window.
        unit: whose map is shown first, from 0.
    """

    def __init__(self, walk: WatchedWalk, title: str, origin: str, seed: int, screen: Screen, unit: int = 0) -> None:
        self.walk, self.title, self.origin, self.screen = walk, title, origin, screen
        self.is_playing, self.shows_help, self.speed = True, False, FIRST_SPEED
        self.activity, self.unit, self._ticks = 0, unit, 0
        self._page: Page | None = None
        self.begin(seed)

    def begin(self, seed: int) -> None:
        """Start in the world of that seed."""
        self.seed = seed
        self._page = None
        self.moment: Moment = self.walk.begin(seed)

    def run(self) -> None:
        """Until the person has had enough."""
        while self.screen.is_open:
            for event in self.screen.events(wait=not self._is_moving()):
                self.hear(event)
            if self._is_moving():
                self._ticks += 1
                if self._ticks * SPEEDS[self.speed] >= TICKS:
                    self.advance()
            if self.screen.is_open:
                self.screen.show(self.frame(), TICKS)

    def hear(self, event: str) -> None:
        """Do what a key is for."""
        if event in CLOSING:
            self.screen.close()
        elif event == NEW_WORLD:
            self.begin(self.seed + 1)
        elif event == HELP:
            self.shows_help = not self.shows_help
        elif event == NEXT_UNIT:
            self.unit += 1
        elif event == NEXT_ACTIVITY:
            self.activity, self.unit = self.activity + 1, 0
        elif event in (FASTER, "=", SLOWER):
            change = -1 if event == SLOWER else 1
            self.speed = min(max(self.speed + change, 0), len(SPEEDS) - 1)
        else:
            self.act(event)

    def act(self, event: str) -> None:
        """What keys do that say how the walk goes on."""
        if event == PAUSE:
            self.is_playing = not self.is_playing
        elif event == STEP:
            self.is_playing = False
            self.advance()

    def advance(self) -> None:
        """One step, if there is one left."""
        self._ticks = 0
        if not self.moment.has_ended:
            self.moment = self.walk.advance()

    def frame(self) -> Frame:
        """What is seen now."""
        if self._page is None or self._page.size != self.screen.size:
            subtitle = f"{self.origin}, world {self.seed}"
            self._page = Page(self.screen.size, self.title, subtitle, self.walk.n_steps)
        return self._page.draw(self.moment, self.view())

    def view(self) -> View:
        """How the moment is shown."""
        return View(self.activity, self.unit, self.foot(), help=HELP_LINES if self.shows_help else ())

    def foot(self) -> tuple[str, ...]:
        """The keys."""
        going = (
            "The walk ends here." if self.moment.has_ended else "space: pause" if self.is_playing else "space: go on"
        )
        speed = f"+ -: {SPEEDS[self.speed]:g} steps/s"
        return "    ".join((going, "right: one step", speed, f"{NEW_WORLD}: new world")), COMMON_KEYS

    def _is_moving(self) -> bool:
        return self.is_playing and not self.moment.has_ended
