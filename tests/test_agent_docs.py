"""Pages of agents: their tables are those of the code and the results."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from agents import AGENTS
from benchmarks.agent_docs import PAGES, meanings_of, with_tables

FOLDER = Path(__file__).parent.parent / "docs" / "agents"
REMEDY = "make it anew with `python -m benchmarks docs`"


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_made_of_configs_and_results_as_they_stand(name):
    text = (FOLDER / f"{name}.md").read_text()
    assert with_tables(name, text) == text, REMEDY


def test_there_is_a_page_for_every_agent_and_no_other():
    assert set(AGENTS) <= set(PAGES)
    assert {path.stem for path in FOLDER.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_tells_the_same_kinds_of_things(name):
    text = (FOLDER / f"{name}.md").read_text()
    found = [line.removeprefix("## ").partition(" from ")[0] for line in text.splitlines() if line.startswith("## ")]
    assert found == ["Equations", "Settings", "Departures", "Results", "Alone"]


def test_a_setting_that_is_not_explained_is_named():
    @dataclass
    class Config:
        """Sizes.

        Args:
            n_units, n_layers: explained
                over two lines: with a colon.

        Raises:
            n_mute: never.
        """

        n_units: int = 1
        n_layers: int = 2
        n_mute: int = 3

    with pytest.raises(ValueError, match=r"The docstring of Config says nothing of n_mute: add it"):
        meanings_of(Config)
    del Config.__dataclass_fields__["n_mute"]
    assert meanings_of(Config) == dict.fromkeys(("n_units", "n_layers"), "explained over two lines: with a colon.")


def test_a_page_without_a_place_for_a_table_is_refused():
    with pytest.raises(ValueError, match="once each"):
        with_tables("lstm", "nothing here")
