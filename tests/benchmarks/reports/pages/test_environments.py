"""Pages, tables and timings of environments."""

import re
from collections import defaultdict
from functools import cached_property, partial

import pytest

from benchmarks.__main__ import COMMANDS
from benchmarks.reports.markdown import put_between
from benchmarks.reports.pages import environments as environment_docs
from benchmarks.reports.timings import recurrence_speed, speed, update_speed
from benchmarks.reports.timings import references as reference_scores
from hippo_envs import ENVIRONMENTS, make_family, sample_walks
from hippo_envs.walks import Walks
from tests.helpers.paths import ROOT

PAGES = ROOT / "docs" / "environments"
REMEDY = "make it anew with `python -m benchmarks docs`"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_pages_are_made_of_the_docstrings_and_measurements_as_they_stand(name):
    made = environment_docs.page(name, reference_scores.read())
    assert (PAGES / environment_docs.file_name(name)).read_text() == made, REMEDY


def test_there_is_a_page_for_every_environment_and_no_other():
    assert {path.name for path in PAGES.iterdir()} == {environment_docs.file_name(name) for name in ENVIRONMENTS}


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
    (row,) = (row for row in environment_docs.all_environments().splitlines() if f"`{name}`" in row)
    assert row.strip(" |").split(" | ")[4] == n_steps


def test_the_table_of_speeds_is_as_it_stands():
    text = (ROOT / "docs" / "speed.md").read_text()
    assert speed.with_speeds(text, speed.read()) == text, REMEDY


def test_a_new_environment_needs_neither_speed_nor_references_for_its_page():
    speeds = {name: rates for name, rates in speed.read().items() if name != "hippo/Line-v0"}
    row = next(row for row in speed.cells_of(ENVIRONMENTS, speeds) if row[0] == "hippo/Line-v0")
    assert set(row[1:]) == {"–"}
    assert "## Floors and ceilings" not in environment_docs.page("hippo/Line-v0", {})


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


def test_every_stream_has_reference_scores_whose_ceiling_is_highest():
    scores = reference_scores.read()
    assert list(scores) == [name for name, entry in ENVIRONMENTS.items() if entry.kind == "stream"]
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


def test_the_commands_are_there_and_refuse_what_they_do_not_know():
    with pytest.raises(ValueError, match="no environment 'hippo/Moon-v0'"):
        COMMANDS["speed"](environments=("hippo/Moon-v0",))
    with pytest.raises(ValueError, match="no stream 'hippo/PatternMemory-v0'"):
        COMMANDS["references"](environments=("hippo/PatternMemory-v0",))
    with pytest.raises(ValueError, match="--write keeps"):
        COMMANDS["references"](environments=("hippo/Line-v0",), write=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"write": True, "environments": ("hippo/Line-v0",)}, "--write keeps the figures of all environments"),
        ({"updates": True, "write": True}, "--updates times no environments: leave out --write"),
        ({"updates": True, "environments": ("hippo/Line-v0",)}, "leave out --environments"),
        ({"recurrence": "cpu", "updates": True, "write": True}, "--recurrence .*: leave out --updates and --write"),
    ],
)
def test_what_is_not_timed_together_is_refused_and_not_passed_over(options, message, monkeypatch):
    for module, name in ((speed, "measure_all"), (update_speed, "measure"), (recurrence_speed, "as_table")):
        monkeypatch.setattr(module, name, partial(pytest.fail, "something is timed"))
    with pytest.raises(ValueError, match=message):
        COMMANDS["speed"](**options)
