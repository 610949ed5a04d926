"""Which results are drawn, under which name; and no picture in the documentation is older than its results."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.records.collect import collect, gather, results_hash
from benchmarks.records.result import RESULTS
from benchmarks.reports.commands import figures
from benchmarks.reports.figures import draw as drawing
from benchmarks.reports.figures import png
from benchmarks.reports.figures.draw import DRAWN_FROM, selection_of
from tests.helpers.paths import PICTURES

LINE = EXPERIMENTS["zero-shot-line"]
PRESET = "quick"
EVERYTHING = EXPERIMENTS | STUDIES


def drawn(path):
    """The name of the experiment and the preset of a picture in the documentation."""
    named = [(name, preset) for name, one in EVERYTHING.items() for preset in one.presets]
    fit = [pair for pair in named if f"{path.stem}-".startswith("-".join([*pair, ""]))]
    return max(fit, key=lambda pair: len(pair[0]))


@pytest.mark.parametrize(("name", "preset"), dict.fromkeys(map(drawn, PICTURES)))
def test_no_picture_in_the_documentation_is_older_than_the_committed_results(name, preset):
    now = results_hash(collect(EVERYTHING[name], preset, RESULTS))
    old = [path.name for path in PICTURES if drawn(path) == (name, preset) and told_by(path) != now]
    assert not old, f"draw them anew: python -m benchmarks figures {name} --preset {preset} --output docs/figures"


def told_by(path):
    """The hash of the results that a picture was drawn from."""
    return png.text_of(path.read_bytes(), DRAWN_FROM)


def test_a_picture_says_what_it_was_drawn_from_and_is_a_picture_still(tmp_path):
    (path,) = [path for path in PICTURES if path.stem == f"{LINE.name}-{PRESET}"]
    content = path.read_bytes()
    more = png.with_text(content, "another", "text")
    assert (png.text_of(more, "another"), png.text_of(content, "another")) == ("text", None)
    (tmp_path / "more.png").write_bytes(more)
    with Image.open(tmp_path / "more.png") as whole, Image.open(path) as before:
        assert whole.tobytes() == before.tobytes()
        assert whole.text["another"] == "text"
    committed = collect(LINE, PRESET, RESULTS)
    assert results_hash(committed) == results_hash(committed[::-1]) != results_hash(committed[1:])


@pytest.fixture
def own_runs(tmp_path):
    """A folder of runs: one of an agent that is committed too, one of an agent of one's own, one of other settings."""
    lstm, other, *_ = [result for result in collect(LINE, PRESET, RESULTS) if result.variant == "lstm"]
    mine = replace(lstm, variant="my_agents:Mine", settings={**lstm.settings, "variant": "my_agents:Mine"})
    old = replace(other, settings={**other.settings, "learning_rate": 9.0})
    for name, result in (("a", lstm), ("b", mine), ("c", old)):
        result.write(tmp_path / "runs" / LINE.name / PRESET / name / "0-x" / "result.json")
    return tmp_path / "runs"


def test_agents_without_runs_of_ones_own_come_from_the_committed_results(own_runs):
    found = gather(LINE, PRESET, own_runs)
    assert found.own == ["lstm"]
    assert found.committed == [name for name in LINE.variants if name != "lstm"]
    assert len([result for result in found.results if result.variant == "lstm"]) == 1, "not ours beside it"
    assert [line.partition(": ")[2] for line in found.left_out] == [
        "my_agents:Mine was not asked for; name it with --agents",
        "its settings are not the present ones",
    ]


def test_committed_agents_stand_beside_runs_with_other_updates(tmp_path):
    """After them, so that pictures are named by the preset of one's own."""
    lstm = next(result for result in collect(LINE, PRESET, RESULTS) if result.variant == "lstm")
    settings = {**lstm.settings, "preset": "quick-9", "n_updates": 9}
    own = replace(lstm, preset="quick-9", settings=settings)
    own.write(tmp_path / LINE.name / "quick-9" / "lstm" / "0-x" / "result.json")
    found = gather(LINE, "quick-9", tmp_path)
    assert (found.own, found.committed) == (["lstm"], [name for name in LINE.variants if name != "lstm"])
    assert [result.preset for result in found.results][:2] == ["quick-9", "quick"]


def test_an_agent_without_any_result_is_named():
    more = replace(LINE, variants={**LINE.variants, "mine": LINE.variants["lstm"]})
    found = gather(more, PRESET, None)
    assert found.left_out == ["mine: there is no result of it; give the folder of its runs as --runs"]
    with pytest.raises(ValueError, match="There is no result"):
        gather(LINE, PRESET, Path("nowhere"))


def test_another_selection_has_another_file_name_and_what_is_left_out_is_named(own_runs, tmp_path, monkeypatch, capsys):
    def draw_nothing(experiment, results, folder):
        path = folder / f"{experiment.name}-{results[0].preset}.svg"
        path.parent.mkdir(exist_ok=True)
        path.touch()
        return [path]

    monkeypatch.setattr(drawing, "OF_WALKS", (draw_nothing,))
    for agents in ((), ("lstm",), ("lstm", "tem-t"), tuple(LINE.variants)):
        for runs in (None, own_runs):
            figures(LINE.name, agents, PRESET, runs, tmp_path / "pictures")
    names = {path.stem for path in (tmp_path / "pictures").iterdir()}
    assert names == {
        f"zero-shot-line{of}{come}-quick" for of in ("", "-of-lstm", "-of-lstm-tem-t") for come in ("", "-from-runs")
    }
    said = capsys.readouterr().err
    assert f"Runs from {own_runs}: lstm. Committed results: tem" in said
    assert "my_agents:Mine was not asked for; name it with --agents." in said


def test_a_long_selection_or_an_odd_folder_makes_the_name_of_a_file():
    assert selection_of(("x" * 200,), None) != selection_of(("y" * 200,), None)
    assert len(selection_of(("x" * 200,), None)) < 20
    assert selection_of((), Path("a[/b] c")) == "-from-b-c"
