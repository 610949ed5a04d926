"""Studies: every variant at the smoke preset, and what runs, results, claims and figures promise for them."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from benchmarks.experiments import EXPERIMENTS, STUDIES, find_experiment
from benchmarks.experiments.experiment import Claim
from benchmarks.records.collect import by_variant, collect
from benchmarks.records.result import Result
from benchmarks.records.run import run_directory
from benchmarks.reports.figures.draw import OF_PROGRAM, draw
from benchmarks.reports.ledger import ledger, rows_of, target_of
from benchmarks.reports.tables import print_report
from benchmarks.running.programs import PROGRAMS
from benchmarks.running.run_study import run_study

QUIET = Console(quiet=True)


FIRST = {PROGRAMS[study.program]: study.name for study in reversed(STUDIES.values())}.values()
# One study of each program for `make test`; the others show the same with other settings.
STUDIES_TO_RUN = [
    pytest.param(study, id=name, marks=[] if name in FIRST else pytest.mark.slow) for name, study in STUDIES.items()
]


@pytest.fixture(scope="module", params=STUDIES_TO_RUN)
def finished(request, tmp_path_factory):
    """A finished smoke run of every variant: (study, its runs folder, its results)."""
    study, runs = request.param, tmp_path_factory.mktemp("runs")
    return (
        study,
        runs,
        [result for variant in study.variants for result in run_study(study, variant, "smoke", (0,), runs, QUIET)],
    )


def test_every_claim_is_about_something_that_is_measured(finished):
    study, _, results = finished
    measured = by_variant(results)
    for claim in study.claims:
        assert claim.preset in study.presets
        assert claim.within is None or claim.paper is not None
        assert sum(bound is not None for bound in (claim.at_least, claim.at_most, claim.within)) == 1
        for name in claim.agent.split(" - "):
            for part in claim.metric.split(" - "):
                assert part in measured[name][0].measurements


def test_a_study_has_the_presets_of_an_experiment_and_enough_seeds():
    assert not set(STUDIES) & set(EXPERIMENTS)
    for study in STUDIES.values():
        assert find_experiment(study.name) is study
        assert set(study.presets) == {"smoke", "quick", "paper"}
        assert study.program in PROGRAMS
        assert study.program in OF_PROGRAM
        for preset in ("quick", "paper"):
            # Five to claim something; two will do to choose a learning rate by.
            assert len(study.preset(preset).seeds) >= (5 if study.claims else 2)


def test_results_carry_all_settings_and_where_they_come_from(finished):
    study, runs, results = finished
    for result in results:
        assert result.settings == study.settings_of(result.variant, "smoke", 0).as_json()
        assert {"versions", "commit", "data_hash", "weights_hash", "wall_seconds_of_all"} <= set(result.provenance)
        assert Result.read(run_directory(result.settings, runs) / "result.json") == result
    assert len(json.dumps(results[0].measurements)) < 20_000


def test_variants_of_one_seed_share_their_data_and_seeds_do_not(finished, tmp_path):
    study, _, results = finished
    kinds = {
        (
            tuple(result.settings.get(name) for name in ("bits_changed", "n_letters", "context", "look_alike")),
            result.provenance["data_hash"],
        )
        for result in results
    }
    assert len(kinds) == len({kind for kind, _ in kinds})
    (other,) = run_study(study, results[0].variant, "smoke", (1,), tmp_path, QUIET)
    assert other.provenance["data_hash"] != results[0].provenance["data_hash"]


def test_a_seed_gives_the_same_alone_and_beside_others(finished, tmp_path):
    study, _, results = finished
    name = results[-1].variant
    both = run_study(study, name, "smoke", (0, 1), tmp_path, QUIET)
    assert both[0].provenance["data_hash"] == results[-1].provenance["data_hash"]
    for metric, value in results[-1].measurements.items():
        if isinstance(value, float):
            assert both[0].measurements[metric] == pytest.approx(value, abs=2e-3), metric


def test_finished_seeds_are_not_repeated_and_foreign_results_refused(finished):
    study, runs, results = finished
    first = results[0]
    path = run_directory(first.settings, runs) / "result.json"
    before = path.stat().st_mtime_ns
    assert run_study(study, first.variant, "smoke", (0,), runs, QUIET)[0].provenance == first.provenance
    assert path.stat().st_mtime_ns == before
    replace(first, seed=9, settings={**first.settings, "seed": 9}).write(path)
    with pytest.raises(ValueError, match="result of another run"):
        run_study(study, first.variant, "smoke", (0,), runs, QUIET)
    first.write(path)


def test_results_reach_the_ledger_the_report_and_the_figures(finished, tmp_path):
    study, runs, results = finished
    assert {result.variant for result in collect(study, "smoke", runs)} == set(study.variants)
    rows = ledger({study.name: study}, runs)
    assert {row.metric for row in rows if row.preset == "smoke"} <= set().union(*(r.measurements for r in results))
    console = Console(record=True, width=200, file=io.StringIO())
    decided = replace(study, claims=tuple(replace(claim, preset="smoke") for claim in study.claims))
    print_report(decided, results, console)
    assert study.claims[0].metric in console.export_text()
    paths = list(draw(study, results, tmp_path))
    assert paths
    assert all(path.stat().st_size > 10_000 for path in paths)


def test_a_setting_that_a_study_does_not_have_is_refused():
    study = next(iter(STUDIES.values()))
    wrong = replace(study, variants={"a": {"n_hiden": 3}})
    with pytest.raises(ValueError, match=r"no setting 'n_hiden': it has \w+"):
        wrong.settings_of("a", "smoke", 0)
    with pytest.raises(ValueError, match="A seed is from 0 to 4294967295, got -1"):
        study.settings_of(next(iter(study.variants)), "smoke", -1)


def test_a_claim_may_be_to_come_near_a_number(finished):
    study, _, results = finished
    five = {"a": [replace(results[0], seed=seed, measurements={"x": 0.5}) for seed in range(5)]}
    near, far = (Claim("a", "smoke", "x", paper=paper, within=0.02) for paper in (0.51, 0.53))
    rows = rows_of(study, [near, far], five)
    assert [row.verdict for row in rows] == ["met", "missed"]
    assert target_of(rows[0]) == "within 0.02 of it"
