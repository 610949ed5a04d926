"""Pages, tables and timings of environments."""

import json
import re
from collections import defaultdict
from functools import cached_property, partial

import gymnasium as gym
import pytest

from benchmarks.__main__ import COMMANDS
from benchmarks.reports.markdown import put_between
from benchmarks.reports.pages import environments as environment_docs
from benchmarks.reports.timings import command_speed, recurrence_speed, speed, update_speed
from benchmarks.reports.timings import references as reference_scores
from hippo_envs import ENVIRONMENTS, make_family, sample_walks
from hippo_envs.walks import Walks
from tests.helpers.paths import ROOT

PAGES = ROOT / "docs" / "environments"
REMEDY = "make it anew with `python -m benchmarks docs`"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_pages_are_made_of_the_docstrings_and_measurements_as_they_stand(name):
    made = environment_docs.page(name, reference_scores.read())
    path = PAGES / environment_docs.file_name(name)
    assert path.exists(), REMEDY
    assert path.read_text() == made, REMEDY


@pytest.mark.parametrize("kind", environment_docs.VIEWS)
def test_what_views_share_is_on_one_page(kind):
    assert (PAGES / environment_docs.VIEWS[kind].page).read_text() == environment_docs.shared_page(kind), REMEDY


def test_the_page_of_a_view_shows_its_own_worlds_scores_and_first_step():
    own = environment_docs.page("hippo/Hexagonal-Predict-v0", {})
    assert "those of [`hippo/Hexagonal-v0`](hexagonal.md), whose arguments it takes: `radius`" in own
    assert "| edge agent: knows where edges taken lead | .33 |" in own
    env = gym.make("hippo_envs:hippo/Hexagonal-Predict-v0")
    assert f">>> env.reset(seed=0)[0]\n{env.reset(seed=0)[0]}\n" in own


def test_there_is_a_page_for_every_environment_and_no_other():
    pages = {environment_docs.file_name(name) for name in ENVIRONMENTS} | {"predict.md", "explore.md"}
    assert {path.name for path in PAGES.iterdir()} == pages, REMEDY


def test_every_environment_has_been_timed():
    missing = [name for name in ENVIRONMENTS if name not in speed.read()]
    assert not missing, f"on a quiet machine: python -m benchmarks speed --write --environments {' '.join(missing)}"


def test_every_stream_has_floors_and_ceilings():
    missing = [name for name in reference_scores.STREAMS if name not in reference_scores.read()]
    assert not missing, f"measure them: python -m benchmarks references --write --environments {' '.join(missing)}"


def test_the_table_of_speeds_is_as_it_was_measured():
    text = (ROOT / "docs" / "speed.md").read_text()
    made = speed.as_markdown(speed.read(), speed.read_yardsticks())
    assert put_between(text, "speeds", made) == text, REMEDY


def test_single_rows_of_scores_are_put_among_the_others_which_stay(tmp_path):
    before = reference_scores.REFERENCE_SCORES.read_text()
    path = tmp_path / "references.json"
    path.write_text(before)
    reference_scores.write({"hippo/Line-v0": {"n_steps": {}}}, path)
    after = reference_scores.read(path)
    assert list(after) == list(reference_scores.read())
    assert after.pop("hippo/Line-v0") == {"n_steps": {}}
    assert after.items() <= reference_scores.read().items()
    assert set(json.loads(path.read_text())["added"]["hippo/Line-v0"]) == {"versions", "commit"}


def test_all_rows_written_anew_are_in_the_file_as_it_was_before(tmp_path):
    path = tmp_path / "speed.json"
    speed.write(speed.read(), path)
    before, after = (json.loads(file.read_text()) for file in (speed.SPEEDS, path))
    assert list(after) == [title for title in before if title != "added"]
    assert list(after["steps_per_second"].items()) == list(before["steps_per_second"].items())


def test_an_environment_that_is_timed_later_is_compared_with_cartpole_of_that_hour(tmp_path):
    path = tmp_path / "speed.json"
    path.write_text(speed.SPEEDS.read_text())
    speed.write({speed.YARDSTICK: {"raw": 10.0}, "Taxi-v4": {"raw": 1.0}, "hippo/Line-v0": {"raw": 50.4}}, path)
    speeds, yardsticks = speed.read(path), speed.read_yardsticks(path)
    assert list(speeds) == list(speed.read())
    assert speeds.pop("hippo/Line-v0") == {"raw": 50}
    assert speeds.items() <= speed.read().items(), "the yardsticks of the others stay"
    assert yardsticks["hippo/Line-v0"] == {"raw": 10}
    assert yardsticks["hippo/Hexagonal-v0"] == speed.read()[speed.YARDSTICK]
    assert "| hippo/Line-v0 | 0.05 k (5.0) |" in speed.as_markdown({"hippo/Line-v0": {"raw": 50}}, yardsticks)


def test_the_table_of_the_readme_is_as_it_stands():
    text = (ROOT / "README.md").read_text()
    assert put_between(text, "environments", environment_docs.all_environments()) == text, REMEDY


@pytest.mark.parametrize(
    ("name", "n_steps"),
    [
        ("hippo/Rectangle-v0", "128"),
        ("hippo/CaseSequence-v0", "5"),
        ("hippo/CaseSequence-Predict-v0", "5"),
        ("hippo/PatternCompletion-v0", "59"),
        ("hippo/Rectangle-Predict-v0", "127"),
        ("hippo/PatternMemory-v0", "1,100"),
    ],
)
def test_the_table_says_how_long_an_episode_is_wherever_it_ends_by_itself(name, n_steps):
    (row,) = (row for row in environment_docs.all_environments().splitlines() if row.startswith(f"| [`{name}`]"))
    assert row.strip(" |").split(" | ")[4] == n_steps


def test_every_mask_of_walks_is_in_the_table_of_metrics():
    walks = sample_walks(make_family("hippo/Rectangle-v0"), [0], 9)
    names = [name for name, made in vars(Walks).items() if isinstance(made, cached_property) and name[0] != "_"]
    masks = [name for name in names if getattr(walks, name).dtype == bool]
    ages = [name for name in names if name.endswith("age")]
    assert len(masks) > 10
    table = (ROOT / "docs" / "metrics.md").read_text().partition("\n## Masks\n")[2].partition("\n## ")[0]
    in_table = re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in table.splitlines() if row[:1] == "|"))
    assert not {*masks, *ages} - {*in_table}


def test_examples_stand_in_code_blocks_and_headings_outside():
    made = environment_docs.page("hippo/Rectangle-v0", reference_scores.read())
    blocks = re.findall(r"```pycon\n(.*?)```", made, flags=re.DOTALL)
    assert len(blocks) == 1
    assert blocks[0].startswith(">>> import gymnasium")
    assert "((3,), (3, 5))" in blocks[0]
    assert "## Scoring" in made.replace(blocks[0], "")


@pytest.mark.parametrize("name", reference_scores.read())
def test_reference_scores_are_of_the_worlds_as_they_are(name):
    kept = reference_scores.read()[name]
    family = make_family(name)
    walks = sample_walks(family, reference_scores.EVALUATION_SEEDS[: kept["n_worlds"]], kept["walk_length"])
    assert reference_scores.walks_hash(walks) == kept["walks_hash"]["held-out"]


@pytest.mark.parametrize("name", reference_scores.HARDER)
def test_scores_under_harder_conditions_are_of_the_worlds_as_they_are(name):
    kept = reference_scores.read()[name]
    rows = kept["harder"]
    assert [row["arguments"] for row in rows] == list(reference_scores.HARDER[name])
    for row in rows:
        family = make_family(name, **row["arguments"])
        walks = sample_walks(family, reference_scores.EVALUATION_SEEDS[: kept["n_worlds"]], kept["walk_length"])
        assert reference_scores.walks_hash(walks) == row["walks_hash"]
        assert row["n_steps"] > 100  # a share of fewer says little
        accuracy = row["accuracy"]
        assert accuracy["edge-agent"] < accuracy["bayes"]
        assert accuracy["bayes-actions"] <= accuracy["bayes"] + 0.001  # a dark step less or more by luck


def test_the_ceiling_is_the_highest_of_all_scores():
    scores = reference_scores.read()
    for name, kept in scores.items():
        for mask in kept["n_steps"]:
            best = max(kept["accuracy"][agent][mask] for agent in ("edge-agent", "two-back", "markov-2", "chance"))
            if mask in ("loop closure", "ordered zero-shot", "never in trial", "answer"):
                assert best < kept["accuracy"]["bayes"][mask], (name, mask)


def test_ratios_are_to_cartpole_and_bars_say_whether_they_are_met(monkeypatch):
    monkeypatch.setattr(speed, "BARS", (speed.Bar("a", "raw", 5, times_cartpole=True), speed.Bar("a", "raw", 2e6)))
    speeds = {speed.YARDSTICK: {"raw": 200_000.0}, "a": {"raw": 1_000_000.0}}
    assert speed.verdicts(speeds) == [
        "a raw: 5.0 times, bar 5 times CartPole: met",
        "a raw: 1 M/s, bar 2 M/s: not met",
    ]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_environment_is_to_draw_1500_frames_a_second(name):
    speeds = {speed.YARDSTICK: defaultdict(lambda: 1.0)}
    for rate, verdict in ((1_499.0, "not met"), (1_500.0, "met")):
        said = speed.verdicts({**speeds, name: defaultdict(lambda: 1e9, {"frames 320": rate})})
        (line,) = (line for line in said if line.startswith(f"{name} frames 320"))
        assert line.endswith(f": {verdict}")


def test_every_figure_has_a_ratio():
    measures = speed._measures("hippo/Line-v0")
    speeds = {speed.YARDSTICK: dict.fromkeys(speed._measures(speed.YARDSTICK), 2.0)}
    assert all(speed.cartpole_rate(speeds, measure) == 2 for measure in measures)


def test_timing_counts_steps_and_cpu_seconds(monkeypatch):
    """A clock that moves only when the environment steps: one millisecond for each."""
    clock = iter(range(1_000))
    monkeypatch.setattr(speed.time, "process_time", lambda: next(clock))
    assert speed._cpu_seconds(lambda: None) == 1
    assert {"make", "raw", "sync 16", "native 1024", "walks 1024x1024"} <= set(speed._measures("hippo/Line-v0"))
    assert "native 1024" not in speed._measures("hippo/PatternMemory-v0")


def test_how_long_walks_are_is_printed_with_their_scores(monkeypatch, capsys):
    monkeypatch.setattr(reference_scores, "measure", reference_scores.read().get)
    COMMANDS["references"](environments=("hippo/Line-v0",))
    assert capsys.readouterr().out.startswith("hippo/Line-v0, walks of 32 steps\n")


def test_the_commands_are_there_and_refuse_what_they_do_not_know():
    with pytest.raises(ValueError, match="no environment 'hippo/Moon-v0'"):
        COMMANDS["speed"](environments=("hippo/Moon-v0",))
    with pytest.raises(ValueError, match="no stream 'hippo/PatternMemory-v0'"):
        COMMANDS["references"](environments=("hippo/PatternMemory-v0",))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"updates": True, "write": True}, "--updates does not time environments: leave out --write"),
        ({"updates": True, "environments": ("hippo/Line-v0",)}, "leave out --environments"),
        ({"commands": True, "write": True}, "--commands does not time environments: leave out --write"),
        ({"recurrence": "cpu", "updates": True, "write": True}, "--recurrence .*: leave out --updates and --write"),
    ],
)
def test_what_is_not_timed_together_is_refused_and_not_passed_over(options, message, monkeypatch):
    for module, name in (
        *((speed, "measure_all"), (recurrence_speed, "as_table")),
        *((module, "measure") for module in (update_speed, command_speed)),
    ):
        monkeypatch.setattr(module, name, partial(pytest.fail, "something is timed"))
    with pytest.raises(ValueError, match=message):
        COMMANDS["speed"](**options)
