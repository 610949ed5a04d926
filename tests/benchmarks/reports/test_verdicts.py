"""Verdicts: a whole interval on one side of the target decides, and many differences share one chance of error."""

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.evaluation.statistics import over_seeds
from benchmarks.experiments.experiment import Claim
from benchmarks.reports.verdicts import Measured, verdicts


def measured(values, agent="a", **aim):
    return Measured(Claim(agent, "quick", "revisit", **aim), over_seeds(values), len(values))


def verdict(values, **aim):
    return verdicts([measured(values, **aim)])[0]


ABOUT_HALF = [0.4, 0.45, 0.5, 0.55, 0.6]  # .5, from .402 to .598


@pytest.mark.parametrize(
    ("aim", "expected"),
    [
        ({"at_least": 0.40}, "met"),
        ({"at_least": 0.45}, "undecided"),
        ({"at_least": 0.60}, "missed"),
        ({"at_most": 0.60}, "met"),
        ({"at_most": 0.55}, "undecided"),
        ({"at_most": 0.40}, "missed"),
        ({"paper": 0.52, "within": 0.15}, "met"),
        ({"paper": 0.52, "within": 0.05}, "undecided"),
        ({"paper": 0.70, "within": 0.05}, "missed"),
        ({}, ""),
    ],
)
def test_a_claim_is_decided_by_its_whole_interval(aim, expected):
    assert verdict(ABOUT_HALF, **aim) == expected


def test_runs_that_are_too_few_leave_a_claim_open():
    assert verdict(ABOUT_HALF[:4], at_least=0.0) == "open"


def test_a_number_without_spread_meets_a_target_that_it_equals_and_a_difference_of_nothing_does_not():
    assert verdict([1.0] * 5, at_least=1.0) == "met"
    assert verdict([0.0] * 5, agent="a - b", at_least=0.0) == "missed"
    assert verdict([0.0] * 5, agent="a - b", at_least=-0.02) == "met"


def test_a_target_within_a_distance_of_no_number_is_refused():
    with pytest.raises(ValueError, match=r"has within=0\.1, and needs `paper`"):
        verdict(ABOUT_HALF, within=0.1)


def differing(chance):
    """Five differences whose two-sided p against 0 is this."""
    spread = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    t = stats.t.isf(chance / 2, 4)
    return spread + t * spread.std(ddof=1) / math.sqrt(5)


def test_differences_of_one_experiment_share_the_chance_of_error():
    """Holm (1979): of three, the surest needs p <= .05 / 3, the next .05 / 2, the last .05."""

    def of(*chances):
        return verdicts([measured(differing(chance), agent="a - b", at_least=0.0) for chance in chances])

    assert of(0.04) == ["met"]
    assert of(0.04, 0.024, 0.016) == ["met", "met", "met"]
    assert of(0.04, 0.024, 0.017) == ["undecided", "undecided", "undecided"]
    assert of(0.03, 0.026, 0.016) == ["undecided", "undecided", "met"]
    turned = [measured(-differing(chance), agent="a - b", at_least=0.0) for chance in (0.04, 0.016)]
    assert verdicts(turned) == ["missed", "missed"]


def test_numbers_of_one_agent_and_open_claims_are_not_counted_among_the_differences():
    difference = measured(differing(0.04), agent="a - b", at_least=0.0)
    single, few = measured(differing(0.5), at_least=0.0), measured(differing(0.9)[:3], agent="a - c", at_least=0.0)
    assert verdicts([difference, single, few]) == ["met", "undecided", "open"]
