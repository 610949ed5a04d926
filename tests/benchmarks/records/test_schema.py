"""What a result file may say: one bad file is named, and left out; the others are read as if it were not there."""

import json
import os
import shutil

import pytest

from benchmarks.experiments import EXPERIMENTS
from benchmarks.records.collect import collect
from benchmarks.records.files import CURVES, read_json
from benchmarks.records.result import RESULTS, Result
from benchmarks.reports.ledger import ledger
from benchmarks.running.checkpoint import Checkpoint
from benchmarks.running.curves import learning_curve
from benchmarks.suite.outcomes import outcomes
from benchmarks.suite.same_run import nearly_equal
from benchmarks.suite.specification import published
from benchmarks.suite.standings import standings
from benchmarks.suite.tiers import NOTES, Tier, noted_weights
from tests.helpers.made_up import SUITE

LINE, RUN = EXPERIMENTS["zero-shot-line"], "zero-shot-line/quick/lstm"
BOARD_RUN = "hippo-1-line/quick/lstm"


def put(record, where, value):
    *path, last = where.split("/")
    for name in path:
        record = record[name]
    record[last] = value


@pytest.fixture
def results(tmp_path):
    for run in (RUN, BOARD_RUN):
        shutil.copytree(RESULTS / run, tmp_path / run)
    return tmp_path


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("provenance/versions", "x", "versions is 'x'"),
        ("provenance/commit", 7, "commit is 7"),
        ("provenance/device", "cpu\ud800", "half of a character"),
        ("provenance/train_cpu_seconds", 2**62, "not a duration of a run"),
        ("provenance/n_parameters", "many", "n_parameters is 'many', which is not a number"),
        ("provenance", [], r"provenance is \[\]"),
        ("learning/cpu_seconds", [2**62] * 21, "which no run takes"),
        ("learning/update", [1], "columns of different lengths"),
        ("variant", "x" * 4_000, "is called"),
        ("variant", 7, "its variant is 7: it should be text"),
        ("settings/agent", "x" * 4_000, "4,000 letters"),
        ("settings/sizes", "x", "settings.sizes is 'x'"),
        ("settings/n_updates", True, "settings.n_updates is True"),
        ("settings/seed", 1, "its seed is 2, but 1 in its settings"),
        ("seed", 10**30, "100 bits"),
        ("seed", "2", "seed is '2'"),
        ("bins", [32, 10**30], "100 bits"),
        ("bins", [128, 32], "do not increase"),
        ("bins", [32], "shapes"),
        ("curves/revisit/correct", [[10**30]], "whole numbers|too large|out of bounds"),
        ("curves/revisit/total", [[0] * 11], "more correct steps than known"),
        ("measurements", {"x": "\udfff"}, "half of a character"),
        ("measurements", {"x": float("inf")}, "not a number"),
        ("scores/held-out", None, "not a result"),
        ("more", 1, "which is not a field of a result"),
    ],
)
def test_a_field_that_cannot_be_is_named_with_its_file(where, value, said, results):
    path = results / RUN / "2.json"
    record = json.loads(path.read_text())
    put(record, where, value)
    path.write_text(json.dumps(record))
    with pytest.raises(ValueError, match=said) as raised:
        Result.read(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "null", "7", "", "\x80", '{"format": NaN}', "9" * 5_000])
def test_a_file_that_is_no_result_is_named_in_one_line(text, tmp_path):
    (tmp_path / "0.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match="is not a result of this version of hippo-envs") as raised:
        Result.read(tmp_path / "0.json")
    assert "\n" not in str(raised.value)


READERS = {
    "a result": Result.read,
    "notes": read_json,
    "a checkpoint": lambda path: Checkpoint.read(path, {}),
    "curves": lambda path: learning_curve(path.parent, ()),
    "weights": lambda path: nearly_equal(path, path),
}


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_pipes_and_devices_are_refused_at_once(make, read, tmp_path):
    path = tmp_path / CURVES
    make(path)
    with pytest.raises(ValueError, match="is a pipe or a device"):
        read(path)


@pytest.mark.parametrize("spoil", [lambda path: path.write_text("["), lambda path: (path.unlink(), os.mkfifo(path))])
def test_a_bad_file_is_named_and_left_out_of_claims_and_board(spoil, results, capsys):
    spoil(results / RUN / "2.json")
    spoil(results / BOARD_RUN / "2.json")
    assert [result.seed for result in collect(LINE, "quick", results)] == [0, 1, 3, 4]
    assert str(results / RUN / "2.json") in capsys.readouterr().err
    assert {row.n_seeds for row in ledger({LINE.name: LINE}, results) if row.agent == "lstm"} >= {4}
    found, left_out = outcomes(SUITE, "line", results, published(SUITE))
    assert [run.seed for run in found] == [0, 1, 3, 4]
    assert [line.partition(":")[0] for line in left_out] == [f"{BOARD_RUN}/2.json"]


def test_a_run_on_other_walks_or_without_a_measurement_takes_only_itself_away(results, capsys):
    path = results / RUN / "2.json"
    record = json.loads(path.read_text())
    record["provenance"]["evaluation_hash"] = {"held-out": "0" * 64}
    path.write_text(json.dumps(record))
    path = results / RUN / "3.json"
    record = json.loads(path.read_text())
    del record["scores"]["held-out"]["revisit"]
    path.write_text(json.dumps(record))
    rows = {row.metric: row.n_seeds for row in ledger({LINE.name: LINE}, results) if row.agent == "lstm"}
    assert rows["loop_closure"] == 4
    assert rows["revisit"] == 3
    told = capsys.readouterr().err
    assert "seed 2: it was scored on other walks" in told
    assert "seed 3, of revisit" in told


@pytest.mark.parametrize("notes", ["[]", "null", '{"a/b/c/0": []}', '{"a": {"tier": "reproduced"}}', "[" * 100_000])
def test_notes_that_are_none_leave_results_unchecked_and_are_named(notes, results):
    (results / NOTES).write_text(notes)
    found = standings(SUITE, results)
    assert set(found.entries["line"]["lstm"].tiers) == {Tier.SELF_REPORTED}
    assert any(NOTES in line for line in found.left_out)
    with pytest.raises(ValueError, match=NOTES):
        noted_weights(results)
