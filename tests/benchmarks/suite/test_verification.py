"""Checking results: what is honest passes, and each kind of tampering is caught for what it is."""

import json
import shutil
import sys
from dataclasses import fields, replace

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file, save_file

from agents.weights import weights_hash
from benchmarks.__main__ import COMMANDS, main
from benchmarks.experiments.experiment import Variant
from benchmarks.experiments.suites import SUITES
from benchmarks.records.files import PREDICTIONS, RESULT, WEIGHTS
from benchmarks.records.own_agent import hash_of, sources_in
from benchmarks.records.predictions import write_predictions
from benchmarks.records.result import Result
from benchmarks.records.settings import RunSettings
from benchmarks.running.run import run
from benchmarks.suite.submission import submit
from benchmarks.suite.tiers import Tier, write_note
from benchmarks.suite.verification import MANIFEST, verify
from tests.helpers.paths import ROOT
from tests.helpers.submissions import only, reproduced_here, rewrite, sign, the_run

SUITE = SUITES["hippo-1"]
LINE = SUITE.tasks["line"].experiment
CPU, QUIET = torch.device("cpu"), Console(quiet=True)


def provenance(submission, **changes):
    return {"provenance": {**Result.read(the_run(submission) / RESULT).provenance, **changes}}


def test_the_page_says_of_all_that_a_result_says_how_far_it_is_checked(submission):
    page = (ROOT / "docs" / "what-verification-promises.md").read_text()
    result = Result.read(the_run(submission) / RESULT)
    said = {*vars(result), *(each.name for each in fields(RunSettings)), *result.provenance}
    table = page[page.index("| of a result") : page.index("For an agent of this repository")]
    assert {name for name in said if f"`{name}`" not in table} <= {"settings", "provenance"}


def test_an_honest_submission_is_reproduced(submission):
    one = only(verify([submission], n_fresh=200))
    assert one.refused is None
    assert one.tier is reproduced_here()
    assert 0 <= one.found["fresh_accuracy"] <= 1


def test_without_weights_it_is_rescored_and_without_predictions_self_reported(submission):
    (the_run(submission) / WEIGHTS).unlink()
    assert only(verify([submission])).tier is Tier.RESCORED
    assert only(verify([the_run(submission) / RESULT])).tier is Tier.RESCORED
    (the_run(submission) / PREDICTIONS).unlink()
    assert only(verify([submission])).tier is Tier.SELF_REPORTED


def more_right(submission):
    result = Result.read(the_run(submission) / RESULT)
    counts = result.scores["held-out"]["loop_closure"]
    more = counts._replace(correct=counts.total.copy())
    rewrite(submission, scores={"held-out": {**result.scores["held-out"], "loop_closure": more}})


def better_curve(submission):
    result = Result.read(the_run(submission) / RESULT)
    counts = result.curves["loop_closure"]
    rewrite(submission, curves={**result.curves, "loop_closure": counts._replace(correct=counts.total)})


def better_anatomy(submission):
    result = Result.read(the_run(submission) / RESULT)
    rewrite(submission, anatomy={**result.anatomy, "stay": result.anatomy["reversal"]})


def other_walks_hash(submission):
    rewrite(submission, **provenance(submission, evaluation_hash={"held-out": "0" * 64}))


def other_predictions_hash(submission):
    rewrite(submission, **provenance(submission, predictions_hash="0" * 64))


def other_weights_hash(submission):
    rewrite(submission, **provenance(submission, weights_hash="0" * 64))


def other_specification(submission):
    manifest = json.loads((submission / MANIFEST).read_text())
    (submission / MANIFEST).write_text(json.dumps({**manifest, "specification_hash": "0" * 64}))


def other_seed(submission):
    rewrite(submission, seed=1)


def other_training_seed(submission):
    rewrite(submission, seed=7, settings={**Result.read(the_run(submission) / RESULT).settings, "seed": 7})


def no_provenance(submission):
    path = the_run(submission) / RESULT
    path.write_text(json.dumps({**json.loads(path.read_text()), "provenance": None}))
    sign(submission)


def unlisted_code(submission):
    (submission / "code").mkdir()
    (submission / "code" / "more.py").write_text("")


def fewer_worlds(submission):
    settings = {**Result.read(the_run(submission) / RESULT).settings, "n_evaluation_worlds": 20}
    rewrite(submission, settings=settings)


def more_updates(submission):
    settings = {**Result.read(the_run(submission) / RESULT).settings, "n_updates": 5_000}
    rewrite(submission, settings=settings)


def begun_with_another(submission):
    settings = Result.read(the_run(submission) / RESULT).settings
    rewrite(submission, settings={**settings, "after": {"variant": "first", "training": "0" * 8}})


def trained_elsewhere(submission):
    settings = Result.read(the_run(submission) / RESULT).settings
    rewrite(submission, settings={**settings, "trains_in": {"n_observations": 10}})


def scored_on_validation(submission):
    """On worlds that its settings were chosen by."""
    settings = Result.read(the_run(submission) / RESULT).settings
    rewrite(submission, settings={**settings, "chooses": True})


def right_predictions(submission):
    walks = Result.read(the_run(submission) / RESULT).run_settings.evaluation_walks()
    write_predictions({kind: of.observations for kind, of in walks.items()}, the_run(submission) / PREDICTIONS)
    sign(submission)


def other_weights(submission):
    weights = load_file(the_run(submission) / WEIGHTS)
    save_file({name: -tensor for name, tensor in weights.items()}, the_run(submission) / WEIGHTS)
    sign(submission)


def no_seconds(submission):
    rewrite(submission, learning={"update": [1]})


def uneven_columns(submission):
    learning = Result.read(the_run(submission) / RESULT).learning
    rewrite(submission, learning={**learning, "update": [1]})


def no_numbers(submission):
    learning = Result.read(the_run(submission) / RESULT).learning
    rewrite(submission, learning={**learning, "update": ["1" for _ in learning["update"]]})


def seconds_in_words(submission):
    rewrite(submission, **provenance(submission, train_cpu_seconds="few"))


def fewer_parameters(submission):
    rewrite(submission, **provenance(submission, n_parameters=10))


def huge(submission):
    settings = {**Result.read(the_run(submission) / RESULT).settings, "sizes": {"n_units": 10**7}}
    rewrite(submission, settings=settings)


def named_as_the_metric(submission):
    rewrite(submission, measurements={"loop_closure": 1.0})


def unsigned(submission):
    path = the_run(submission) / RESULT
    path.write_text(path.read_text().replace('"seed":0', '"seed":1'))


def not_a_result(submission):
    path = the_run(submission) / RESULT
    path.write_text(path.read_text()[:100])
    sign(submission)


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (more_right, "its scores do not follow from its predictions"),
        (better_curve, "its curves do not follow from its predictions"),
        (better_anatomy, "its anatomy do not follow from its predictions"),
        (other_walks_hash, "scored on other walks"),
        (other_predictions_hash, "its predictions do not match their hash"),
        (other_weights_hash, "its weights do not match their hash"),
        (other_specification, "made for another specification"),
        (other_seed, "its seed is 1, but 0 in its settings"),
        (other_training_seed, "its seed is 7, and the suite's are 0, 1, 2, 3, 4"),
        (no_provenance, "its provenance is None"),
        (unlisted_code, "code/more.py is not the file that was submitted"),
        (fewer_worlds, "its n_evaluation_worlds is 20, not 200"),
        (more_updates, "it had 5000 updates, and 1200 are allowed"),
        (
            begun_with_another,
            "it began with the weights of another run, first, and so had more budget than allowed",
        ),
        (trained_elsewhere, "its trains_in is {'n_observations': 10}, and a task of hippo-1 has none"),
        (scored_on_validation, "its chooses is True, and a task of hippo-1 has none"),
        (right_predictions, "its predictions do not match their hash"),
        (other_weights, "its weights do not match their hash"),
        (no_seconds, "its learning has no cpu_seconds"),
        (uneven_columns, "its learning has columns of different lengths"),
        (no_numbers, "its learning has '1' among its update, which is not a number"),
        (seconds_in_words, "its train_cpu_seconds is 'few', which is not a number"),
        (fewer_parameters, "its n_parameters is 10, and its agent has "),
        (huge, "The agent stopped"),  # not this process
        (named_as_the_metric, "it has measurements, loop_closure, and a task of hippo-1 asks for none"),
        (unsigned, "result.json is not the file that was submitted"),
        (not_a_result, "is not a result of this version"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_tampering_is_caught(tamper, reason, submission):
    tamper(submission)
    one = only(verify([submission]))
    assert one.refused is not None
    assert reason in one.refused


def moved(weights):
    name = next(iter(weights))
    changed = weights[name].clone()
    changed.view(-1)[3] += 1e-6
    return {name: changed}


def noisy(weights):
    torch.manual_seed(0)
    return {name: tensor + 1e-3 * tensor.std() * torch.randn_like(tensor) for name, tensor in weights.items()}


def negated(weights):
    return {name: -tensor for name, tensor in weights.items()}


RISING = {"update": [1, 2, 3], "cpu_seconds": [1.0, 2.0, 3.0], "loop_closure": [0.1, None, 0.3]}
RISING |= {"zero_shot": [0.1, 0.2, 0.3], "revisit": [0.1234, 0.2345, 0.3456]}
OTHERWISE = RISING | {"revisit": [0.1234, 0.2345, 0.35]}
ROUNDED = RISING | {"revisit": [0.1235, 0.2345, 0.3454], "cpu_seconds": [1.1, 2.0, 2.9]}
FLAT = RISING | {"zero_shot": [0.1, 0.1, 0.1], "loop_closure": [None, 0.0, 1.0], "revisit": [0.0, 1.0, 1.0]}


@pytest.mark.parametrize(
    ("change", "learning", "refused"),
    [
        (dict, (RISING, OTHERWISE), "its weights are those of seed 0: it is the same run under another seed"),
        (moved, (RISING, OTHERWISE), "its weights are nearly those of seed 0: it is the same run under another seed"),
        (noisy, (RISING, OTHERWISE), "its weights are nearly those of seed 0"),
        (negated, (RISING, ROUNDED), "its learning curve is that of seed 0: it is the same run under another seed"),
        (negated, (RISING, OTHERWISE), "None"),
        (negated, (FLAT, FLAT), "None"),  # as of two seeds of a task that is learnt at once
    ],
)
def test_one_run_is_not_two_seeds(change, learning, refused, submission):
    again = submission / "line" / "lstm" / "1"
    (the_run(submission) / PREDICTIONS).unlink()
    shutil.copytree(the_run(submission), again)
    weights = load_file(the_run(submission) / WEIGHTS)
    save_file({**weights, **change(weights)}, again / WEIGHTS)
    for seed, curve in enumerate(learning):
        path = submission / "line" / "lstm" / str(seed)
        result, known = Result.read(path / RESULT), {"weights_hash": weights_hash(load_file(path / WEIGHTS))}
        settings, provenance = {**result.settings, "seed": seed}, {**result.provenance, **known}
        replace(result, seed=seed, settings=settings, learning=curve, provenance=provenance).write(path / RESULT)
    (submission / MANIFEST).unlink()
    first, second = verify([submission])
    assert first.refused is None
    assert refused in str(second.refused)


def test_a_learning_curve_that_is_recorded_is_not_that_of_another_seed(submission, tmp_path):
    result = replace(Result.read(the_run(submission) / RESULT), learning=RISING)
    for seed in (0, 1):
        settings, known = {**result.settings, "seed": seed}, {**result.provenance, "weights_hash": str(seed) * 64}
        replace(result, seed=seed, settings=settings, provenance=known).write(tmp_path / f"{seed}.json")
    recorded = Result.read(tmp_path / "0.json")
    recorded.write(recorded.path_in(tmp_path / "results"))
    same, other = verify([tmp_path / "0.json"], results=tmp_path / "results") + verify(
        [tmp_path / "1.json"], results=tmp_path / "results"
    )
    assert same.refused is None
    assert "its learning curve is that of seed 0" in str(other.refused)


def test_weights_that_are_noted_are_not_those_of_another_seed(submission, tmp_path):
    result = Result.read(the_run(submission) / RESULT)
    (the_run(submission) / WEIGHTS).unlink()
    write_note(result, Tier.REPRODUCED, "a specification", {}, tmp_path)
    assert only(verify([submission], results=tmp_path)).refused is None, "it is itself"
    shutil.rmtree(tmp_path / "submitted")
    write_note(replace(result, seed=3), Tier.REPRODUCED, "a specification", {}, tmp_path / "other")
    result.write(tmp_path / "0.json")
    found = only(verify([tmp_path / "0.json"], results=tmp_path / "other"))
    assert "its weights are those of seed 3" in str(found.refused)


def test_equal_predictions_of_other_weights_are_two_runs(submission, tmp_path):
    result = Result.read(the_run(submission) / RESULT)
    result.write(tmp_path / "0.json")
    known = {**result.provenance, "weights_hash": "0" * 64}
    again = replace(result, seed=1, settings={**result.settings, "seed": 1}, provenance=known)
    replace(again, learning=OTHERWISE).write(tmp_path / "1.json")
    assert [one.refused for one in verify([tmp_path / "0.json", tmp_path / "1.json"])] == [None, None]


def test_one_malformed_result_does_not_keep_others_unchecked(submission, tmp_path):
    result = Result.read(the_run(submission) / RESULT)
    (tmp_path / "a.json").write_text(json.dumps({**json.loads(result.content()), "provenance": None}))
    result.write(tmp_path / "b.json")
    first, second = verify([tmp_path / "a.json", tmp_path / "b.json"])
    assert "its provenance is None" in str(first.refused)
    assert second.refused is None


def test_all_of_the_submitted_code_is_checked(submission):
    """A file that the agent imports, changed, taken away, or of another agent than trained."""
    code = submission / "code"
    (code / "mine").mkdir(parents=True)
    (code / "mine" / "__init__.py").write_text("from mine.parts import half\n")
    (code / "mine" / "parts.py").write_text("half = 0.5\n")
    settings = {**Result.read(the_run(submission) / RESULT).settings, "agent": "mine:Mine"}
    rewrite(submission, settings={**settings, "agent_source": "0" * 64})
    assert "the code of mine:Mine is not that of its run" in str(only(verify([submission])).refused)
    settings["agent_source"] = hash_of(sources_in(code, "mine:Mine"))
    rewrite(submission, settings=settings)
    assert "The agent stopped" in str(only(verify([submission])).refused), "it is asked, and is none"
    (code / "mine" / "parts.py").write_text("half = 0.25\n")
    assert "code/mine/parts.py is not the file that was submitted" in str(only(verify([submission])).refused)
    sign(submission)
    assert "the code of mine:Mine is not that of its run" in str(only(verify([submission])).refused)
    (code / "mine" / "parts.py").unlink()
    assert "code/mine/parts.py is not the file that was submitted" in str(only(verify([submission])).refused)


GUESSES = """
import torch
from torch import nn
from agents.base import Agent

class Guesses(Agent):
    def __init__(self, n_observations, n_actions):
        super().__init__()
        self.often = nn.Parameter(torch.rand(n_observations))

    def initial_state(self, batch, generator=None):
        return (torch.zeros(batch),)

    def predict(self, state):
        return self.often.expand(len(state[0]), -1)

    def observe(self, state, observation, action):
        return state
"""


@pytest.mark.slow
def test_an_agent_of_ones_own_is_verified_where_it_was_trained(tmp_path, monkeypatch):
    name = "guesses_verified_at_home"
    (tmp_path / f"{name}.py").write_text(GUESSES)
    monkeypatch.syspath_prepend(tmp_path)
    agent = f"{name}:Guesses"
    lazy = replace(LINE, variants={agent: Variant(agent, 5e-3, n_updates={"quick": 3})})
    run(lazy, agent, "quick", 0, CPU, tmp_path / "runs", QUIET)
    one = only(verify([tmp_path / "runs"], n_fresh=20))
    assert one.refused is None
    assert one.tier is reproduced_here()
    submit([tmp_path / "runs"], tmp_path / "submitted")
    (tmp_path / f"{name}.py").write_text(GUESSES + "\n# changed\n")
    assert "is not that of its run" in str(only(verify([tmp_path / "runs"], n_fresh=20)).refused)
    assert only(verify([tmp_path / "submitted"], n_fresh=20)).tier is reproduced_here()


def test_fresh_worlds_have_a_bound():
    with pytest.raises(ValueError, match=r"--fresh-worlds is at most 20,000, got 1,000,000,000"):
        COMMANDS["verify"]((), fresh_worlds=10**9)


def test_what_is_recorded_was_checked_in_full(submission, tmp_path):
    with pytest.raises(ValueError, match=r"leave out --fresh-worlds, or give 1000 or more, got 2"):
        COMMANDS["verify"]((submission,), fresh_worlds=2, results=tmp_path)
    assert not (tmp_path / "verified.json").exists()


def test_the_command_ends_with_status_1_if_a_result_is_refused(submission, tmp_path, monkeypatch, capsys):
    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["benchmarks", "verify", str(submission), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().out

    (the_run(submission) / WEIGHTS).unlink()
    status, said = command("--results", str(tmp_path / "results"))
    assert status == 0
    assert "result.json: rescored, but its agent was not stepped: weights.safetensors is not beside it" in said
    notes = json.loads((tmp_path / "results" / "verified.json").read_text())
    assert notes["hippo-1-line/quick/lstm/0"]["tier"] == "rescored"
    more_right(submission)
    status, said = command()
    assert status == 1
    assert "refused, its scores" in said
