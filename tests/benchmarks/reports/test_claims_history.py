"""Whether a target stood before its runs is read off the history, here that of a small repository."""

import json
import subprocess

import pytest

from benchmarks.reports.claims_history import FIXED_BEFORE, POST_HOC, UNKNOWN, ClaimsHistory, Stated, look_up

EARLY = Stated("maze", "tem", "quick", "revisit", 0.9)
LATE = EARLY._replace(target=0.8)


def git(folder, *arguments):
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit_claims(folder, *claims):
    """A program that prints these claims, and a number that aims at nothing."""
    rows = [claim._asdict() | {"verdict": "open"} for claim in (*claims, EARLY._replace(agent="lstm", target=None))]
    (folder / "benchmarks").mkdir(exist_ok=True)
    (folder / "benchmarks" / "__init__.py").touch()
    program = f"import sys\nassert sys.argv[1:4] == ['claims', '--json', '--runs']\nprint({json.dumps(rows)!r})\n"
    (folder / "benchmarks" / "__main__.py").write_text(program)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "claims")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A history in which a target was lowered between two commits, both of them asked."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "-q")
    commits = [commit_claims(folder, EARLY), commit_claims(folder, LATE)]
    told, history = [], ClaimsHistory({})
    for commit in (*commits, "0" * 40):
        history = look_up(commit, history, folder, told.append)
    assert git(folder, "worktree", "list").count("\n") == 0, "nothing is left checked out"
    return history, commits, told


def test_a_target_that_was_changed_after_a_run_is_post_hoc(asked):
    history, (first, second), _ = asked
    assert history.when(EARLY, [first]) == FIXED_BEFORE
    assert history.when(LATE, [second]) == FIXED_BEFORE
    assert history.when(LATE, [first, second]) == POST_HOC
    assert history.when(EARLY._replace(metric="zero_shot"), [first]) == POST_HOC


def test_what_was_not_asked_or_not_committed_is_unknown(asked):
    history, (first, second), told = asked
    assert history.when(EARLY, [first, "0" * 40]) == UNKNOWN
    assert history.when(LATE, [first + "-dirty"]) == UNKNOWN
    assert history.when(EARLY, [first + "-dirty"]) == FIXED_BEFORE
    assert history.when(LATE, [first, second + "-dirty", "0" * 40]) == POST_HOC, "what is known outweighs"
    assert told[:2] == [f"{first[:8]}: 1 claims", f"{second[:8]}: 1 claims"]
    assert told[2].startswith("00000000 could not be asked: fatal:")


def test_a_history_is_read_as_it_was_written(asked, tmp_path):
    history, _, _ = asked
    history.write(tmp_path / "history.json")
    assert ClaimsHistory.read(tmp_path / "history.json") == history
    assert ClaimsHistory.read(tmp_path / "none.json").stood == {}
