"""What a GPU is asked: its parts on the CPU, where everything but the speed is the same."""

import json
import math

import pytest
import torch

from agents import AGENTS
from benchmarks.experiments import EXPERIMENTS
from benchmarks.reports.gpu import agreement, command, roofline
from benchmarks.reports.gpu.agreement import ASKED, Agreement, Differences, agreement_of
from benchmarks.reports.gpu.roofline import Speeds, Timed, as_table, speeds_of, work_of
from benchmarks.reports.gpu.worth import runs_by_worth
from benchmarks.running.signals import RunInterruptedError
from benchmarks.running.sweep.plan import plan

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", ["lstm", "cscg", "tem-t-relu"])
def test_an_agent_agrees_with_itself(name):
    found = agreement_of(name, CPU)
    assert max(found.device) == 0
    assert 0 < max(found.rounded) < 1e-5
    assert found.holds


def test_every_agent_is_asked():
    assert set(AGENTS) <= set(ASKED)


def test_an_agent_that_a_device_computes_wrongly_does_not_agree(monkeypatch):
    """As if a kernel were wrong there: a thousandth of one gradient is seen."""
    updated = agreement._updated

    def wrong(name, device, is_rounded=False):
        outcome = updated(name, CPU, is_rounded)
        return outcome._replace(learnt=1.001 * outcome.learnt) if device.type == "meta" else outcome

    monkeypatch.setattr(agreement, "_updated", wrong)
    found = agreement_of("lstm", torch.device("meta"))
    assert not found.holds
    assert found.device.learnt == pytest.approx(1e-3, rel=0.01)


def test_what_is_no_number_does_not_agree():
    right = Differences(0.0, 0.0, 0.0)
    assert Agreement(right, right).holds
    assert not Agreement(right._replace(logits=math.nan), right).holds


def test_work_is_what_a_product_of_matrices_is_known_to_do():
    left, right = torch.ones(30, 40), torch.ones(40, 50)
    work = work_of(lambda: (left @ right).T)
    assert work.flops == 2 * 30 * 40 * 50
    assert work.bytes == 4 * (30 * 40 + 40 * 50 + 30 * 50), "the view moves nothing"
    assert work.operations == 1


def test_speeds_of_a_device_are_measured():
    assert min(speeds_of(CPU)) > 0


def test_the_highest_bound_is_the_one_that_counts():
    shown = as_table({"one": Timed(update=6.0, arithmetic=1.0, memory=3.0, launches=2.0)})
    assert [next(iter(column.cells)).plain for column in shown.columns][-1] == "2.0"


def test_an_update_is_timed_beside_its_bounds():
    timed = roofline.timed_of("zero-shot-rectangle", "lstm", "smoke", CPU, Speeds(1e9, 1e9, 1e-6))
    assert min(timed) > 0


def test_runs_come_in_the_order_of_what_they_decide():
    jobs = runs_by_worth("paper")
    assert [job.experiment.name for job in jobs[:20]] == ["nmda-ltrm-by-alpha"] * 20
    assert [job.seed for job in jobs[:8]] == [0] * 4 + [1] * 4, "every agent has one run before any has two"
    decided = {(job.experiment.name, part) for job in jobs for part in [job.variant]}
    for name, variant in decided:
        claims = next(job.experiment for job in jobs if job.experiment.name == name).claims
        asked = {part for claim in claims if claim.preset == "paper" for part in claim.agent.split(" - ")}
        assert variant in asked, f"no claim at paper is about {variant} of {name}"


@pytest.fixture
def quick_parts(monkeypatch):
    """The parts that other tests ask for, without what they cost."""
    monkeypatch.setattr(command, "ASKED", {"lstm": ASKED["lstm"]})
    monkeypatch.setattr(command, "_tests_pass", lambda: True)
    monkeypatch.setattr(roofline, "TIMED", {"zero-shot-rectangle": ("lstm",)})
    line = [EXPERIMENTS["zero-shot-line"]]
    monkeypatch.setattr(command, "runs_by_worth", lambda preset: plan(line, ["lstm"], preset))


@pytest.mark.usefixtures("quick_parts")
def test_a_rehearsal_leaves_a_report_and_results(tmp_path, capsys):
    assert command.examine(5, None, "cpu", 1, tmp_path) == 0
    report = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))
    assert (report["device"], report["preset"], report["tests"]) == ("cpu", "smoke", True)
    assert {"agreement", "recurrence", "updates"} <= set(report)
    assert len(list((tmp_path / "results").rglob("*.json"))) == 1
    assert "zero-shot-rectangle lstm" in capsys.readouterr().out


@pytest.mark.usefixtures("quick_parts")
def test_nothing_is_trained_where_an_agent_differs(tmp_path, monkeypatch, capsys):
    wrong = Agreement(Differences(1.0, 1.0, 1.0), Differences(0.0, 0.0, 0.0))
    monkeypatch.setattr(command, "agreement_of", lambda *_: wrong)
    assert command.examine(5, None, "cpu", 1, tmp_path) == 1
    assert not (tmp_path / "results").exists()
    assert "Nothing is trained, for here lstm is not as on a CPU." in capsys.readouterr().err


@pytest.mark.usefixtures("quick_parts")
def test_when_the_time_is_over_runs_save_themselves(tmp_path, monkeypatch, capsys):
    def never_ends(*_):
        raise RunInterruptedError

    monkeypatch.setattr(command.Sweep, "run", never_ends)
    assert command._train("smoke", CPU, 1, tmp_path, seconds=60) == 0
    assert "The same command goes on from here" in capsys.readouterr().out
    assert command._train("smoke", CPU, 1, tmp_path, seconds=-1) == 0
    assert "give more --minutes" in capsys.readouterr().out
