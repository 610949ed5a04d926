"""What a study measures, as results keep it."""

import numpy as np
import pytest

from benchmarks.experiments.study import as_measured


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (0.123456, 0.1235),
        (np.float32(0.5), 0.5),
        (3, 3),
        (True, True),
        ("a word", "a word"),
        (None, None),
        (float("nan"), None),
        ([1.0, [float("inf"), -np.inf]], [1.0, [None, None]]),  # of a run that has diverged
    ],
)
def test_numbers_are_kept_rounded_and_what_has_diverged_as_none(value, kept):
    found = as_measured(value)
    assert found == kept
    assert type(found) is type(kept)


def test_as_many_decimals_are_kept_as_asked():
    assert as_measured(0.123456, decimals=5) == 0.12346
