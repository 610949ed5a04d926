"""What the commands of a suite say to who has only part of what they need, and where they lead."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from benchmarks.__main__ import COMMANDS
from benchmarks.experiments.suites import SUITES
from benchmarks.records.files import PREDICTIONS, RESULT, WEIGHTS
from benchmarks.records.result import Result
from benchmarks.suite import sandbox, verification
from benchmarks.suite.retraining import Retrained
from benchmarks.suite.specification import published
from benchmarks.suite.tiers import NOTES, Tier, write_note
from benchmarks.suite.verification import Checked
from tests.helpers.submissions import the_run


def verify(*paths, **options):
    """The status that the command ends with."""
    with pytest.raises(SystemExit) as ended:
        COMMANDS["verify"](paths, **options)
    return ended.value.code


@pytest.fixture
def row(submission, tmp_path):
    """A result as it is committed, without what would prove it."""
    result = Result.read(the_run(submission) / RESULT)
    result.write(tmp_path / "0.json")
    return tmp_path / "0.json"


def test_a_bare_result_is_not_passed_over_in_silence(row, capsys):
    assert verify(row) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"{row}: self-reported, nothing was checked: predictions.npz and weights.safetensors")
    assert f"python -m benchmarks verify --retrain {row}" in said


@pytest.mark.slow
def test_a_bare_result_is_trained_anew_and_compared(row, capsys):
    assert verify(row, retrain=True, fresh_worlds=20) == 0
    said = capsys.readouterr().out
    accuracy = Result.read(row).accuracy("loop_closure")
    assert f"{row}: trained again its accuracy is {accuracy:.4f}, and its file says {accuracy:.4f}" in said
    assert "a difference of +0.0000, which is within rounding; reproduced" in said


@pytest.mark.parametrize(
    ("again", "spread", "holds", "means"),
    [
        (0.6009, 0.0, True, "which is within rounding"),
        (0.58, 0.03, True, "within the 95 % spread between two of its 5 seeds, 0.0300"),
        (0.56, 0.03, False, "beyond the 95 % spread between two of its 5 seeds, 0.0300"),
        (0.58, math.nan, False, "and the spread over seeds is unknown, as there is no other seed beside it"),
    ],
)
def test_what_a_difference_means(again, spread, holds, means):
    """On another processor the run of a seed is as another seed would be."""
    found = Retrained(0.6, again, spread, 5, Checked(Path("result.json")))
    assert found.holds is holds
    assert means in str(found)
    assert not found._replace(checked=Checked(Path("result.json"), refused="its scores are not")).holds


def test_only_what_this_version_would_train_alike_is_trained_anew(row, capsys):
    result = Result.read(row)
    replace(result, settings={**result.settings, "learning_rate": 1.0}).write(row)
    assert verify(row, retrain=True) == 1
    rate = SUITES["hippo-1"].tasks["line"].experiment.variants["lstm"].learning_rate
    assert f"this version trains it with learning_rate {rate:g}, not with 1.0" in capsys.readouterr().out


def test_code_of_others_is_not_trained_anew(row, capsys, tmp_path, monkeypatch):
    """That would run it in the process that checks it."""
    (tmp_path / "trained_anew.py").write_text("raise SystemExit('it was imported')")
    monkeypatch.syspath_prepend(tmp_path)
    result = Result.read(row)
    agent = {"variant": "trained_anew:Mine", "agent": "trained_anew:Mine", "agent_source": "0" * 64}
    replace(result, variant="trained_anew:Mine", settings={**result.settings, **agent}).write(row)
    assert verify(row, retrain=True) == 1
    assert "trained_anew:Mine is not an agent of ours: train it with `run` if you trust" in capsys.readouterr().out


def test_where_a_sandbox_is_asked_for_nothing_is_stepped_without(submission, monkeypatch):
    monkeypatch.setattr(sandbox, "WAYS", (sandbox.LIMITS,))
    with pytest.raises(ValueError, match="There is no sandbox here: install bubblewrap"):
        COMMANDS["verify"]((submission,), sandboxed=True)


@pytest.mark.parametrize(
    "said",
    ["\x1b[2K\x1b[1Aresult.json: reproduced", "no" + " " * 500 + "result.json: reproduced", "\u2800" * 500 + "n"],
)
def test_no_words_of_a_submission_are_read_as_a_line_of_ours(said, row, capsys):
    result = Result.read(row)
    replace(result, experiment=said).write(row)
    assert verify(row) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{row}: refused, ")
    assert line.isascii()
    assert "   " not in line
    assert len(line) < len(str(row)) + 500


def test_what_is_recorded_comes_to_the_board(submission, tmp_path, capsys):
    shutil.copytree(the_run(submission), tmp_path / "run")
    (tmp_path / "run" / WEIGHTS).unlink()
    result = Result.read(tmp_path / "run" / RESULT)  # of another name: a row of ours has all its updates
    mine = replace(result, variant="my-lstm", settings={**result.settings, "variant": "my-lstm"})
    mine.write(tmp_path / "run" / RESULT)
    with pytest.raises(ValueError, match="There is no folder"):
        COMMANDS["leaderboard"](results=tmp_path / "mine", output=tmp_path / "board")
    assert verify(tmp_path / "run", results=tmp_path / "mine") == 0
    assert f"leaderboard --results {tmp_path / 'mine'}" in capsys.readouterr().out
    COMMANDS["leaderboard"](results=tmp_path / "mine", output=tmp_path / "board")
    shown = json.loads((tmp_path / "board" / "hippo-1.json").read_text())
    assert [(entry["agent"], entry["tier"]) for entry in shown["tasks"]["line"]["entries"]] == [("my-lstm", "rescored")]


def without_weights(submission, folder, seed):
    """A run of a seed whose predictions can be counted again, which is all that can be checked of it."""
    shutil.copytree(the_run(submission), folder)
    (folder / WEIGHTS).unlink()
    result = Result.read(folder / RESULT)
    of_seed = {"variant": "my-lstm", "seed": seed}
    mine = replace(result, **of_seed, learning={}, settings={**result.settings, **of_seed})
    replace(mine, provenance={**result.provenance, "weights_hash": str(seed)}).write(folder / RESULT)


def test_what_is_checked_is_noted_at_once_and_not_stepped_again(submission, tmp_path, monkeypatch, capsys):
    """A kill after an hour of many runs costs the one that was being checked."""
    for seed in (0, 1):
        without_weights(submission, tmp_path / "runs" / str(seed), seed)
    checked = verification._check

    def killed(one, *rest):
        if one.path.parent.name == "1":
            raise KeyboardInterrupt
        checked(one, *rest)

    monkeypatch.setattr(verification, "_check", killed)
    with pytest.raises(KeyboardInterrupt):
        COMMANDS["verify"]((tmp_path / "runs",), results=tmp_path / "mine")
    assert len(json.loads((tmp_path / "mine" / NOTES).read_text())) == 1
    monkeypatch.setattr(verification, "_check", checked)
    first = Result.read(tmp_path / "runs" / "0" / RESULT)
    write_note(first, Tier.REPRODUCED, published(SUITES["hippo-1"])["specification_hash"], {}, tmp_path / "mine")
    capsys.readouterr()
    assert verify(tmp_path / "runs", results=tmp_path / "mine") == 0
    said = capsys.readouterr().out
    assert "reproduced, as noted before" in said
    assert "1 recorded, 1 noted before" in said
    assert len(json.loads((tmp_path / "mine" / NOTES).read_text())) == 2


def test_a_note_is_not_about_other_weights_than_those_of_its_result(submission, tmp_path, capsys):
    result, mine = Result.read(the_run(submission) / RESULT), tmp_path / "mine"
    write_note(result, Tier.REPRODUCED, published(SUITES["hippo-1"])["specification_hash"], {}, mine)
    shutil.copytree(the_run(submission), tmp_path / "run")
    assert verify(tmp_path / "run", results=mine) == 0
    assert "reproduced, as noted before" in capsys.readouterr().out
    save_file({"w": torch.zeros(1)}, tmp_path / "run" / WEIGHTS)
    assert verify(tmp_path / "run", results=mine) == 1
    assert "refused, its weights do not match their hash" in capsys.readouterr().out


def test_recording_takes_no_others_place_and_the_others_go_on(submission, tmp_path, capsys):
    without_weights(submission, tmp_path / "seed", 1)
    (the_run(submission) / WEIGHTS).unlink()
    result = Result.read(the_run(submission) / RESULT)
    other = replace(result, provenance={**result.provenance, "commit": "1" * 40})
    other.write(other.path_in(tmp_path / "mine"))
    assert verify(submission, tmp_path / "seed", results=tmp_path / "mine") == 1
    assert "is another result: move it away" in capsys.readouterr().out
    assert Result.read(other.path_in(tmp_path / "mine")).provenance["commit"] == "1" * 40
    (noted,) = json.loads((tmp_path / "mine" / NOTES).read_text())
    assert noted.endswith("my-lstm/1")


def test_that_nothing_is_noted_is_said(submission, tmp_path, capsys):
    (the_run(submission) / PREDICTIONS).unlink()
    assert verify(submission, results=tmp_path / "mine") == 1
    assert "not recorded" in capsys.readouterr().out
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("command", ["submission", "runs"])
def test_a_board_without_a_row_is_refused(command, submission, tmp_path):
    """Neither a submission nor a folder of runs elsewhere is a folder of results."""
    folder = submission if command == "submission" else tmp_path
    with pytest.raises(ValueError, match=r"no result of hippo-1 in .*`verify` was given as --results"):
        COMMANDS["leaderboard"](results=folder, output=tmp_path / "board")
    assert not (tmp_path / "board").exists()


def test_commands_without_a_path_say_what_to_give(tmp_path):
    with pytest.raises(ValueError, match="Name what to submit: folders of runs"):
        COMMANDS["submit"]((), output=tmp_path / "out")
    with pytest.raises(ValueError, match="Name what to verify: a submission"):
        COMMANDS["verify"](())
