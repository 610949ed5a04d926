import sys
from functools import cache

import pytest

from benchmarks.records import provenance


@pytest.fixture(autouse=True, scope="session")
def _what_every_run_does_besides_is_short():
    """Progress is measured in four worlds of 32, and git is asked once which commit this is.

    No index is kept: it would fill the user's cache with those of folders that are gone.
    """
    once = cache(provenance.commit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.running.training.N_VALIDATION_WORLDS", 4)
        patch.setattr("benchmarks.records.index.FEW", sys.maxsize)
        patch.setattr("benchmarks.running.run.commit", once)
        patch.setattr("benchmarks.running.run_study.commit", once)
        yield
