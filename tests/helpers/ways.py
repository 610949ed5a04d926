"""Ways of training, and a small set of pairs (experiment, variant) that covers all of them."""

import re
from collections.abc import Callable, Iterable

from agents import AGENTS
from benchmarks.experiments.experiment import Experiment

Pair = tuple[Experiment, str]


def ways_of(experiment: Experiment, variant: str) -> set[tuple]:
    """What this pair does that another may not: a new value of any of these is trained in the tests."""
    chosen = experiment.variants[variant]
    return {
        ("agent", chosen.agent),  # with its loss, its update and its optimiser's steps
        ("learns", experiment.learns),
        ("masks", tuple(re.sub(r"\d+", "n", mask) for mask in experiment.masks)),
        ("environment", experiment.environment),
        ("stepped", experiment.stepped),
        ("second stage", chosen.after is not None),
        ("trains in other worlds", bool(chosen.trains_in)),
        ("worlds last", any(preset.lasting is not None for preset in experiment.presets.values())),
        *(("option", chosen.agent, name) for name in chosen.sizes if not name.startswith("n_")),  # more of the same
    }


def measurements_of(experiment: Experiment, variant: str) -> set[tuple]:
    """What is measured of which agent; each is made of an agent of a few units, apart from the ways of training."""
    chosen = experiment.variants[variant]
    return {(chosen.agent, name) for name in chosen.measurements}


def every_pair(experiments: Iterable[Experiment]) -> list[Pair]:
    """All but agents of one task, which have tests of their own."""
    return [
        (experiment, name)
        for experiment in experiments
        for name, variant in experiment.variants.items()
        if variant.agent in AGENTS
    ]


def one_for_each(
    experiments: Iterable[Experiment], ways_of: Callable[[Experiment, str], set[tuple]] = ways_of, *kinds: str
) -> list[Pair]:
    """The pairs with a way that none before them has: cheap ones first, so that dear ones show only what is theirs.

    `kinds`: look at these ways alone.
    """
    shown: set[tuple] = set()
    pairs = []
    for experiment, variant in sorted(every_pair(experiments), key=_cost):
        ways = {way for way in ways_of(experiment, variant) if not kinds or way[0] in kinds}
        if not ways <= shown:
            pairs.append((experiment, variant))
            shown |= ways
    return pairs


def _cost(pair: Pair) -> tuple[int, int]:
    """An update of TEM as it was published takes a hundred times as long as one of the rest; a measurement, seconds."""
    experiment, variant = pair
    chosen, smoke = experiment.variants[variant], experiment.presets["smoke"]
    steps = smoke.evaluation_length if chosen.agent == "tem" and not smoke.sizes else 0
    return steps, len(chosen.measurements)
