"""Whatever is typed, and whatever a file says, a command ends in order: with its status, and one line that says why."""

import json
import shutil
from random import Random

import pytest

import benchmarks.__main__ as ours
import hippo_envs.__main__ as of_environments
from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.suite import Suite
from benchmarks.records.result import RESULTS
from benchmarks.reports.leaderboard.board import board_of
from benchmarks.reports.leaderboard.page import write_board
from benchmarks.reports.ledger import as_json, ledger
from benchmarks.suite.standings import standings
from tests.helpers import fuzz
from tests.helpers.made_up import SUITE

LINES, FIELDS = 600, 200
LINE = Suite(SUITE.name, SUITE.preset, {"line": SUITE.tasks["line"]})
OWN = {"zero-shot-line": EXPERIMENTS["zero-shot-line"]}
RUNS = {"hippo-1-line/quick/lstm": 5, "zero-shot-line/quick/lstm": 5}
WORK = (  # what takes long, and begins only when all that was typed is accepted
    *("benchmarks.running.run_all.run_all", "benchmarks.running.sweep.loop.Sweep.run", "benchmarks.rollout.find.run"),
    *("benchmarks.reports.timings.speed.measure_all", "benchmarks.reports.timings.update_speed.measure"),
    "benchmarks.reports.timings.command_speed.measure",
    *("benchmarks.reports.timings.recurrence_speed.as_table", "benchmarks.reports.timings.references.measure"),
    "benchmarks.reports.gpu.command.examine",
    *("benchmarks.suite.published_walks.write_walks", "benchmarks.suite.specification.publish"),
    *("benchmarks.suite.retraining.retrain", "benchmarks.rollout.watching.record_rollout"),
    *("benchmarks.reports.ledger.ledger", "benchmarks.reports.pages.claims.write_pages"),
    *("benchmarks.reports.figures.draw.draw", "benchmarks.reports.tables.print_anatomy"),
)
UNASKED = ("list", "gallery", "docs")  # which have nothing to type, or write into the repository


@pytest.fixture
def paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd").mkdir()
    for work in WORK:
        monkeypatch.setattr(work, fuzz.reached)
    return fuzz.odd_paths(tmp_path / "odd")


def check(ended, line):
    assert not ended.traceback, f"{line}\n{ended.traceback}"
    assert ended.status in (0, 1, 2), (line, ended.status)
    assert ended.status == 0 or ended.printed.strip(), f"{line} ended with {ended.status} and said nothing"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_no_command_line_of_benchmarks_ends_in_a_traceback_or_hangs(seed, paths, monkeypatch):
    rng, commands = Random(seed), {name: of for name, of in ours.COMMANDS.items() if name not in UNASKED}
    for _ in range(LINES):
        line = fuzz.a_command_line(rng, commands, paths)
        check(fuzz.ended(ours.main, line, monkeypatch), line)


@pytest.mark.slow
def test_no_command_line_of_hippo_envs_ends_in_a_traceback_or_hangs(paths, monkeypatch):
    rng = Random(0)
    for _ in range(LINES):
        world = rng.choice(["Line", "Rectangle", "hippo/LapTrack-v0", fuzz.a_value(rng, paths)])
        line = ["play", world, "--ansi", *(["--seed", fuzz.a_value(rng, paths)] if rng.random() < 0.3 else [])]
        for _ in range(rng.randrange(3)):
            name, value = rng.choice(fuzz.SETTINGS), fuzz.a_value(rng, paths)
            line += ["--set", rng.choice([f"{name}={value}", value])]
        check(fuzz.ended(of_environments.main, line, monkeypatch), line)


@pytest.fixture
def results(tmp_path):
    """Committed results, of which one at a time is to be spoilt."""
    for run in RUNS:
        shutil.copytree(RESULTS / run, tmp_path / "results" / run)
    return tmp_path / "results"


def shown(results, to):
    """All that is made of results."""
    found = standings(LINE, results)
    write_board(board_of(found, rows := ledger(OWN, results)), to)
    as_json(rows).encode()
    return found, rows


def read_around(results, spoilt, to):
    """How many runs of lstm stand on the board, and how many are in its claims, beside the one that was spoilt."""
    found, rows = shown(results, to)
    n_shown = len(found.entries["line"]["lstm"].results)
    n_claimed = max(row.n_seeds for row in rows if row.agent == "lstm")
    return n_shown if spoilt.startswith("hippo-1") else n_claimed


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS)
def test_no_field_of_a_result_breaks_what_is_made_of_the_others(run, results, tmp_path):
    path = results / run / "2.json"
    record, rng = json.loads(path.read_text()), Random(0)
    for _ in range(FIELDS):
        again, where = fuzz.with_a_bad_field(record, rng)
        path.write_text(json.dumps(again))
        try:
            n_read = read_around(results, run, tmp_path / "page")
        except Exception as error:
            raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error
        assert n_read >= RUNS[run] - 1, where
