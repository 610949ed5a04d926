"""Pages of agents, and what the README says of claims and of the board: they are those of the code and the results."""

from dataclasses import dataclass

import pytest

from agents import AGENTS
from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.reports.ledger import ledger
from benchmarks.reports.markdown import put_between
from benchmarks.reports.pages import agents as agent_docs
from benchmarks.reports.pages import environments as environment_docs
from benchmarks.reports.pages.agents import PAGES, PARTS, TO_WRITE, headings_of, meanings_of, with_tables
from benchmarks.reports.pages.board import with_board
from benchmarks.reports.pages.claims import claims_table
from benchmarks.reports.pages.rewards import with_costs
from tests.helpers.paths import ROOT

FOLDER = ROOT / "docs" / "agents"
REMEDY = "make it anew with `python -m benchmarks docs`"


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_made_of_configs_and_results_as_they_stand(name):
    text = text_of(name)
    assert with_tables(name, text) == text, REMEDY


def test_there_is_a_page_for_every_agent_and_no_other():
    assert set(AGENTS) <= set(PAGES)
    assert {path.stem for path in FOLDER.iterdir()} == set(PAGES), REMEDY


@pytest.mark.parametrize("name", PAGES)
def test_every_page_tells_the_same_kinds_of_things(name):
    text = text_of(name)
    assert TO_WRITE not in text, f"say in docs/agents/{name}.md what is to be written"
    found = [line.removeprefix("## ").partition(" from ")[0] for line in text.splitlines() if line.startswith("## ")]
    assert found == list(PARTS)


@pytest.mark.parametrize("name", AGENTS)
def test_a_page_that_is_missing_begins_as_its_headings_which_have_a_place_for_its_tables(name):
    assert "| setting | default | meaning |" in with_tables(name, headings_of(name))


def test_the_index_has_all_agents_and_environments():
    text = (ROOT / "docs" / "README.md").read_text()
    made = put_between(text, "agents", agent_docs.links("agents"))
    assert put_between(made, "environments", environment_docs.links("environments")) == text, REMEDY


def text_of(name):
    path = FOLDER / f"{name}.md"
    assert path.exists(), REMEDY
    return path.read_text()


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

    with pytest.raises(ValueError, match=r"The docstring of Config does not document n_mute: add it"):
        meanings_of(Config)
    del Config.__dataclass_fields__["n_mute"]
    assert meanings_of(Config) == dict.fromkeys(("n_units", "n_layers"), "explained over two lines: with a colon.")


def test_a_page_without_a_place_for_a_table_is_refused():
    with pytest.raises(ValueError, match="once each"):
        with_tables("lstm", "nothing here")


def test_what_the_readme_says_of_the_board_is_as_it_stands():
    text = (ROOT / "README.md").read_text()
    assert with_board(text) == text, REMEDY


def test_what_learners_from_reward_cost_is_as_it_stands():
    text = (ROOT / "docs" / "learning-from-reward.md").read_text()
    assert with_costs(text) == text, REMEDY
    rows = [line for line in text.splitlines() if line.startswith("| rl-")]
    assert any("ppo-memory | 5 |" in row and "| 491,520 | 960 |" in row for row in rows), "its own training is told"


def test_every_claim_has_a_verdict_and_is_counted(tmp_path):
    """In a folder without results all of them are open."""
    rows = [line.split("|") for line in claims_table(ledger(EXPERIMENTS | STUDIES, tmp_path)).splitlines()[2:]]
    counted = {
        row[1].split("]")[0].strip(" ["): [int(cell) if cell.strip() else 0 for cell in row[3:7]] for row in rows
    }
    everything = EXPERIMENTS | STUDIES
    assert counted == {name: [0, 0, 0, len(experiment.claims)] for name, experiment in everything.items()}
