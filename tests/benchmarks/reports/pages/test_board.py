"""The page of the board: agents crossed with tasks, and right answers by the memory that they come from."""

import pytest

from benchmarks.reports.pages.board import FAMILIAR, KINDS, crossing_table, memories_table, with_tables
from benchmarks.suite.standings import standings
from tests.helpers.made_up import SUITE, made_up
from tests.helpers.paths import ROOT

PAGE = ROOT / "docs" / "board.md"


def rows_of(table):
    """The cells of a table in Markdown, by its first column."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {first: dict(zip(cells[0][1:], rest, strict=True)) for first, *rest in cells[2:]}


def test_the_page_is_as_its_results_are():
    text = PAGE.read_text()
    assert with_tables(text) == text, "run `python -m benchmarks docs`"


def test_what_was_not_run_stays_empty_and_fewer_runs_than_decide_are_told(tmp_path):
    for seed in range(5):
        for variant in ("lstm", "tem-t")[: 2 if seed < 2 else 1]:
            result, _ = made_up("line", variant, seed, 0.5)
            result.write(result.path_in(tmp_path))
    rows = rows_of(crossing_table(standings(SUITE, tmp_path)))
    assert list(rows) == list(SUITE.tasks)
    assert rows["line"]["tem-t"].endswith("(2 runs)")
    assert "run" not in rows["line"]["lstm"]
    assert "±" in rows["line"]["lstm"]
    assert rows["tree"]["tem-t"] == rows["tree"]["lstm"] == ""


def test_a_task_that_an_agent_has_no_method_for_says_so(tmp_path):
    rows = rows_of(crossing_table(standings(SUITE, tmp_path)))
    assert rows["line"]["nmda"] == rows["line"]["cscg"] == rows["line"]["mhn-transformer"] == "no method"
    assert rows["reference-memory"]["cscg"] == rows["case-sequence"]["mhn-transformer"] == ""


def test_a_memory_of_the_walk_has_most_of_the_published_reference_memory(tmp_path):
    """One who is right in half of all cases is so everywhere; one who remembers the walk knows what was in it."""
    result, _ = made_up(FAMILIAR, "lstm", 0, 0.5)
    result.write(result.path_in(tmp_path))
    rows = rows_of(memories_table(standings(SUITE, tmp_path)))
    assert [float(rows["lstm (1 run)"][kind]) for kind in KINDS] == pytest.approx([0.55] * 4, abs=0.01)
    assert [rows["*chance*"][kind] for kind in KINDS] == [".100"] * 4
    knows = {kind: float(rows["*node-agent*"][kind]) for kind in KINDS}
    assert knows["in window"] == knows["out of window, in trial"] == 1
    assert knows["never in trial"] == 0.1 < knows["LTRM as published"] < 1
