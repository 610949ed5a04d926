"""Human play (--human): a person chooses the moves and predicts symbols, and is scored beside the agent."""

import string

from benchmarks.rollout.prediction_panel import View
from benchmarks.rollout.watched_walk import NOTHING_SAID, WatchedWalk
from benchmarks.rollout.window import HELP, PAUSE, RolloutWindow, Screen
from hippo_envs.drawing.keys import NEW_WORLD, QUIT, action_keys
from hippo_envs.drawing.window_play import ARROW_KEYS

PEEK = "backspace"
SYMBOL_KEYS = [key for key in string.digits[1:] + string.ascii_lowercase if key not in (NEW_WORLD, QUIT)]


class HumanRollout(RolloutWindow):
    """The same, but that a person moves: first a key for where to go, then one for what will be there.

    Symbols elsewhere are hidden, for remembering them is the task.
    """

    def __init__(self, walk: WatchedWalk, title: str, origin: str, seed: int, screen: Screen, unit: int = 0) -> None:
        self.keys = action_keys(walk.family.action_names)
        self.peeks = False
        super().__init__(walk, f"you and {title}", origin, seed, screen, unit)
        self.is_playing = False

    def begin(self, seed: int) -> None:
        super().begin(seed)
        self.move: int | None = None
        self.remark = ""
        self.seen = [self.moment.came]  # symbols, in the order in which they were first seen

    def act(self, event: str) -> None:
        self.remark = ""
        if event == PEEK:
            self.peeks = not self.peeks
        elif self.move is None:
            self._choose_move(event)
        else:
            symbols = dict(self.choices())
            if event == PAUSE or event in symbols:
                self.moment = self.walk.advance(self.move, symbols.get(event, NOTHING_SAID))
                self.move = None
                if self.moment.came not in self.seen:
                    self.seen.append(self.moment.came)

    def _choose_move(self, event: str) -> None:
        key = ARROW_KEYS.get(event, event)
        if key not in self.keys or self.moment.has_ended:
            return
        if self.walk.open_actions()[self.keys[key]]:
            self.move = self.keys[key]
        else:
            self.remark = f"{event} leads nowhere from here."

    def choices(self) -> tuple[tuple[str, int], ...]:
        """Keys and symbols; of more symbols than there are keys, those first seen last."""
        return tuple(zip(SYMBOL_KEYS, self.seen[-len(SYMBOL_KEYS) :], strict=False))

    def view(self) -> View:
        shown = super().view()
        if self.move is None:
            return View(shown.activity, shown.unit, shown.foot, not self.peeks, self._labels(), help=shown.help)
        question = f"{self.walk.family.action_names[self.move]}: what will be there?"
        return View(
            shown.activity, shown.unit, shown.foot, not self.peeks, {}, question, self.choices(), help=shown.help
        )

    def foot(self) -> tuple[str, ...]:
        names = self.walk.family.action_names
        if self.moment.has_ended:
            now = "The walk ends here."
        elif self.move is not None:
            now = "Type the key of a symbol; space if you do not know."
        else:
            now = self.remark or "    ".join(f"{key}: {names[action]}" for key, action in self._open_keys().items())
        peek = f"{PEEK}: {'hide' if self.peeks else 'show'} symbols"
        return now, f"{peek}    {NEW_WORLD}: new world    {HELP}: help    {QUIT}: quit"

    def _labels(self) -> dict[int, str]:
        """The keys of the nodes to which moves lead; the first where several do."""
        here = self.moment.scene.node
        labels: dict[int, str] = {}
        for key, action in self._open_keys().items():
            labels.setdefault(int(self.walk.graph.next_node[here, action]), key)
        labels.pop(here, None)
        return labels

    def _open_keys(self) -> dict[str, int]:
        """The keys that lead somewhere, arrows aside."""
        is_open = self.walk.open_actions()
        keys = {key: action for key, action in self.keys.items() if len(key) == 1 and is_open[action]}
        return {} if self.moment.has_ended else keys
