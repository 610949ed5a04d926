"""Options have one name in every command, and are accepted as they were spelled before."""

import inspect

import pytest

from benchmarks.experiments.world_seeds import parse_seeds
from benchmarks.running.sweep.command import _sweep_seeds
from tests.test_docs import COMMANDS, parsed

SPELLINGS = {"--agent": "--agents", "--seed": "--seeds", "--out": "--output", "--record": "--output"}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_has_an_option_of_its_own_for_agents_seeds_outputs_or_results(command):
    names = set(inspect.signature(COMMANDS[command]).parameters)
    assert not names & {"out", "record", "seed" if command != "rollout" else "seeds"}
    assert "agent" not in names or command == "rollout", "the one that is watched, which is no option"


@pytest.mark.parametrize(
    ("command", "before", "now"),
    [
        ("run", "line --agent lstm --seed 3", "line --agents lstm --seeds 3"),
        ("sweep", "line --agent lstm", "line --agents lstm"),
        ("figures", "line --agent lstm --out a", "line --agents lstm --output a"),
        ("anatomy", "line --agent lstm", "line --agents lstm"),
        ("submit", "runs --out a --agent lstm", "runs --output a --agents lstm"),
        ("rollout", "lstm --record a.gif --seeds 3", "lstm --output a.gif --seed 3"),
        ("verify", "runs --record a", "runs --results a"),
        ("walks", "--out a", "--output a"),
        ("leaderboard", "--out a", "--output a"),
        ("gallery", "--out a", "--output a"),
    ],
)
def test_an_option_means_the_same_in_its_earlier_spelling(command, before, now):
    assert parsed(command, before.split()) == parsed(command, now.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_begins_with_the_name_of_today(command, capsys):
    with pytest.raises(SystemExit):
        parsed(command, ["--help"])
    usage = capsys.readouterr().out.partition("\n\n")[0]
    assert not {f"[{before}" for before in SPELLINGS if command != "rollout"} & set(usage.split())


@pytest.mark.parametrize(
    ("typed", "seeds"), [("5", (5,)), ("0 3 7", (0, 3, 7)), ("0-4", (0, 1, 2, 3, 4)), ("1 0-2", (1, 0, 2)), ("", ())]
)
def test_seeds_are_named_one_by_one_or_as_ranges(typed, seeds):
    assert parse_seeds(typed.split()) == seeds


@pytest.mark.parametrize(
    ("typed", "seeds"), [("5", (0, 1, 2, 3, 4)), ("0", (0,)), ("5-5", (5,)), ("3 5", (3, 5)), ("", ())]
)
def test_a_sweep_reads_a_single_number_as_before_and_says_so(typed, seeds, capsys):
    assert _sweep_seeds(tuple(typed.split())) == seeds
    said = capsys.readouterr().err
    assert said == ("--seeds 5 is read as the first 5: write 0-4, or 5-5 for seed 5 alone.\n" if typed == "5" else "")
