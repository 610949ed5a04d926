"""Preparing a submission: what belongs to it goes in, whole or not at all."""

import shutil
from dataclasses import replace

import pytest

from benchmarks.records.files import PREDICTIONS, RESULT, WEIGHTS
from benchmarks.records.result import Result
from benchmarks.suite.submission import submit
from benchmarks.suite.verification import MANIFEST, verify
from tests.helpers.submissions import only, reproduced_here, the_run


def test_submitting_says_what_is_missing(submission, tmp_path):
    with pytest.raises(ValueError, match="no finished run"):
        submit([tmp_path / "nowhere"], tmp_path / "out")
    with pytest.raises(ValueError, match="is not empty"):
        submit([submission], submission)
    (the_run(submission) / PREDICTIONS).unlink()
    with pytest.raises(ValueError, match=r"no predictions.npz beside"):
        submit([submission], tmp_path / "out")


@pytest.fixture
def runs(submission, tmp_path):
    """A folder as it comes about: runs of the suite, of an experiment that is of none, a smoke run, another agent."""
    result = Result.read(the_run(submission) / RESULT)
    changes = {
        "alone": {"experiment": "capacity"},
        "smoke": {"preset": "smoke"},
        "other": {"variant": "tem-t"},
    }
    shutil.copytree(the_run(submission), tmp_path / "runs" / "whole")
    for name, changed in changes.items():
        (tmp_path / "runs" / name).mkdir()
        replace(result, settings={**result.settings, **changed}, **changed).write(tmp_path / "runs" / name / RESULT)
    return tmp_path / "runs"


@pytest.mark.slow
def test_submitting_leaves_out_what_is_of_no_suite_or_not_asked_for(runs, tmp_path):
    files, left_out = submit([runs], tmp_path / "out", ["lstm"])
    assert {path.parent.name: why for path, why in left_out.items()} == {
        "alone": "capacity is not a task of a suite",
        "smoke": "its preset is smoke, and that of hippo-1 is quick",
        "other": "tem-t is not among the agents asked for",
    }
    names = [path.relative_to(tmp_path / "out").as_posix() for path in files]
    assert names == sorted([MANIFEST, *(f"line/lstm/0/{name}" for name in (RESULT, PREDICTIONS, WEIGHTS))])
    assert only(verify([tmp_path / "out"], n_fresh=20)).tier is reproduced_here()
    with pytest.raises(ValueError, match=r"No run in .* can be submitted: .*lstm is not among the agents asked for"):
        submit([runs], tmp_path / "again", ["nobody"])


def test_submitting_leaves_no_half_a_folder_behind(runs, tmp_path):
    with pytest.raises(ValueError, match=r"no predictions.npz beside .*other"):
        submit([runs], tmp_path / "new" / "out")
    assert not (tmp_path / "new").exists()
