"""Paints what goes on in a mind: what it expected, where its memory looked, a unit's map, the score so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import wrap

import numpy as np

from benchmarks.experiments import colours
from benchmarks.experiments.colours import look_of, rgb
from benchmarks.rollout.course import NOTHING_SAID, Moment
from benchmarks.rollout.rate_map import paint_rate_bar, paint_rate_map
from benchmarks.rollout.sheet import Sheet
from hippo_envs.drawing.glyphs import Colour
from hippo_envs.drawing.graph_painter import ATTENTION
from hippo_envs.drawing.rendering import FAINT, INK, Box, Canvas
from hippo_envs.drawing.tiles import AGENT, BORDER, LINK, badge, written_symbol

RIGHT: Colour = rgb(colours.RIGHT)
WRONG: Colour = rgb(colours.WRONG)
BAR: Colour = (122, 146, 182)
TRACK: Colour = (233, 236, 241)

WIDTH, HEIGHT, MARGIN = 30.0, 39.5, 1.5  # in sizes of text
SMALL, LARGE = 0.82, 1.7
FOOT = 3.2  # lines and the room above them
LINE = 70  # characters
N_LIKELIEST = 4
N_COLUMNS = 8  # of symbols to choose from
MASK_TITLES = {
    "loop_closure": ("loop", "closures"),
    "revisit": ("revisits",),
    "seen_decision": ("decisions",),
    "seen": ("seen", "before"),
    "knowable": ("completions",),
    "stwm": ("working", "memory"),
    "ltrm": ("reference", "memory"),
}


@dataclass(frozen=True)
class View:
    """How a moment is shown.

    Args:
        activity, unit: whose map, by number; they go round.
        foot: lines at the bottom.
        hides: whether all symbols but the one here are hidden.
        labels: letters at nodes.
        question: what a person is asked; None where the answer is shown.
        choices: keys and symbols to answer with.
        help: what the parts of the picture are, in the place of the map and the scores.
    """

    activity: int = 0
    unit: int = 0
    foot: tuple[str, ...] = ()
    hides: bool = False
    labels: Mapping[int, str] = field(default_factory=dict)
    question: str | None = None
    choices: tuple[tuple[str, int], ...] = ()
    help: tuple[str, ...] = ()


PLAIN = View()


def mask_title(mask: str) -> tuple[str, ...]:
    """What a column of scores is called, line by line; the window of a memory goes without saying."""
    kind, _, window = mask.rpartition("_")
    return MASK_TITLES.get(kind if window.isdecimal() else mask, tuple(mask.split("_")[:2]))


def label_of(name: str) -> str:
    """What a mind is called beside its scores, where there is little room; the title says the rest.

    >>> label_of("my_agents:Clocks, untrained"), label_of("node agent")
    ('Clocks', 'node agent')
    """
    return name.partition(",")[0].rpartition(":")[2]


class MindPanel:
    """Paints moments on a canvas of its own, from top to bottom.

    Args:
        size: width and height in pixels.
        title: who the mind is.
        subtitle: a line below.
        n_steps: of a walk.
    """

    def __init__(self, size: tuple[int, int], title: str, subtitle: str, n_steps: int) -> None:
        self.sheet = Sheet(size, (WIDTH, HEIGHT), MARGIN)
        self.title, self.subtitle, self.n_steps = title, subtitle, n_steps
        self.colour = rgb(look_of(label_of(title)).colour)

    @property
    def canvas(self) -> Canvas:
        return self.sheet.canvas

    def paint(self, moment: Moment, view: View) -> None:
        self.sheet.clear()
        y = self._header(1.0, moment)
        y = self._expectation(y + 0.9, moment) if view.question is None else self._question(y + 0.9, moment, view)
        y = self._walk(y + 1.4, moment)
        if view.help:
            self._help(y + 1.5, view)
        else:
            self._unit_and_scores(y + 1.5, moment, view)
        for row, line in enumerate(view.foot[::-1]):
            self.sheet.put(line, self.sheet.left, self.sheet.height - 0.9 - 1.3 * row, SMALL, FAINT)

    def _header(self, y: float, moment: Moment) -> float:
        """Who, in which world; how this node was come to."""
        sheet, width = self.sheet, self.sheet.right - self.sheet.left
        x = sheet.put(f"step {moment.step} of {self.n_steps - 1}", sheet.right, y + 1.0, SMALL, FAINT, anchor=1)
        sheet.fill(Box(sheet.left, sheet.px(y + 0.3), sheet.px(0.5), sheet.px(1.3)), self.colour)
        sheet.put(self.title, sheet.left + sheet.px(1), y + 0.9, LARGE, room=x - sheet.left - sheet.px(2))
        sheet.put(self.subtitle, sheet.left, y + 2.6, SMALL, FAINT, room=width)
        x = sheet.right
        if moment.kind == "loop closure":
            x = sheet.pill(moment.kind, x, y + 4.6)
        elif moment.kind:
            x = sheet.put(moment.kind, x, y + 4.6, 1, FAINT, anchor=1)
        sheet.put(moment.arrival, sheet.left, y + 4.6, 1.15, room=x - sheet.left - sheet.px(0.8))
        return y + 5.6

    def _expectation(self, y: float, moment: Moment) -> float:
        """The likeliest symbols as bars, and what became of them."""
        sheet, top = self.sheet, y + 1.0
        sheet.put("what it expected", sheet.left, y, SMALL, FAINT)
        if moment.expected is None:
            sheet.put("nothing yet: this is the start", sheet.left, top + 0.75, 1, FAINT)
        else:
            sheet.put("how sure", sheet.right - sheet.px(3.4), y, SMALL, FAINT, anchor=1)
            likeliest = np.argsort(-moment.expected, kind="stable")[:N_LIKELIEST].tolist()
            if moment.came not in likeliest:
                likeliest[-1] = moment.came
            for row, symbol in enumerate(likeliest):
                self._bar(top + 1.75 * row, symbol, float(moment.expected[symbol]), moment)
        y = top + 1.75 * N_LIKELIEST
        self._outcome(y + 1.2, moment)
        return y + 2.0

    def _bar(self, y: float, symbol: int, share: float, moment: Moment) -> None:
        sheet, came = self.sheet, symbol == moment.came
        colour = _verdict_colour(moment.is_right, moment.is_knowable) if came else BAR
        first, last = sheet.left + sheet.px(2.2), sheet.right - sheet.px(6.4)
        box = Box(first, sheet.px(y + 0.2), last - first, sheet.px(1.05))
        sheet.fill(box, TRACK)
        sheet.fill(box._replace(width=round(share * box.width)), colour)
        glyph = written_symbol(symbol, moment.scene.alphabet)(sheet.px(1.25))
        sheet.blit(glyph, sheet.left + sheet.px(0.62), y + 0.72, 0.5)
        sheet.put(f"{100 * share:.0f} %", last + sheet.px(3.0), y + 0.75, 1, INK if came else FAINT, anchor=1)
        if came:
            sheet.put("came", sheet.right, y + 0.75, 1, colour, anchor=1)

    def _outcome(self, y: float, moment: Moment) -> None:
        """Right or wrong; and what a person said."""
        sheet = self.sheet
        if moment.expected is None:
            return
        colour = _verdict_colour(moment.is_right, moment.is_knowable)
        sheet.verdict(sheet.left + sheet.px(0.8), y, moment.is_right if moment.is_knowable else None, colour)
        words = "could not be known" if not moment.is_knowable else "right" if moment.is_right else "wrong"
        sheet.put(words, sheet.left + sheet.px(2.2), y, 1.15, colour)
        if moment.said is None:
            return
        is_right = moment.said == moment.came
        knowable = moment.counts or is_right
        colour = _verdict_colour(is_right, knowable)
        sheet.verdict(sheet.right - sheet.px(0.8), y, is_right if knowable else None, colour)
        x = sheet.right - sheet.px(2.1)
        if moment.said == NOTHING_SAID:
            sheet.put("you did not know", x, y, 1, colour, anchor=1)
            return
        sheet.blit(written_symbol(moment.said, moment.scene.alphabet)(sheet.px(1.25)), x, y, 1)
        sheet.put("you said", x - sheet.px(1.7), y, 1, colour, anchor=1)

    def _question(self, y: float, moment: Moment, view: View) -> float:
        """What a person is asked, and the symbols that were seen, with their keys."""
        sheet = self.sheet
        sheet.put(view.question or "", sheet.left, y + 0.2, 1.15, AGENT, room=sheet.right - sheet.left)
        rows = -(-len(view.choices) // N_COLUMNS)
        column, line = (sheet.right - sheet.left) / N_COLUMNS, min(2.3, 8.0 / max(rows, 1))
        for i, (key, symbol) in enumerate(view.choices):
            x, at = round(sheet.left + column * (i % N_COLUMNS)), y + 2.1 + line * (i // N_COLUMNS)
            sheet.blit(badge(key, sheet.px(1.1)), x, at, 0)
            glyph = written_symbol(symbol, moment.scene.alphabet)(sheet.px(1.2))
            sheet.blit(glyph, x + sheet.px(1.4), at, 0)
        return y + 1.0 + 1.75 * N_LIKELIEST + 2.0

    def _walk(self, y: float, moment: Moment) -> float:
        """All steps from left to right: how much memory looks back at each, and below whether it was right."""
        sheet, attention = self.sheet, moment.attention
        title = "the walk so far" if attention is None else moment.attention_is
        sheet.put(title, sheet.left, y, SMALL, FAINT)
        self._legend(y)
        edges = np.linspace(sheet.left, sheet.right, self.n_steps + 1).round().astype(int).tolist()
        floor = y + (1.2 if attention is None else 3.8)
        if attention is not None:
            sheet.fill(Box(sheet.left, sheet.px(floor), sheet.right - sheet.left, max(sheet.px(0.08), 1)), LINK)
            highest = max(float(attention.max()), 1e-9)
            for step in np.flatnonzero(attention > 0.01 * highest).tolist():
                high = max(sheet.px(2.5 * float(attention[step]) / highest), 1)
                wide = max(edges[step + 1] - edges[step], sheet.px(0.22))
                sheet.fill(Box(edges[step], sheet.px(floor) - high, wide, high), ATTENTION)
        for step in range(moment.step + 1):
            # Steps that count are coloured; loop closures, or whatever the headline is, are longer.
            colour = (RIGHT if moment.right[step] else WRONG) if moment.scored[step] else LINK
            gap = 1 if edges[step + 1] - edges[step] > 3 else 0
            high = sheet.px(1.0 if moment.headline[step] else 0.62)
            sheet.fill(Box(edges[step], sheet.px(floor + 0.2), edges[step + 1] - edges[step] - gap, high), colour)
        now = edges[moment.step + 1]
        sheet.fill(Box(now, sheet.px(floor + 0.2), sheet.right - now, sheet.px(0.62)), TRACK)
        return floor + 1.3

    def _legend(self, y: float) -> None:
        sheet, side = self.sheet, self.sheet.px(0.6)
        x = sheet.right
        for word, colour in (("new", LINK), ("wrong", WRONG), ("right", RIGHT)):
            x = sheet.put(word, x, y, SMALL, FAINT, anchor=1) - sheet.px(0.35)
            sheet.fill(Box(x - side, sheet.px(y) - side // 2, side, side), colour)
            x -= side + sheet.px(0.9)

    def _help(self, y: float, view: View) -> None:
        for line in (line for text in view.help for line in wrap(text, LINE)):
            self.sheet.put(line, self.sheet.left, y, SMALL, INK, room=self.sheet.right - self.sheet.left)
            y += 1.15

    def _unit_and_scores(self, y: float, moment: Moment, view: View) -> None:
        """A rate map on the left, accuracies on the right."""
        sheet, names = self.sheet, list(moment.activity)
        x, side = sheet.left, sheet.px(min(sheet.height - FOOT - 0.9 - y, 9.2))
        if names:
            name = names[view.activity % len(names)]
            n_units = moment.activity[name].shape[1]
            unit = view.unit % n_units
            sheet.put(f"{name.replace('_', ' ')}, unit {unit + 1} of {n_units}", x, y, SMALL, FAINT, room=side)
            box, scene = Box(x, sheet.px(y + 0.9), side, side), moment.scene
            paint_rate_map(sheet.canvas, box, scene.layout, moment.rate_map(name, unit), scene.node)
            paint_rate_bar(sheet.canvas, Box(x + side + sheet.px(0.4), box.y, sheet.px(0.5), side))
            sheet.put("high", x + side + sheet.px(1.1), y + 1.3, SMALL, FAINT)
            sheet.put("low", x + side + sheet.px(1.1), y + 0.5 + side / sheet.u, SMALL, FAINT)
            x += side + sheet.px(3.4)
        self._scores(y, x, moment)

    def _scores(self, y: float, x: int, moment: Moment) -> None:
        """A row for each that answered, a column for each mask."""
        sheet, columns = self.sheet, next(iter(moment.tallies.values()))
        names = x + sheet.px(4.9)
        width = (sheet.right - names) / len(columns)
        spacing = min(1.75, (sheet.height - FOOT - 3.0 - y) / (len(moment.tallies) + 0.3))
        bottom = y + 2.8 + spacing * len(moment.tallies)
        sheet.put("right so far", x, y, SMALL, FAINT, room=names - x)
        sheet.put("of steps", x, bottom, SMALL, FAINT)
        for column, (mask, tally) in enumerate(columns.items()):
            at, room = names + round(width * column + 0.4 * sheet.u), round(width - 0.7 * sheet.u)
            for line, words in enumerate(mask_title(mask)):
                sheet.put(words, at, y + 1.05 * line, SMALL, FAINT, room=room)
            sheet.put(str(tally.n_steps), at + room, bottom, SMALL, FAINT, anchor=1)
            for row, (who, tallies) in enumerate(moment.tallies.items()):
                colour = INK if row == 0 else AGENT if who == "you" else BORDER
                middle = y + 2.8 + spacing * row
                if column == 0:
                    sheet.put_label(label_of(who), x, middle, names - x, colour)
                bar = self.colour if row == 0 else colour
                self._accuracy(at, middle, room, tallies[mask].accuracy, bar, colour)

    def _accuracy(self, x: int, y: float, room: int, accuracy: float, bar: Colour, colour: Colour) -> None:
        sheet = self.sheet
        box = Box(x, sheet.px(y - 0.3), room - sheet.px(2.1), sheet.px(0.6))
        sheet.fill(box, TRACK)
        if not np.isnan(accuracy):
            sheet.fill(box._replace(width=round(accuracy * box.width)), bar)
            sheet.put(f"{100 * accuracy:.0f}", x + room, y, 1, colour, anchor=1)


def _verdict_colour(is_right: bool, is_knowable: bool) -> Colour:
    if not is_knowable:
        return FAINT
    return RIGHT if is_right else WRONG
