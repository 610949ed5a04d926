"""What reproduces: every claim of a paper is decided as in the ledger."""

import re

import pytest

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.records.result import RESULTS
from benchmarks.reports.ledger import ledger
from benchmarks.reports.pages.numbers import Number
from benchmarks.reports.pages.reproduces import PAPERS, row_of, with_papers
from tests.helpers.paths import ROOT

NUMBERS = [claim.decided_by for claims in PAPERS.values() for claim in claims if isinstance(claim.decided_by, Number)]


def test_verdicts_are_those_of_the_ledger():
    """Differences are corrected for how many an experiment claims, so a claim is never judged alone."""
    experiment = (EXPERIMENTS | STUDIES)["nmda-activations-tuned"]
    known = {(row.agent, row.metric): row for row in ledger({experiment.name: experiment}, RESULTS)}
    chosen = [number for number in NUMBERS if number.experiment == experiment.name]
    assert len(chosen) > 1
    assert [row_of(number) for number in chosen] == [known[number.agent, number.metric] for number in chosen]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number.experiment} {number.agent} {number.metric}")
def test_what_decides_is_a_claim_with_a_target(number):
    assert row_of(number).target is not None


def test_what_is_no_claim_is_refused_by_name():
    with pytest.raises(ValueError, match=r"zero-shot-line has no claim of .*'stwm_64'"):
        row_of(Number("zero-shot-line", "tem-t", "stwm_64"))


def test_the_page_is_of_the_committed_results_and_names_the_number_of_the_paper():
    page = (ROOT / "docs" / "what-reproduces.md").read_text(encoding="utf-8")
    assert with_papers(page) == page
    assert len(re.findall(r"\| (met|missed|undecided|open) \|$", page, flags=re.MULTILINE)) == len(NUMBERS)
    assert "| within 0.02 of 0.716 |" in page
