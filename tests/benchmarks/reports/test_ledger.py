"""The ledger: what is claimed, what was measured, and whether the two agree."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.experiment import Claim
from benchmarks.experiments.metric import HELD_OUT, Metric
from benchmarks.records.result import RESULTS, Result
from benchmarks.records.settings import settings_of
from benchmarks.reports.ledger import as_json, as_markdown, ledger, rows_of
from benchmarks.reports.markdown import put_between
from benchmarks.reports.verdicts import VERDICTS
from hippo_envs.scoring import Counts

EXPERIMENT = next(iter(EXPERIMENTS.values()))
JSON_KEYS = [
    *("experiment", "agent", "preset", "metric", "n_seeds", "value", "low", "high", "paper", "target", "verdict"),
    "fixed",
]


def row_of(claim, results):
    """The row of a claim that is alone."""
    return rows_of(EXPERIMENT, [claim], results)[0]


def result(variant, seed, correct, preset="quick", measurements=None):
    """A result with `correct` of ten loop closures right in each of two bins."""
    counts = Counts(*(np.array([values]) for values in ([correct, correct], [10, 10], [10, 10])))
    scores = {HELD_OUT: dict.fromkeys(("loop_closure", "zero_shot", "revisit"), counts)}
    known = variant if variant in EXPERIMENT.variants else next(iter(EXPERIMENT.variants))
    settings = {**settings_of(EXPERIMENT, known, preset, seed).as_json(), "variant": variant}
    return Result(
        EXPERIMENT.name,
        preset,
        variant,
        seed,
        settings,
        (32, 128),
        scores,
        (32, 128),
        {},
        {},
        measurements or {},
        {},
    )


def five(variant, corrects, **more):
    return [result(variant, seed, correct, **more) for seed, correct in enumerate(corrects)]


def test_a_metric_is_read_as_it_is_written():
    assert Metric.parse("loop_closure") == ("loop_closure", HELD_OUT, None)
    assert Metric.parse("stwm@7x13") == ("stwm", "7x13", None)
    assert Metric.parse("revisit@novel-maps[33-256]") == ("revisit", "novel-maps", (33, 256))
    for wrong in ("", "loop closure", "a@", "a[3]", "a[1-2]b"):
        with pytest.raises(ValueError, match="is not a metric"):
            Metric.parse(wrong)


def learns(variant, seed, accuracies):
    """A result whose accuracy on validation worlds was this after 0, 100, 200, ... updates of a budget of 1,000."""
    made = result(variant, seed, 5)
    updates = [100.0 * i for i in range(len(accuracies))]
    curve = {"update": updates, "loop_closure": accuracies}
    return replace(made, settings={**made.settings, "n_updates": 1_000}, learning=curve)


def test_updates_to_an_accuracy_are_those_of_the_first_point_that_has_it_and_at_most_the_budget():
    curves = ([0.1, 0.7, 0.6, 0.9], [0.1, None, 0.69, 0.7], [0.1, 0.2, 0.3, 0.4])
    runs = [learns("a", seed, curve) for seed, curve in enumerate(curves)]
    assert [run.value("updates_to_loop_closure_.70") for run in runs] == [100, 300, 1_000]
    assert [run.value("updates_to_loop_closure_.1") for run in runs] == [0, 0, 0]
    with pytest.raises(ValueError, match="a seed 0 has no learning curve of revisit: it has update, loop_closure"):
        runs[0].value("updates_to_revisit_.5")
    slow, fast = ([learns(name, seed, curves[i]) for seed in range(5)] for name, i in (("slow", 2), ("fast", 0)))
    claim = Claim("slow - fast", "quick", "updates_to_loop_closure_.70", at_least=0.0)
    row = row_of(claim, {"slow": slow, "fast": fast})
    assert (row.value, row.verdict) == (900, "met")


def test_a_row_has_the_mean_over_seeds_and_a_verdict():
    results = {"a": five("a", [8, 9, 9, 10, 9])}
    claim = Claim("a", "quick", "loop_closure", at_least=0.8, paper=0.7)
    row = row_of(claim, results)
    assert (row.value, row.n_seeds, row.target, row.paper, row.verdict) == (0.9, 5, 0.8, 0.7, "met")
    assert (row.low, row.high) == pytest.approx((0.812, 0.988), abs=1e-3)


def test_too_few_seeds_and_no_results_leave_a_claim_open():
    claim = Claim("a", "quick", "loop_closure", at_least=0.5)
    assert row_of(claim, {"a": five("a", [9, 9, 9])}).verdict == "open"
    row = row_of(claim, {})
    assert (row.value, row.low, row.n_seeds, row.verdict) == (None, None, 0, "open")


def test_runs_of_an_hour_decide_from_three_seeds_on_with_the_interval_of_three():
    claim = Claim("a", "hour", "loop_closure", at_least=0.5)
    assert row_of(claim, {"a": five("a", [8, 9])}).verdict == "open"
    row = row_of(claim, {"a": five("a", [8, 9, 10])})
    assert (row.n_seeds, row.verdict) == (3, "met")
    t_of_2, standard_error = 4.3027, 0.1 / 3**0.5
    assert row.high - row.value == pytest.approx(t_of_2 * standard_error, rel=1e-4)


def test_a_contrast_is_paired_by_seed_and_must_differ_from_nothing():
    claim = Claim("a - b", "quick", "loop_closure", at_least=0.05)
    clear = {"a": five("a", [8, 9, 10, 9, 8]), "b": five("b", [7, 8, 9, 8, 7])[::-1]}
    row = row_of(claim, clear)
    assert (row.agent, row.value, row.verdict) == ("a - b", pytest.approx(0.1), "met")
    assert row.high - row.low < 1e-9, "every pair differs by the same"
    noisy = {"a": five("a", [9, 1, 9, 1, 9]), "b": five("b", [2, 6, 1, 7, 5])}
    row = row_of(claim, noisy)
    assert row.value > 0.05
    assert row.verdict == "undecided"
    unpaired = {"a": five("a", [8] * 5), "b": five("b", [7] * 5)[:3]}
    assert row_of(claim, unpaired).n_seeds == 3


def test_runs_of_one_seed_share_their_walks_and_seeds_may_have_worlds_of_their_own():
    def scored_in(world, walks, of_one):
        return replace(
            of_one, settings={**of_one.settings, "worlds": {HELD_OUT: world}}, provenance={"evaluation_hash": walks}
        )

    claim = Claim("a - b", "quick", "loop_closure", at_least=0.0)
    own = {name: [scored_in(f"w{i}", f"h{i}", one) for i, one in enumerate(five(name, [9] * 5))] for name in "ab"}
    assert row_of(claim, own).n_seeds == 5
    own["b"][2] = scored_in("w2", "other", own["b"][2])
    assert row_of(claim, own).n_seeds == 4, "of these worlds nobody knows which walks are right"


def test_a_loss_that_is_put_up_with_is_bounded_by_the_whole_interval():
    alike = {"a": five("a", [8, 9, 9, 9, 8]), "b": five("b", [8, 9, 9, 9, 9])}  # -0.02 +- 0.056
    claim = Claim("a - b", "quick", "loop_closure", at_least=-0.1)
    assert row_of(claim, alike).verdict == "met", "no difference is needed where none is claimed"
    assert row_of(replace(claim, at_least=-0.05), alike).verdict == "undecided", "the mean alone is not enough"
    turned = replace(claim, agent="b - a", at_least=None)
    assert row_of(replace(turned, at_most=0.1), alike).verdict == "met"
    assert row_of(replace(turned, at_most=0.05), alike).verdict == "undecided"
    surely_less = {"a": five("a", [7] * 5), "b": five("b", [9] * 5)}
    assert row_of(replace(claim, at_least=None, at_most=-0.1), surely_less).verdict == "met"
    assert row_of(replace(claim, at_least=None, at_most=0.0), alike).verdict == "undecided"


def test_a_difference_from_a_null_is_taken_within_each_run():
    measured = [{"share": 0.5 + 0.01 * seed, "share_null": 0.4 + 0.01 * seed} for seed in range(5)]
    results = [result("a", seed, 9, measurements=of_seed) for seed, of_seed in enumerate(measured)]
    claim = Claim("a", "quick", "share - share_null", at_least=0.0)
    row = row_of(claim, {"a": results})
    assert (row.value, row.verdict) == (pytest.approx(0.1), "met")
    assert row.high - row.low < 1e-9, "runs differ, and the difference within each does not"
    noisy = [replace(one, measurements={"share": 0.1 * seed, "share_null": 0.19}) for seed, one in enumerate(results)]
    assert row_of(claim, {"a": noisy}).verdict == "undecided", "the interval holds 0"


def test_measurements_stand_beside_scores(tmp_path):
    for one in five("tem-t", [9] * 5, measurements={"band_score": 0.75, "rate_maps": {"maps": []}}):
        one.write(tmp_path / EXPERIMENT.name / "quick" / "tem-t" / f"{one.seed}.json")
    rows = ledger({EXPERIMENT.name: replace(EXPERIMENT, claims=())}, tmp_path)
    found = {row.metric: row.value for row in rows}
    assert found == {"loop_closure": 0.9, "zero_shot": 0.9, "revisit": 0.9, "band_score": 0.75}


def test_a_measurement_counts_the_runs_that_had_something_to_measure():
    """An angle between two waves, in a run whose modules have one."""
    angles = [None, 60.0, 62.0, None, 64.0]
    results = [result("a", seed, 9, measurements={"angle": angle, "none": None}) for seed, angle in enumerate(angles)]
    row = row_of(Claim("a", "quick", "angle", at_least=50), {"a": results})
    assert (row.value, row.n_seeds, row.verdict) == (62, 3, "open")
    assert row_of(Claim("a", "quick", "none"), {"a": results}).value is None


def test_the_ledger_lists_what_every_run_measured(tmp_path):
    for seed, measured in enumerate([{"old": 1.0, "new": 2.0, "angle": None}, {"old": 3.0, "angle": 60.0}]):
        one = result("tem-t", seed, 9, measurements=measured)
        one.write(tmp_path / EXPERIMENT.name / "quick" / "tem-t" / f"{seed}.json")
    rows = ledger({EXPERIMENT.name: replace(EXPERIMENT, claims=())}, tmp_path)
    measured = {row.metric: (row.value, row.n_seeds) for row in rows if row.metric in ("old", "new", "angle")}
    assert measured == {"old": (2.0, 2), "angle": (60.0, 1)}


def test_steps_and_worlds_that_were_not_kept_are_named():
    one = result("a", 0, 9)
    assert one.value("loop_closure[33-128]") == 0.9
    with pytest.raises(ValueError, match="not a union of bins"):
        one.value("loop_closure[1-64]")
    with pytest.raises(ValueError, match=r"has no score.*loop_closure@held-out"):
        one.value("loop_closure@32x32")


def test_the_published_json_has_the_published_keys():
    rows = json.loads(as_json(ledger(EXPERIMENTS | STUDIES, RESULTS)))
    assert rows
    for row in rows:
        assert list(row) == JSON_KEYS
        assert row["verdict"] in ("", *VERDICTS)
        assert (row["fixed"] != "") == (row["target"] is not None and row["n_seeds"] > 0)


def test_what_is_asked_and_not_claimed_has_no_empty_table():
    with_target = ledger({EXPERIMENT.name: EXPERIMENT}, Path("nowhere"))
    assert "| agent |" in as_markdown(with_target)
    assert as_markdown([replace(row, target=None) for row in with_target]) == ""


def test_a_table_goes_between_its_markers_and_nowhere_else():
    first, last = "<!-- title: made by `python -m benchmarks docs` -->", "<!-- /title -->"
    text = f"before\n{first}\nold\n{last}\nafter\n"
    assert put_between(text, "title", "new") == f"before\n{first}\n\nnew\n\n{last}\nafter\n"
    with pytest.raises(ValueError, match="once each, to say where the table goes"):
        put_between("no markers", "title", "new")
