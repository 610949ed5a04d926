"""The palette: one colour for an agent by its name, in figures, on the board, in rollouts and in the gallery.

Plain strings, such as "#0072b2", without matplotlib. A family of agents has one hue; its variants differ in lightness,
or in dashes that tell what is changed: `nmda-a10-unit-slope` is `nmda-a10` dashed. Colours that share a figure can be
told apart without one kind of cone, which a test holds.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from zlib import crc32

Dashes = tuple[float, ...]  # lengths of dash, gap, dash, ... in widths of the line; a whole line if empty


class Look(NamedTuple):
    """How the line of an agent looks."""

    colour: str
    dashes: Dashes = ()


DASHED, DOTTED, DASH_DOTTED = (4.0, 1.6), (1.2, 1.4), (5.0, 1.4, 1.2, 1.4)

# By name; the variant of an agent is called by both, such as `tem-t-relu`.
AGENTS: Mapping[str, str] = {
    "tem-t": "#0072b2",
    "tem-t-relu": "#00305c",
    "tem-t-one-module": "#8cc4ea",
    "tem-t-published": "#0072b2",
    "tem-t-published-relu": "#00305c",
    "tem-t-published-normal": "#8cc4ea",
    # Conditions of grid cells: rectified codes dashed, ours by their modules.
    "tem-t-published-no-energy": "#b3b3b3",
    "tem-t-published-energy": "#e69f00",
    "tem-t-published-weights": "#591600",
    "tem-t-published-apart": "#882255",
    "tem-t-published-relu-energy": "#e69f00",
    "tem-t-published-relu-energy-apart": "#882255",
    "tem-t-1-modules": "#a9d18e",
    "tem-t-4-modules": "#4f8f3a",
    "tem-t-16-modules": "#1c3d12",
    "tem-t-1-modules-relu": "#a9d18e",
    "tem-t-4-modules-relu": "#4f8f3a",
    "tem-t-16-modules-relu": "#1c3d12",
    "tem-t-bptt-20": "#66b5dd",
    "tem-t-landmarks": "#cca11f",
    "tem-t-landmarks-product": "#8a1c4a",
    "tem-t-no-drift-penalty": "#008000",
    "tem-t-write-gate": "#24594c",
    "tem-t-weight-penalty": "#85cc96",
    "tem-t-position-penalty": "#591600",
    "tem": "#009e73",
    "transformer": "#cc79a7",
    # By its position code, those that follow actions in the colours of the agents that have them.
    "transformer-none": "#b3b3b3",
    "transformer-sinusoids": "#cc79a7",
    "transformer-rope": "#f2c9de",
    "transformer-angles": "#220066",
    "transformer-matrices": "#0072b2",
    "transformer-given": "#1a1a1a",
    "lstm": "#e69f00",
    "cscg": "#6b6b6b",
    "cscg-look-alike": "#d98880",
    "gated-deltanet": "#a9d18e",
    "gated-deltanet-positive": "#4f8f3a",
    "mapformer": "#220066",
    "mapformer-em": "#b39ddb",
    # Memory without slots: the more units, the darker.
    "slot-free": "#56b4e9",
    "slot-free-4": "#b7e0d8",
    "slot-free-8": "#56b4e9",
    "slot-free-16": "#3a8a70",
    "slot-free-32": "#0d3b4a",
    # The NMDA transformer: the larger alpha, the lighter; the default is 10.
    "nmda": "#d55e00",
    "nmda-learned": "#7a2e00",
    "nmda-a0": "#0b0724",
    "nmda-a0.1": "#401160",
    "nmda-a1": "#7d2a8c",
    "nmda-a3": "#b83a6e",
    "nmda-a10": "#d55e00",
    "nmda-a30": "#f0941e",
    "nmda-a100": "#f4d968",
    "nmda-relu": "#23b9eb",
    "nmda-gelu": "#2323eb",
    "nmda-silu": "#85cca8",
    "nmda-leaky-relu": "#591600",
    "nmda-sigmoid": "#3a5959",
    "nmda-tanh": "#a66c97",
    "nmda-relative-position": "#d55e00",
    "nmda-true-position": "#3a8a70",
    # Familiar maps that it learns: the more, the lighter.
    "nmda-1-maps": "#440154",
    "nmda-2-maps": "#38588c",
    "nmda-4-maps": "#24878e",
    "nmda-4-maps-of-7x7": "#7f4f24",
    "nmda-8-maps": "#1fa287",
    "nmda-16-maps": "#46c06f",
    "nmda-32-maps": "#bddf26",
    # Memories in weights.
    "k-winner": "#a65300",
    "one-winner": "#5e5eeb",
    "k-winner-two-matrices": "#ebb923",
    "k-winner-fan-in-0.1": "#6ca689",
    "graded": "#1d1147",
    "k-winner-slow": "#98c2eb",
    "no-layer": "#a9d18e",
    "one-layer": "#4f8f3a",
    "two-layers": "#1c3d12",
    # Transformers of the case sequence.
    "mhn-transformer": "#882255",
    "baseline": "#1a1a1a",
    "baseline-published": "#1a1a1a",
    "baseline-exact": "#6b6b6b",
    "baseline-fair": "#b3b3b3",
    "baseline-fair-rate": "#b3b3b3",
    "fixed": "#8c6d1f",
    "fixed-projected": "#d9b84a",
    "slots-of-3": "#d9b84a",
    "slots-of-4": "#8c6d1f",
    "mhn": "#882255",
    "mhn-projected": "#e0a3c0",
    "mhn-of-4": "#882255",
    "mhn-by-item-of-4": "#e0a3c0",
    "mhn-strength-1": "#f0c9dc",
    "mhn-strength-3": "#d987ad",
    "mhn-strength-10": "#b0437c",
    "mhn-strength-100": "#4a1030",
    "qk": "#1f7a8c",
    "qk-projected": "#5fc9de",
    "qk-by-item": "#b8860b",
    "qk-strength-100": "#2b4fc9",
    "qk-hidden-4": "#cfe8a9",
    "qk-hidden-8": "#7cc4d1",
    "qk-hidden-16": "#1f7a8c",
    "qk-hidden-32": "#0c3640",
    # Learners from reward.
    "ppo": "#591600",
    "recurrent-ppo": "#c98a1b",
    "ppo-window": "#85cccc",
    "ppo-memory": "#24478f",
}
# What an ending of a name changes of the look; an ending that changes no colour is left out of the name.
ENDINGS: tuple[tuple[re.Pattern[str], Dashes], ...] = (
    (re.compile(r"-at-0\.002"), ()),
    (re.compile(r"-at-0\.004"), DASHED),
    (re.compile(r"-at-0\.008"), DOTTED),
    (re.compile(r"-at-0\.016"), DASH_DOTTED),
    (re.compile(r"-unit-variance"), DOTTED),
    (re.compile(r"-unit-slope|-twice-as-long|-then-a-quarter"), DASHED),
    (re.compile(r"-then-as-much"), DOTTED),
    (re.compile(r"-torus"), DASHED),
    (re.compile(r"-slip"), DOTTED),
    (re.compile(r"-unknown-actions"), DASH_DOTTED),
    (re.compile(r"-b\d+|-l8"), ()),
    (re.compile(r"-l4"), DASH_DOTTED),
    (re.compile(r"-l16"), DASHED),
    (re.compile(r"-l26"), DOTTED),
)
DASHED_AGENTS: Mapping[str, Dashes] = {
    **{f"tem-t-published{part}": DASHED for part in ("", "-relu", "-normal")},
    **{f"tem-t-published-relu-energy{part}": DOTTED for part in ("", "-apart")},
    **{f"tem-t-{n}-modules-relu": DOTTED for n in (1, 4, 16)},
    "tem-t-published-weights": DASH_DOTTED,
    "baseline-fair-rate": DASH_DOTTED,
    "fixed-projected": DASHED,
    "mhn-projected": DASHED,
    **{f"mhn-strength-{strength}": DASHED for strength in (1, 3, 10, 100)},
    **{f"qk-hidden-{n_hidden}": DOTTED for n_hidden in (4, 8, 16, 32)},
}
# For agents of one's own: by name as well, so that a colour stays with its agent.
OTHERS = ("#332288", "#999933", "#aa4499", "#117733", "#cc6677", "#44aa99", "#7f4f24", "#6b6b6b")

# Lines of one agent, such as its memories.
SERIES = ("#332288", "#44aa99", "#ddaa33", "#882255")
RIGHT, WRONG = "#009e73", "#e24a14"
# Rates, from the lowest of a unit to its highest: ColorBrewer's yellow, green, blue, which reads without colour.
RATES = ("#ffffd9", "#c7e9b4", "#41b6c4", "#225ea8", "#081d58")
NO_RATE = "#e9ecf1"  # where it never was


def look_of(name: str, agent: str = "") -> Look:
    """How an agent is drawn.

    Args:
        name: an agent, or a variant of an experiment.
        agent: whose variant it is, where that is known: `relu` is another one of TEM-t than of the NMDA transformer.

    >>> look_of("relu", "tem-t") == look_of("tem-t-relu")
    True

    A variant that has no colour has that of its family, such as `tem-t-square`; an agent of one's own one of `OTHERS`.
    """
    whole = name if not agent or name.startswith(agent) else f"{agent}-{name}"
    base, dashes = _without_endings(whole)
    families = [base, name, *(base.rsplit("-", n)[0] for n in range(1, base.count("-") + 1))]
    known = next((AGENTS[family] for family in families if family in AGENTS), None)
    return Look(known or OTHERS[crc32(whole.encode()) % len(OTHERS)], dashes or DASHED_AGENTS.get(base, ()))


def looks_of(agents: Mapping[str, str]) -> dict[str, Look]:
    """How the variants of one figure are drawn, given the agent of each or ""; no two that are unknown look alike."""
    looks, taken = {}, set()
    for name, agent in agents.items():
        first = look_of(name, agent)
        others = (first._replace(colour=colour) for colour in OTHERS) if first.colour in OTHERS else ()
        dashed = (first._replace(dashes=dashes) for dashes in (DASHED, DOTTED, DASH_DOTTED))
        look = next((free for free in (first, *others, *dashed) if free not in taken), first)
        looks[name] = look
        taken.add(look)
    return looks


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of 0 to 255.

    >>> rgb("#0072b2")
    (0, 114, 178)
    """
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _without_endings(name: str) -> tuple[str, Dashes]:
    dashes: Dashes = ()
    for ending, drawn in ENDINGS:
        shorter = re.sub(rf"(?:{ending.pattern})$", "", name)
        name, dashes = shorter, drawn if shorter != name and drawn else dashes
    return name, dashes
