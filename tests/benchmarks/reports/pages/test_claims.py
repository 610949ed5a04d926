"""Pages of claims: one for each experiment, made of it and of the results as they stand."""

import re
import shutil

import pytest

from benchmarks.__main__ import COMMANDS
from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.records.result import RESULTS
from benchmarks.reports.ledger import ledger, target_of
from benchmarks.reports.pages.claims import figures_of, page, with_summary, write_pages
from benchmarks.reports.verdicts import VERDICTS
from tests.helpers.paths import PICTURES, ROOT

DOCS = ROOT / "docs"
EVERYTHING = EXPERIMENTS | STUDIES
REMEDY = "make it anew with `python -m benchmarks docs`"


@pytest.fixture(scope="module")
def rows():
    return ledger(EVERYTHING, RESULTS)


@pytest.fixture(params=EVERYTHING)
def experiment(request):
    return EVERYTHING[request.param]


def text_of(experiment):
    path = DOCS / "claims" / f"{experiment.name}.md"
    assert path.exists(), REMEDY
    return path.read_text()


def test_a_page_is_made_of_the_experiment_and_the_results_as_they_stand(experiment, rows):
    of_one = [row for row in rows if row.experiment == experiment.name]
    assert page(experiment, of_one, DOCS / "figures") == text_of(experiment), REMEDY


def test_the_summary_is_as_it_stands(rows):
    text = (DOCS / "claims.md").read_text()
    assert with_summary(text, rows) == text, REMEDY


def test_a_page_says_what_is_claimed_of_whom_from_where_and_how_to_run_it_again(experiment, rows):
    text = text_of(experiment)
    for needed in (experiment.statement, experiment.source, *experiment.variants):
        assert needed in text
    claimed = [row for row in rows if row.experiment == experiment.name and row.target is not None]
    assert len(claimed) == len(experiment.claims)
    lines = [line for line in text.splitlines() if line.startswith("| ") and line.split(" | ")[-2] in VERDICTS]
    for row, line in zip(claimed, lines, strict=True):
        assert line.startswith(f"| {row.agent} | {row.preset} | {row.metric} |")
        assert line.endswith(f"| {target_of(row)} | {row.verdict} | {row.fixed} |")
    for preset in {claim.preset for claim in experiment.claims} or {"quick"}:
        assert f"python -m benchmarks run {experiment.name} --preset {preset}\n" in text


def test_every_figure_that_is_kept_is_on_one_page_with_words_for_who_does_not_see_it():
    shown = [
        found for one in EVERYTHING.values() for found in re.findall(r"!\[(.+)\]\(\.\./figures/(.+)\)", text_of(one))
    ]
    assert sorted(name for _, name in shown) == [path.name for path in PICTURES]
    assert all(len(words) > 30 for words, _ in shown)


def test_figures_of_an_experiment_are_not_those_of_one_whose_name_begins_alike(tmp_path):
    for name in ("case-sequence-quick", "case-sequence-values-quick", "case-sequence-quick-learning"):
        (tmp_path / f"{name}.png").touch()
    found = [path.stem for path in figures_of(EVERYTHING["case-sequence"], tmp_path)]
    assert found == ["case-sequence-quick", "case-sequence-quick-learning"]


def test_claims_writes_summary_and_pages_and_takes_away_those_of_no_experiment(tmp_path):
    shutil.copy(DOCS / "claims.md", tmp_path / "mine.md")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "zero-shot-nowhere.md").touch()
    (tmp_path / "runs").mkdir()
    COMMANDS["claims"](page=tmp_path / "mine.md", runs=tmp_path / "runs")
    assert {path.stem for path in (tmp_path / "mine").iterdir()} == set(EVERYTHING)
    n_open = sum(len(one.claims) for one in EVERYTHING.values())
    made = "".join(path.read_text() for path in (tmp_path / "mine").iterdir())
    assert made.count("| open |  |\n") == n_open


def test_a_summary_without_a_place_for_its_table_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "claims.md").write_text("nothing here")
    with pytest.raises(ValueError, match="once each"):
        write_pages(tmp_path / "claims.md", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["claims.md"]
