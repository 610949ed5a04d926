"""The palette: every agent has one colour, and those that share a figure can be told apart by everyone."""

from itertools import combinations

import pytest

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.colours import OTHERS, SERIES, look_of, looks_of
from benchmarks.experiments.suites import TASKS
from tests.helpers.colour_vision import VISIONS, difference

AT_A_GLANCE = 9.5  # of CIEDE2000
# Of a hundred variants, which no figure shows.
SEARCHES = {
    "nmda-learning-rates",
    "case-sequence-learning-rates",
    *(n for n, one in EXPERIMENTS.items() if one.chooses),
}
REMEDY = "give it a colour in benchmarks/experiments/colours.py"
EVERYTHING = {name: experiment for name, experiment in (EXPERIMENTS | TASKS | STUDIES).items() if experiment.variants}


def looks_in(experiment):
    return looks_of({name: getattr(variant, "agent", "") for name, variant in experiment.variants.items()})


def least(one, other):
    return min(difference(one, other, vision) for vision in VISIONS if vision != "tritan")


def test_differences_are_those_of_the_published_examples():
    """Black and white are 100 apart, and blue is far from yellow for everyone; red and green are not."""
    assert difference("#000000", "#ffffff") == pytest.approx(100, abs=0.01)
    assert difference("#808080", "#808080") == 0
    assert difference("#bb3333", "#668800", "deutan") < difference("#bb3333", "#668800") / 2


@pytest.mark.parametrize("name", sorted(set(EVERYTHING) - SEARCHES))
def test_lines_of_a_figure_can_be_told_apart_without_one_kind_of_cone(name):
    """By colour, or by dashes: the figures of these have a line for each variant."""
    kinds = {"-b5": 0, "-b10": 1, "-b15": 2, "-b20": 3, "-b30": 4}  # a panel for each
    looks = looks_in(EVERYTHING[name])
    for (one, a), (other, b) in combinations(looks.items(), 2):
        panels = [next((n for end, n in kinds.items() if variant.endswith(end)), None) for variant in (one, other)]
        if panels[0] == panels[1]:
            alike = a.dashes == b.dashes and least(a.colour, b.colour) <= AT_A_GLANCE
            assert not alike, f"{one} and {other} of {name} look alike: {REMEDY}"


def test_an_agent_has_one_colour_wherever_it_is():
    seen = {}
    for experiment in EVERYTHING.values():
        for name, look in looks_in(experiment).items():
            agent = getattr(experiment.variants[name], "agent", "")
            assert seen.setdefault((agent, name), look) == look, f"{name} of {experiment.name}: {REMEDY}"


def test_a_variant_is_its_agent_in_other_dashes():
    tuned, plain = look_of("nmda-a10-unit-slope-at-0.004", "nmda"), look_of("nmda-a10", "nmda")
    assert tuned.colour == plain.colour
    assert tuned.dashes != plain.dashes


def test_agents_of_ones_own_keep_their_colour_and_do_not_share_one():
    looks = looks_of({f"mine:Agent{i}": f"mine:Agent{i}" for i in range(len(OTHERS))})
    assert len(set(looks.values())) == len(OTHERS)
    assert looks["mine:Agent0"] == look_of("mine:Agent0")


def test_lines_of_one_agent_can_be_told_apart():
    assert min(least(one, other) for one, other in combinations(SERIES, 2)) > AT_A_GLANCE
