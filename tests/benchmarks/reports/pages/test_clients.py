"""What `make test-clients` found, and the page that is made of it; the clients themselves are not run here."""

import re

import pytest

from benchmarks.reports.pages.clients import client_table, read, step_lists, with_clients
from tests.clients.__main__ import main, steps_in, told
from tests.clients.clients import CLIENTS
from tests.helpers.paths import ROOT

REPORT = """<testsuites><testsuite>
<testcase name="test_ppo_learns[hippo/Rectangle-v0]" time="1.234" />
<testcase name="test_ppo_learns[hippo/PatternMemory-v0]" time="0.1"><skipped message="no such actions" /></testcase>
<testcase name="test_it_is_played" time="2"><failure message="TypeError: one&#10;two">...</failure></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def found():
    versions = {"python": "3.11.7", "gymnasium": "1.4.0", "new": "0.1"}
    return {"client": "New", "script": "with_new.py", "versions": versions, "seconds": 3.4, "failed": None} | {
        "steps": steps_in(REPORT)
    }


def test_the_page_is_as_its_results_are():
    text = (ROOT / "docs" / "other-libraries.md").read_text(encoding="utf-8")
    assert with_clients(text) == text, "run `python -m benchmarks docs`"


def test_every_client_was_tried_as_it_is_pinned():
    kept = {one["folder"]: one for one in read()}
    assert list(kept) == [client.folder for client in CLIENTS], "run `make test-clients`"
    for client in CLIENTS:
        assert (kept[client.folder]["script"], kept[client.folder]["requires"]) == (client.script, [*client.requires])


def test_every_script_has_a_client_that_is_pinned_by_name_alone():
    scripts = {path.name for path in (ROOT / "tests" / "clients").glob("with_*.py")}
    assert scripts == {client.script for client in CLIENTS}
    for client in CLIENTS:
        assert all(re.fullmatch(r"[\w\-]+(\[[\w,]+\])?==[\d.]+(\*)?", one) for one in client.requires)


def test_a_step_is_kept_with_its_outcome_and_the_first_line_of_why(found):
    assert [(step["does"], step["on"], step["outcome"], step["why"]) for step in found["steps"]] == [
        ("ppo learns", "hippo/Rectangle-v0", "passed", None),
        ("ppo learns", "hippo/PatternMemory-v0", "left out", "no such actions"),
        ("it is played", "", "failed", "TypeError: one"),
    ]
    assert told(found).endswith("1 passed, 1 left out, 1 failed, 3 s; it is played []: TypeError: one")


def test_the_table_has_versions_and_the_list_what_was_done_and_left_out(found):
    row = client_table([found]).splitlines()[-1]
    assert row == "| [New](../tests/clients/with_new.py) | 0.1 | 1.4.0 | 3.11.7 | 1 of 2 | 3 |"
    assert step_lists([found]).splitlines() == [
        "- **New**: ppo learns; it is played",
        "  - left out: ppo learns, on hippo/PatternMemory-v0: no such actions",
        "  - failed: it is played: TypeError: one",
    ]
    missing = found | {"steps": [], "failed": "not installed: there is no python3.99 on the path"}
    assert "| not installed: there is no python3.99 on the path |" in client_table([missing])


def test_an_unknown_client_is_refused_with_those_there_are(capsys):
    assert main(["keras"]) == 2
    assert "there is no client keras: use some of gymnasium-1.1-on-3.11, " in capsys.readouterr().err
