"""The tree explains itself: few rooms, each with a caption in the README."""

import re

from tests.helpers.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_at_the_top_of_benchmarks_there_are_nine_entries_at_most():
    found = {path.name for path in (ROOT / "benchmarks").iterdir()} - {"__init__.py", "__pycache__"}
    assert len(found) <= 9, f"put what is new into a room: {', '.join(sorted(found))}"


def test_every_room_of_benchmarks_has_a_caption():
    rooms = {path.name for path in (ROOT / "benchmarks").iterdir() if path.is_dir()} - {"__pycache__"}
    captioned = set(re.findall(r"^  (\w+)/ {2,}\S", README, flags=re.MULTILINE))
    assert rooms <= captioned, f"add them to the tree of README.md: {', '.join(sorted(rooms - captioned))}"
