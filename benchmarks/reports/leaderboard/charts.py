"""Small charts as inline SVG: plain numbers in, markup out, the same markup each time.

A colour is the property --of, such as "#0072b2", from which the style sheet of the page makes those for light and dark.
"""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

BAR = (132, 16)
CURVES = (300, 190)
MARGINS = (28, 8, 78, 26)  # left, top, right (for names), bottom
DASHES = ("", "5 2", "1 2", "7 2 1 2", "3 2", "9 3", "2 4")


class Line(NamedTuple):
    """A learning curve: a name, its colour and dashes, and its points."""

    name: str
    colour: str
    dash: str
    x: Sequence[float]
    y: Sequence[float]


def interval_bar(value: float, low: float | None, high: float | None, colour: str) -> Markup:
    """A dot on a track from 0, the floor, to 1, the ceiling, on the line of its interval."""
    width, height = BAR
    middle = height / 2

    def at(score: float) -> str:
        return f"{5 + (width - 10) * min(max(score, -0.04), 1.04):.1f}"

    spread = ""
    if low is not None and high is not None:
        spread = f'<line class="spread" x1="{at(low)}" x2="{at(high)}" y1="{middle:g}" y2="{middle:g}"/>'
    ticks = "".join(f'<line class="tick" x1="{at(x)}" x2="{at(x)}" y1="4" y2="{height - 4}"/>' for x in (0, 0.5, 1))
    return Markup(
        f'<svg class="bar agent" style="--of:{colour}" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' aria-hidden="true">'
        f'<line class="track" x1="{at(0)}" x2="{at(1)}" y1="{middle:g}" y2="{middle:g}"/>{ticks}{spread}'
        f'<circle cx="{at(value)}" cy="{middle:g}" r="3.6"/></svg>'
    )


def learning_curves(title: str, lines: Sequence[Line], floor: float, ceiling: float) -> Markup:
    """Accuracy against CPU seconds of training; names stand at the ends of the lines, apart from one another."""
    width, height = CURVES
    left, top, right, bottom = MARGINS
    last = max((x for line in lines for x in line.x), default=1.0) or 1.0

    def point(x: float, y: float) -> tuple[float, float]:
        return left + (width - left - right) * x / last, top + (height - top - bottom) * (1 - min(max(y, 0), 1))

    parts = []
    for y in (0, 0.25, 0.5, 0.75, 1):
        row = point(0, y)[1]
        parts.append(f'<line class="grid" x1="{left}" x2="{width - right}" y1="{row:.1f}" y2="{row:.1f}"/>')
        if y in (0, 0.5, 1):
            parts.append(f'<text x="{left - 6}" y="{row + 3.5:.1f}" text-anchor="end">{y:g}</text>')
    for y in (floor, ceiling):
        row = point(0, y)[1]
        parts.append(f'<line class="bound" x1="{left}" x2="{width - right}" y1="{row:.1f}" y2="{row:.1f}"/>')
    foot = height - bottom + 15
    parts += [
        f'<text x="{left}" y="{foot}">0</text>',
        f'<text x="{width - right}" y="{foot}" text-anchor="end">{last:.0f} CPU s</text>',
    ]
    ends = _apart([point(line.x[-1], line.y[-1])[1] for line in lines])
    for line, end in zip(lines, ends, strict=True):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(point, line.x, line.y))
        x, y = point(line.x[-1], line.y[-1])
        parts.append(
            f'<g class="agent" style="--of:{line.colour}"><polyline points="{points}" stroke-dasharray="{line.dash}"/>'
            f'<path class="lead" d="M{x:.1f} {y:.1f}L{width - right + 3} {end:.1f}"/>'
            f'<text x="{width - right + 6}" y="{end + 3.5:.1f}">{escape(line.name)}</text></g>'
        )
    label = escape(f"Learning curves on {title}: accuracy on validation worlds against CPU seconds.")
    return Markup(
        f'<svg class="curves" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def _apart(rows: Sequence[float], gap: float = 12.0) -> list[float]:
    """Where names go: in the order of their lines, at least a gap apart, and none below the axis."""
    order = sorted(range(len(rows)), key=lambda i: rows[i])
    placed, room = list(rows), -gap
    for i in order:
        placed[i] = room = max(rows[i], room + gap)
    room = CURVES[1] - MARGINS[3] + gap
    for i in reversed(order):
        placed[i] = room = min(placed[i], room - gap)
    return placed
