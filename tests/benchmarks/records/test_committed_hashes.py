"""Hashes name run folders and published suites: whatever is moved or rewritten, they stay what they were."""

import pytest

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.suites import SUITES, TASKS
from benchmarks.records.collect import is_current, read_all
from benchmarks.records.provenance import settings_hash
from benchmarks.records.result import RESULTS
from benchmarks.records.settings import settings_of
from benchmarks.suite.specification import published

ALL = EXPERIMENTS | STUDIES | TASKS
COMMITTED = [
    (name, preset) for name in ALL for preset in ("quick", "hour", "paper") if (RESULTS / name / preset).is_dir()
]


@pytest.mark.parametrize(("name", "preset"), COMMITTED)
def test_settings_of_every_committed_result_are_made_again_with_the_same_hash(name, preset, golden):
    """A new field of settings is left out where it has its default: else every folder of runs has a new name."""
    hashes = {}
    for result in read_all(ALL[name], preset, RESULTS).results.values():
        assert is_current(result, ALL[name], preset)
        now = settings_of(ALL[name], result.variant, result.preset, result.seed)
        hashes[f"{result.variant} {result.seed}"] = settings_hash(now.as_json())
    assert hashes == golden("settings-hashes.json", f"{name} {preset}", hashes)


def test_every_committed_result_is_of_an_experiment_that_there_is():
    folders = {path.name for path in RESULTS.iterdir() if path.is_dir()}
    assert folders == {name for name, _ in COMMITTED}


def test_the_published_suite_is_the_one_whose_results_are_committed():
    """Whoever changes it on purpose changes this line, publishes its walks anew, and verifies its results again."""
    assert published(SUITES["hippo-1"])["specification_hash"] == (
        "bbb1edd038b9d3d7a3430604265c54933f58c474e53bbf674ff7a3ed160fcdef"
    )
