"""Metric names: which steps count (a mask), on which worlds, over which part of the walk."""

import re
from typing import NamedTuple

HELD_OUT = "held-out"
# Masks that a run is scored on unless its experiment names others; the first of them is the headline.
HEADLINES = ("loop_closure", "zero_shot", "revisit")
TITLES = {
    "loop_closure": "loop closure",
    "unslipped_loop_closure": "loop closure without a slip",
    "dark_loop_closure": "loop closure in the dark",
    "dark_revisit": "revisits in the dark",
    "zero_shot": "ordered zero-shot",
    "revisit": "revisits",
    "seen_decision": "decisions",
    "seen": "seen before",
    "ltrm": "reference memory (LTRM)",
    "never_in_trial": "never in trial",
    "out_of_window": "out of window, in trial",
    "stwm": "working memory (STWM)",
    "last": "answers",
    "knowable": "completions",
    "rewritten": "rewritten",
}
_UPDATES_TO = re.compile(r"updates_to_(?P<mask>\w+)_(?P<accuracy>\.\d+)")
_PATTERN = re.compile(r"(?P<mask>\w+)(@(?P<worlds>[\w-]+))?(\[(?P<first>\d+)-(?P<last>\d+)\])?")


class Metric(NamedTuple):
    """An accuracy, as written in experiments and in the ledger.

    >>> Metric.parse("loop_closure@32x32[513-1024]")
    Metric(mask='loop_closure', worlds='32x32', steps=(513, 1024))

    Without `@worlds` it is about held-out worlds like those of training, without `[first-last]` about steps 1 to the
    length of the walks of training.
    """

    mask: str
    worlds: str = HELD_OUT
    steps: tuple[int, int] | None = None

    @classmethod
    def parse(cls, text: str) -> "Metric":
        """Read a metric; a ValueError shows the form if it is not one."""
        found = _PATTERN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a metric: write it like loop_closure, or loop_closure@32x32[513-1024].")
        steps = (int(found["first"]), int(found["last"])) if found["first"] else None
        return cls(found["mask"], found["worlds"] or HELD_OUT, steps)


class UpdatesTo(NamedTuple):
    """How long it takes to learn: after how many updates an accuracy on validation worlds is reached first.

    >>> UpdatesTo.parse("updates_to_ltrm_64_.70"), UpdatesTo.parse("ltrm_64")
    (UpdatesTo(mask='ltrm_64', accuracy=0.7), None)
    """

    mask: str
    accuracy: float

    @classmethod
    def parse(cls, text: str) -> "UpdatesTo | None":
        """Read one; None if it is something else."""
        found = _UPDATES_TO.fullmatch(text)
        return cls(found["mask"], float(found["accuracy"])) if found else None


def title_of(mask: str) -> str:
    """A mask in words; a window is left out.

    >>> title_of("ltrm_64"), title_of("ltrm_16")
    ('reference memory (LTRM)', 'reference memory (LTRM)')
    """
    return TITLES[re.sub(r"_\d+$", "", mask)]
