"""Paints a predictor's state: what it expected, where its memory looked, a unit's map, the score so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import wrap

import numpy as np

from benchmarks.experiments import colours
from benchmarks.experiments.colours import look_of, rgb
from benchmarks.rollout.rate_map import paint_rate_bar, paint_rate_map
from benchmarks.rollout.scaled_canvas import ScaledCanvas
from benchmarks.rollout.watched_walk import NOTHING_SAID, Moment
from hippo_envs.drawing.canvas import FAINT, INK, Box, Canvas
from hippo_envs.drawing.glyphs import Colour
from hippo_envs.drawing.graph_painter import ATTENTION
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
NAMES = 4.9, 5.4  # the room for names beside scores, least and most
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
    """What a predictor is called beside its scores, where there is little room; the title says the rest.

    >>> label_of("my_agents:Clocks, untrained"), label_of("node agent")
    ('Clocks', 'node agent')
    """
    return name.partition(",")[0].rpartition(":")[2]


class PredictionPanel:
    """Paints moments on a canvas of its own, from top to bottom.

    Args:
        size: width and height in pixels.
        title: who the predictor is.
        subtitle: a line below.
        n_steps: of a walk.
    """

    def __init__(self, size: tuple[int, int], title: str, subtitle: str, n_steps: int) -> None:
        self.scaled = ScaledCanvas(size, (WIDTH, HEIGHT), MARGIN)
        self.title, self.subtitle, self.n_steps = title, subtitle, n_steps
        self.colour = rgb(look_of(label_of(title)).colour)

    @property
    def canvas(self) -> Canvas:
        return self.scaled.canvas

    def paint(self, moment: Moment, view: View) -> None:
        self.scaled.clear()
        y = self._header(1.0, moment)
        y = self._expectation(y + 0.9, moment) if view.question is None else self._question(y + 0.9, moment, view)
        y = self._walk(y + 1.4, moment)
        if view.help:
            self._help(y + 1.5, view)
        else:
            self._unit_and_scores(y + 1.5, moment, view)
        for row, line in enumerate(view.foot[::-1]):
            self.scaled.put(line, self.scaled.left, self.scaled.height - 0.9 - 1.3 * row, SMALL, FAINT)

    def _header(self, y: float, moment: Moment) -> float:
        """Who, in which world; how this node was come to."""
        canvas, width = self.scaled, self.scaled.right - self.scaled.left
        x = canvas.put(f"step {moment.step} of {self.n_steps - 1}", canvas.right, y + 1.0, SMALL, FAINT, anchor=1)
        canvas.fill(Box(canvas.left, canvas.px(y + 0.3), canvas.px(0.5), canvas.px(1.3)), self.colour)
        canvas.put(self.title, canvas.left + canvas.px(1), y + 0.9, LARGE, room=x - canvas.left - canvas.px(2))
        canvas.put(self.subtitle, canvas.left, y + 2.6, SMALL, FAINT, room=width)
        x = canvas.right
        if moment.kind == "loop closure":
            x = canvas.pill(moment.kind, x, y + 4.6)
        elif moment.kind:
            x = canvas.put(moment.kind, x, y + 4.6, 1, FAINT, anchor=1)
        canvas.put(moment.arrival, canvas.left, y + 4.6, 1.15, room=x - canvas.left - canvas.px(0.8))
        return y + 5.6

    def _expectation(self, y: float, moment: Moment) -> float:
        """The likeliest symbols as bars, and what became of them."""
        canvas, top = self.scaled, y + 1.0
        canvas.put("what it expected", canvas.left, y, SMALL, FAINT)
        if moment.expected is None:
            canvas.put("nothing yet: this is the start", canvas.left, top + 0.75, 1, FAINT)
        else:
            canvas.put("how sure", canvas.right - canvas.px(3.4), y, SMALL, FAINT, anchor=1)
            likeliest = np.argsort(-moment.expected, kind="stable")[:N_LIKELIEST].tolist()
            if moment.came not in likeliest:
                likeliest[-1] = moment.came
            for row, symbol in enumerate(likeliest):
                self._bar(top + 1.75 * row, symbol, float(moment.expected[symbol]), moment)
        y = top + 1.75 * N_LIKELIEST
        self._outcome(y + 1.2, moment)
        return y + 2.0

    def _bar(self, y: float, symbol: int, share: float, moment: Moment) -> None:
        canvas, came = self.scaled, symbol == moment.came
        colour = _verdict_colour(moment.is_right, moment.is_knowable) if came else BAR
        first, last = canvas.left + canvas.px(2.2), canvas.right - canvas.px(6.4)
        box = Box(first, canvas.px(y + 0.2), last - first, canvas.px(1.05))
        canvas.fill(box, TRACK)
        canvas.fill(box._replace(width=round(share * box.width)), colour)
        glyph = written_symbol(symbol, moment.scene.alphabet)(canvas.px(1.25))
        canvas.blit(glyph, canvas.left + canvas.px(0.62), y + 0.72, 0.5)
        canvas.put(f"{100 * share:.0f} %", last + canvas.px(3.0), y + 0.75, 1, INK if came else FAINT, anchor=1)
        if came:
            canvas.put("came", canvas.right, y + 0.75, 1, colour, anchor=1)

    def _outcome(self, y: float, moment: Moment) -> None:
        """Right or wrong; and what a person said."""
        canvas = self.scaled
        if moment.expected is None:
            return
        colour = _verdict_colour(moment.is_right, moment.is_knowable)
        canvas.verdict(canvas.left + canvas.px(0.8), y, moment.is_right if moment.is_knowable else None, colour)
        words = "could not be known" if not moment.is_knowable else "right" if moment.is_right else "wrong"
        canvas.put(words, canvas.left + canvas.px(2.2), y, 1.15, colour)
        if moment.said is None:
            return
        is_right = moment.said == moment.came
        knowable = moment.counts or is_right
        colour = _verdict_colour(is_right, knowable)
        canvas.verdict(canvas.right - canvas.px(0.8), y, is_right if knowable else None, colour)
        x = canvas.right - canvas.px(2.1)
        if moment.said == NOTHING_SAID:
            canvas.put("you did not know", x, y, 1, colour, anchor=1)
            return
        canvas.blit(written_symbol(moment.said, moment.scene.alphabet)(canvas.px(1.25)), x, y, 1)
        canvas.put("you said", x - canvas.px(1.7), y, 1, colour, anchor=1)

    def _question(self, y: float, moment: Moment, view: View) -> float:
        """What a person is asked, and the symbols that were seen, with their keys."""
        canvas = self.scaled
        canvas.put(view.question or "", canvas.left, y + 0.2, 1.15, AGENT, room=canvas.right - canvas.left)
        rows = -(-len(view.choices) // N_COLUMNS)
        column, line = (canvas.right - canvas.left) / N_COLUMNS, min(2.3, 8.0 / max(rows, 1))
        for i, (key, symbol) in enumerate(view.choices):
            x, at = round(canvas.left + column * (i % N_COLUMNS)), y + 2.1 + line * (i // N_COLUMNS)
            canvas.blit(badge(key, canvas.px(1.1)), x, at, 0)
            glyph = written_symbol(symbol, moment.scene.alphabet)(canvas.px(1.2))
            canvas.blit(glyph, x + canvas.px(1.4), at, 0)
        return y + 1.0 + 1.75 * N_LIKELIEST + 2.0

    def _walk(self, y: float, moment: Moment) -> float:
        """All steps from left to right: how much memory looks back at each, and below whether it was right."""
        canvas, attention = self.scaled, moment.attention
        title = "the walk so far" if attention is None else moment.attention_is
        canvas.put(title, canvas.left, y, SMALL, FAINT)
        self._legend(y)
        edges = np.linspace(canvas.left, canvas.right, self.n_steps + 1).round().astype(int).tolist()
        floor = y + (1.2 if attention is None else 3.8)
        if attention is not None:
            canvas.fill(Box(canvas.left, canvas.px(floor), canvas.right - canvas.left, max(canvas.px(0.08), 1)), LINK)
            highest = max(float(attention.max()), 1e-9)
            for step in np.flatnonzero(attention > 0.01 * highest).tolist():
                high = max(canvas.px(2.5 * float(attention[step]) / highest), 1)
                wide = max(edges[step + 1] - edges[step], canvas.px(0.22))
                canvas.fill(Box(edges[step], canvas.px(floor) - high, wide, high), ATTENTION)
        for step in range(moment.step + 1):
            # Steps that count are coloured; loop closures, or whatever the headline is, are longer.
            colour = (RIGHT if moment.right[step] else WRONG) if moment.scored[step] else LINK
            gap = 1 if edges[step + 1] - edges[step] > 3 else 0
            high = canvas.px(1.0 if moment.headline[step] else 0.62)
            canvas.fill(Box(edges[step], canvas.px(floor + 0.2), edges[step + 1] - edges[step] - gap, high), colour)
        now = edges[moment.step + 1]
        canvas.fill(Box(now, canvas.px(floor + 0.2), canvas.right - now, canvas.px(0.62)), TRACK)
        return floor + 1.3

    def _legend(self, y: float) -> None:
        canvas, side = self.scaled, self.scaled.px(0.6)
        x = canvas.right
        for word, colour in (("new", LINK), ("wrong", WRONG), ("right", RIGHT)):
            x = canvas.put(word, x, y, SMALL, FAINT, anchor=1) - canvas.px(0.35)
            canvas.fill(Box(x - side, canvas.px(y) - side // 2, side, side), colour)
            x -= side + canvas.px(0.9)

    def _help(self, y: float, view: View) -> None:
        for line in (line for text in view.help for line in wrap(text, LINE)):
            self.scaled.put(line, self.scaled.left, y, SMALL, INK, room=self.scaled.right - self.scaled.left)
            y += 1.15

    def _unit_and_scores(self, y: float, moment: Moment, view: View) -> None:
        """A rate map on the left, accuracies on the right."""
        canvas, names = self.scaled, list(moment.activity)
        x, side = canvas.left, canvas.px(min(canvas.height - FOOT - 0.9 - y, 9.2))
        if names:
            name = names[view.activity % len(names)]
            n_units = moment.activity[name].shape[1]
            unit = view.unit % n_units
            canvas.put(f"{name.replace('_', ' ')}, unit {unit + 1} of {n_units}", x, y, SMALL, FAINT, room=side)
            box, scene = Box(x, canvas.px(y + 0.9), side, side), moment.scene
            paint_rate_map(canvas.canvas, box, scene.layout, moment.rate_map(name, unit), scene.node)
            paint_rate_bar(canvas.canvas, Box(x + side + canvas.px(0.4), box.y, canvas.px(0.5), side))
            canvas.put("high", x + side + canvas.px(1.1), y + 1.3, SMALL, FAINT)
            canvas.put("low", x + side + canvas.px(1.1), y + 0.5 + side / canvas.u, SMALL, FAINT)
            x += side + canvas.px(3.4)
        self._scores(y, x, moment)

    def _scores(self, y: float, x: int, moment: Moment) -> None:
        """A row for each that answered, a column for each mask."""
        canvas, columns = self.scaled, next(iter(moment.tallies.values()))
        least, most = map(canvas.px, NAMES)
        names = x + min(max(least, *(canvas.label_width(label_of(who)) for who in moment.tallies)), most)
        width = (canvas.right - names) / len(columns)
        spacing = min(1.75, (canvas.height - FOOT - 3.0 - y) / (len(moment.tallies) + 0.3))
        bottom = y + 2.8 + spacing * len(moment.tallies)
        canvas.put("right so far", x, y, SMALL, FAINT, room=names - x)
        canvas.put("of steps", x, bottom, SMALL, FAINT)
        for column, (mask, tally) in enumerate(columns.items()):
            at, room = names + round(width * column + 0.4 * canvas.u), round(width - 0.7 * canvas.u)
            for line, words in enumerate(mask_title(mask)):
                canvas.put(words, at, y + 1.05 * line, SMALL, FAINT, room=room)
            canvas.put(str(tally.n_steps), at + room, bottom, SMALL, FAINT, anchor=1)
            for row, (who, tallies) in enumerate(moment.tallies.items()):
                colour = INK if row == 0 else AGENT if who == "you" else BORDER
                middle = y + 2.8 + spacing * row
                if column == 0:
                    canvas.put_label(label_of(who), x, middle, names - x, colour)
                bar = self.colour if row == 0 else colour
                self._accuracy(at, middle, room, tallies[mask].accuracy, bar, colour)

    def _accuracy(self, x: int, y: float, room: int, accuracy: float, bar: Colour, colour: Colour) -> None:
        canvas = self.scaled
        box = Box(x, canvas.px(y - 0.3), room - canvas.px(2.1), canvas.px(0.6))
        canvas.fill(box, TRACK)
        if not np.isnan(accuracy):
            canvas.fill(box._replace(width=round(accuracy * box.width)), bar)
            canvas.put(f"{100 * accuracy:.0f}", x + room, y, 1, colour, anchor=1)


def _verdict_colour(is_right: bool, is_knowable: bool) -> Colour:
    if not is_knowable:
        return FAINT
    return RIGHT if is_right else WRONG
