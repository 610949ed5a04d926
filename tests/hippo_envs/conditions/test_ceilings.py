"""Exact ceilings under conditions: what a list of all worlds says."""

import numpy as np
import pytest

from hippo_envs import (
    UniformPolicy,
    WorldFamily,
    make_family,
    sample_walks,
)
from hippo_envs.ceilings import bayes_filter
from hippo_envs.conditions import Conditions
from tests.helpers.conditioned import SQUARE
from tests.helpers.enumerated import exact_answers, random_graph

CEILED = [
    ((2,), 3, {"bare_share": 0.4}),
    ((3, 2), 3, {"bare_share": 0.3}),
    ((2,), 3, {"shuffle_actions": True}),
    ((3, 2), 2, {"shuffle_actions": True, "stay": False}),
    ((2,), 4, {"shuffle_actions": True, "bare_share": 0.2}),
    ((2,), 3, {"dark_after": 4}),
    ((3, 2), 3, {"dark_after": 3, "dark_share": 0.5}),
    ((2,), 3, {"dark_after": 3, "dark_share": 0.5, "shuffle_actions": True, "bare_share": 0.2}),
]


@pytest.mark.parametrize(("sides", "n_observations", "conditions"), CEILED)
def test_the_ceiling_is_what_a_list_of_all_worlds_says(sides, n_observations, conditions):
    family = make_family(SQUARE, width=sides[0], height=sides[-1], n_observations=n_observations, **conditions)
    walks = sample_walks(family, range(12), 9)
    answers = bayes_filter(walks)
    for world, (actions, heard) in enumerate(zip(walks.actions, walks.heard, strict=True)):
        said = exact_answers(family, actions, heard)
        np.testing.assert_array_equal(answers.known[world], said >= 0)
        np.testing.assert_array_equal(answers.correct[world], (said == walks.observations[world]) & (said >= 0))


@pytest.mark.parametrize(
    "conditions",
    [
        {"bare_share": 0.7},
        {"dark_after": 3, "dark_share": 0.5},
        {"bare_share": 0.4, "dark_after": 2, "dark_share": 0.4},
        {"slip": 0.4, "bare_share": 0.5},
        {"slip": 0.3, "dark_after": 2, "dark_share": 0.5},
    ],
)
def test_on_any_graph_the_ceiling_is_what_a_list_of_all_worlds_says(conditions):
    """With one-way edges, nodes that look alike and several graphs, where one is in doubt for long."""
    n_steps, checked = 6 if "slip" in conditions else 12, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        graphs = tuple(random_graph(rng, 2, 4) for _ in range(2))
        try:
            family = WorldFamily(graphs, 3, UniformPolicy(), conditions=Conditions(**conditions))
        except ValueError:  # nothing to slip to
            continue
        walks, checked = sample_walks(family, range(8), n_steps), checked + 1
        answers = bayes_filter(walks)
        for world, (actions, heard) in enumerate(zip(walks.actions, walks.heard, strict=True)):
            said = exact_answers(family, actions, heard)
            np.testing.assert_array_equal(answers.known[world], said >= 0)
            np.testing.assert_array_equal(answers.correct[world], (said == walks.observations[world]) & (said >= 0))
    assert checked > 20
