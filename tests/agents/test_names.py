"""Names that become those of folders lead nowhere else, and no two of them look alike."""

from pathlib import Path

import pytest

from agents import find_agent
from agents.names import check_name
from agents.trained import describe_trained

LEADS_ELSEWHERE = [
    "",
    ".",
    "..",
    "../x",
    "lab/x",
    "/tmp/x",
    r"..\x",
    "C:x",
    "a\nb",
    "a\x1b",
    "x.",
    " x",
    ".x",
    "nul",
    "COM1.txt",
]
LOOKS_ALIKE = {
    "t\u0435m-t": "CYRILLIC SMALL LETTER IE",
    "tem\u2011t": "NON-BREAKING HYPHEN",
    "\uff34EM": "FULLWIDTH LATIN",
}


@pytest.mark.parametrize("name", [*LEADS_ELSEWHERE, *LOOKS_ALIKE, "x" * 300, 1, None])
def test_a_name_that_is_none_of_a_folder_is_refused(name):
    with pytest.raises(ValueError, match="An agent "):
        check_name(name, "An agent")


@pytest.mark.parametrize("name", ["tem-t-square", "lstm[2]", "a b", "alpha=0.1", "my_agents.Clocks", "console"])
def test_a_name_of_a_folder_is_given_back(name, tmp_path):
    (tmp_path / check_name(name, "An agent")).mkdir()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(("name", "letter"), LOOKS_ALIKE.items())
def test_a_letter_that_looks_like_another_is_named(name, letter):
    with pytest.raises(ValueError, match=letter):
        check_name(name, "An agent")
    with pytest.raises(ValueError, match=letter):
        find_agent(f"my_agents:{name}")


def test_no_card_is_read_outside_of_the_folder():
    with pytest.raises(ValueError, match="names a folder: leave out"):
        describe_trained("../trained/lstm-line", Path("agents/trained"))
