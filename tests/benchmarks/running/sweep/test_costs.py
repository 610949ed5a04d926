"""What a sweep will cost is said before it begins."""

import json
import math
from dataclasses import replace
from statistics import fmean

import pytest
import torch
from rich.console import Console

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.records.collect import collect
from benchmarks.records.files import RESULT
from benchmarks.records.result import RESULTS
from benchmarks.running.run import run
from benchmarks.running.sweep import costs
from benchmarks.running.sweep.command import sweep
from benchmarks.running.sweep.costs import Cost, Line, cost_of, lines_of, spent_on, summary
from benchmarks.running.sweep.plan import plan

CPU = torch.device("cpu")
RECTANGLE = EXPERIMENTS["zero-shot-rectangle"]
BRIEF = replace(RECTANGLE, evaluations={}, name="brief")


def test_a_cost_is_the_mean_of_the_committed_results(tmp_path):
    (job,) = plan([RECTANGLE], ("lstm",), "quick", (0,))
    known = collect(replace(RECTANGLE, variants={"lstm": RECTANGLE.variants["lstm"]}), "quick", RESULTS)
    trained, scored = (
        pytest.approx(fmean(result.provenance[name] for result in known))
        for name in ("train_cpu_seconds", "score_wall_seconds")
    )
    assert cost_of(job, tmp_path) == Cost(trained, scored, "committed results")


def test_seeds_of_a_study_share_what_they_took_together(tmp_path):
    study = STUDIES["case-sequence"]
    (job,) = plan([study], ("mhn",), "quick", (0,))
    (first, *_) = collect(replace(study, variants={"mhn": study.variants["mhn"]}), "quick", RESULTS)
    share = first.provenance["cpu_seconds_of_all"] / first.provenance["seeds_side_by_side"]
    assert spent_on(first) == (share, 0)
    assert cost_of(job, tmp_path).after(0) == pytest.approx(share)
    (unknown,) = plan([study], ("mhn",), "smoke", (0,))
    assert math.isnan(cost_of(unknown, tmp_path).after(0))


def test_an_agent_without_results_is_timed_and_a_finished_run_costs_nothing(tmp_path, monkeypatch):
    jobs = plan([BRIEF], ("lstm",), "smoke", (0, 1))
    assert lines_of(jobs, tmp_path)[0].each.source == "4 updates timed"
    assert list(tmp_path.iterdir()) == [], "nothing is kept of it"
    result = run(BRIEF, "lstm", "smoke", 0, CPU, tmp_path, Console(quiet=True))
    (line,) = lines_of(jobs, tmp_path)
    assert (line.n_runs, line.n_finished) == (2, 1)
    assert line.seconds == line.each.after(0) == pytest.approx(sum(spent_on(result)))
    assert line.each.source == f"results in {tmp_path}"
    monkeypatch.setattr(costs, "cost_of", None)
    assert lines_of(jobs[:1], tmp_path)[0].seconds == 0


def test_of_a_run_that_is_trained_there_is_still_the_scoring():
    cost = Cost(100.0, 8.0, "committed results")
    assert [cost.after(share) for share in (0, 0.5, 1)] == [108, 58, 8]


def test_a_timed_cost_grows_with_the_updates():
    """By what an update takes, whatever this machine does meanwhile: the clock is set here."""
    (job,) = plan([BRIEF], ("lstm",), "smoke", (0,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(costs, "learning_curve", lambda *_: {"cpu_seconds": [5.0, 6.0, 7.0, 8.0]})
        patch.setattr(costs, "_scoring", lambda *_: 0.5)
        assert costs.timed(job.settings) == (job.settings.n_updates * 1.0, 0.5)


def test_what_is_said_of_it():
    lines = [
        Line("a", "lstm", 5, 2, Cost(1_100, 100, "committed results"), 3_600),
        Line("b", "mine", 5, 0, Cost(math.nan, math.nan, "unknown"), math.nan),
    ]
    assert summary(lines, 4) == (
        "10 runs, 2 finished before: about 1 CPU hours, about 15 min on 4 cores, and 5 whose cost is unknown."
    )


def test_a_dry_run_runs_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    sweep(("zero-shot-rectangle",), agents=("lstm",), seeds=("0-4",), runs=tmp_path, jobs=2, dry_run=True)
    said = capsys.readouterr().out
    assert "committed results" in said
    assert "5 runs: about" in said
    assert not list(tmp_path.rglob(RESULT))
    assert json.dumps(said).count("lstm") == 1
