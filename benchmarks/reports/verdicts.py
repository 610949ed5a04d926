"""Verdicts on claims: met or missed if the whole interval lies on one side of the target, else undecided.

What an interval does not decide is undecided. Of the differences that one experiment claims at one preset some would
seem sure by chance: they share the chance of a single one, 5 % (Holm 1979, Scandinavian Journal of Statistics 6).
"""

import math
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from benchmarks.evaluation.statistics import Interval
from benchmarks.experiments.experiment import Claim, n_seeds_to_decide

MET, MISSED, UNDECIDED, OPEN = VERDICTS = ("met", "missed", "undecided", "open")
BY_CHANCE = 0.05


class Measured(NamedTuple):
    """A claim and what was measured: the mean over runs with its 95 % interval."""

    claim: Claim
    interval: Interval
    n_seeds: int

    @property
    def is_difference(self) -> bool:
        """Between two agents, or within each run."""
        return " - " in self.claim.agent or " - " in self.claim.metric


def verdicts(measured: Sequence[Measured]) -> list[str]:
    """The verdicts on the claims of one experiment at one preset, in their order; "" where nothing is aimed at."""
    found = [_verdict(each) for each in measured]
    differences = [i for i, each in enumerate(measured) if each.is_difference and found[i] not in ("", OPEN)]
    chances = {i: _chance(measured[i]) for i in differences}
    surest_first = sorted(differences, key=chances.__getitem__)
    sure = takewhile(lambda at: chances[at[1]] <= BY_CHANCE / (len(differences) - at[0]), enumerate(surest_first))
    for i in set(differences) - {i for _, i in sure}:
        found[i] = UNDECIDED
    return found


def target_range(claim: Claim) -> tuple[float, float] | None:
    """From where to where the number should lie; None if nothing is aimed at."""
    if claim.within is not None:
        if claim.paper is None:
            raise ValueError(f"{claim.agent} {claim.metric} has within={claim.within}, and needs `paper`, the number.")
        return claim.paper - claim.within, claim.paper + claim.within
    if claim.at_least is not None:
        return claim.at_least, math.inf
    return None if claim.at_most is None else (-math.inf, claim.at_most)


def _verdict(measured: Measured) -> str:
    aim = target_range(measured.claim)
    if aim is None:
        return ""
    if measured.n_seeds < n_seeds_to_decide(measured.claim.preset):
        return OPEN
    _, low, high = measured.interval
    if measured.is_difference and low == high and low in aim:
        return MISSED  # no difference at all: nothing is larger than itself
    if aim[0] <= low and high <= aim[1]:
        return MET
    return MISSED if high < aim[0] or low > aim[1] else UNDECIDED


def _chance(measured: Measured) -> float:
    """How often runs would differ as much as these from a true value at the end of the range: p of a two-sided t."""
    from scipy.special import stdtr, stdtrit  # what `scipy.stats` calls, which takes most of a second to import

    value, low, high = measured.interval
    distance = min(abs(value - end) for end in target_range(measured.claim) or () if math.isfinite(end))
    if high == low:
        return 0.0
    degrees = measured.n_seeds - 1
    t = distance / (high - low) * 2 * float(stdtrit(degrees, 0.975))
    return 2 * float(stdtr(degrees, -t))
