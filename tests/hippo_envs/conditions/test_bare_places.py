"""Bare places: as many as asked for, which show the symbol that no other place shows."""

import numpy as np
import pytest

from hippo_envs import (
    make_family,
    sample_walks,
)
from tests.helpers.conditioned import SQUARE


def test_bare_places_are_as_many_as_asked_for_and_show_what_no_other_does():
    walks = sample_walks(make_family(SQUARE, bare_share=0.3, n_observations=10, remap_after=5), range(200), 10)
    for symbols in (walks.worlds.observation_at, walks.worlds.observation_later):
        symbols = symbols[symbols >= 0]
        shares = np.bincount(symbols, minlength=10) / len(symbols)
        expected = np.r_[0.3, np.full(9, 0.7 / 9)]
        np.testing.assert_allclose(shares, expected, atol=5 * np.sqrt(0.25 / len(symbols)))
    assert walks.worlds.family.n_answers == 9


def test_familiar_maps_have_bare_places_too():
    family = make_family("hippo/ReferenceMemory-v0", bare_share=0.5)
    assert (family.maps == 0).mean() == pytest.approx(0.5, abs=0.05)
    walks = sample_walks(family, range(5), 60)
    assert (walks.observations[walks.knowable] > 0).all()
