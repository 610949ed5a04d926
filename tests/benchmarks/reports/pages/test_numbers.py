"""Numbers on pages of prose come from the committed results, and from nowhere else."""

import re

import pytest

from benchmarks.reports.pages import findings, slot_free
from benchmarks.reports.pages.numbers import Number, Numbers, with_numbers
from tests.helpers.paths import ROOT

DOCS = ROOT / "docs"
MADE = r"<!-- ([\w-]+): made by .*?<!-- /\1 -->"


@pytest.mark.parametrize(("page", "tables"), [("findings", findings.TABLES), ("slot-free-memory", slot_free.TABLES)])
def test_the_tables_of_a_page_are_as_they_stand(page, tables):
    text = (DOCS / f"{page}.md").read_text()
    assert with_numbers(text, tables) == text, "make it anew with `python -m benchmarks docs`"


@pytest.mark.parametrize(
    "page", ["findings.md", "learning-from-reward.md", "board.md", "slot-free-memory.md", "what-a-good-score-is.md"]
)
def test_prose_names_no_measured_number(page):
    """Nobody would notice that it is no longer true; a table between markers is made anew."""
    prose = re.sub(f"{MADE}|```.*?```", "", (DOCS / page).read_text(), flags=re.DOTALL)
    assert re.findall(r".{,30}(?<!\d)0?\.\d.*", prose) == []


def test_a_table_has_the_mean_of_each_number_and_half_of_its_interval():
    page = "<!-- rows: made by `python -m benchmarks docs` -->\n<!-- /rows -->"
    number = Number("nmda-capacity", "8-maps", "letters_known", "±.0f")
    made = with_numbers(page, {"rows": Numbers(("maps", "known", "nothing"), {"eight": [number, None]})})
    assert "| maps | known | nothing |\n|---|--:|--:|\n| eight | 158 ± 23 |  |" in made


def test_a_number_that_nothing_has_measured_is_named():
    page = "<!-- rows: made by `python -m benchmarks docs` -->\n<!-- /rows -->"
    never_run = Number("nmda-capacity", "8-maps", "letters_known", preset="paper")
    with pytest.raises(ValueError, match=r"no result of Number\(experiment='nmda-capacity', agent='8-maps'"):
        with_numbers(page, {"rows": Numbers(("maps", "known"), {"eight": [never_run]})})
