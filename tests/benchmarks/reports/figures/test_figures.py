"""Figures: what is drawn is what the results say, in every file twice the same."""

import io
import sys
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.image import imread
from rich.console import Console

from benchmarks.experiments import find_experiment
from benchmarks.experiments.colours import NO_RATE, RATES
from benchmarks.reports.figures import accuracy as figures
from benchmarks.reports.figures import memories as memories_figure
from benchmarks.reports.figures import style
from benchmarks.reports.figures.cells import BETWEEN, SMALLEST_PLACE, rows_and_columns
from benchmarks.reports.figures.letters import draw_letters, draw_letters_known
from benchmarks.reports.figures.memories import draw_memories
from benchmarks.reports.figures.parameter import draw_accuracy_by_value, draw_parameter, ways_of
from benchmarks.reports.figures.sizes import draw_accuracy_by_size, draw_sizes
from benchmarks.reports.tables import checked_walks, print_anatomy, print_report
from benchmarks.running.run import run
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import Counts, score
from tests.helpers.narrow import narrow

matplotlib.use("Agg")
CPU, QUIET = torch.device("cpu"), Console(quiet=True)


EITHER = ["zero-shot-line tem-t lstm", "lap-track tem-t lstm"]
of_one = pytest.mark.parametrize("drawn", EITHER[:1], indirect=True)


@pytest.fixture(scope="module", params=EITHER)
def drawn(request, tmp_path_factory):
    """An experiment and smoke results of two of its agents."""
    name, *variants = request.param.split()
    experiment, runs = find_experiment(name), tmp_path_factory.mktemp("runs")
    return experiment, [run(experiment, variant, "smoke", 0, CPU, runs, QUIET) for variant in variants]


@pytest.mark.parametrize("draw", [figures.draw_experiment, figures.draw_learning])
def test_a_picture_is_written_and_is_the_same_again(drawn, draw, tmp_path):
    experiment, results = drawn
    png, svg = draw(experiment, results, tmp_path / "once")
    again = draw(experiment, results, tmp_path / "again")
    assert [path.suffix for path in (png, svg)] == [".png", ".svg"]
    assert [path.read_bytes() for path in (png, svg)] == [path.read_bytes() for path in again]
    assert imread(png)[..., :3].std() > 0.02, "an empty page"


def test_accuracy_is_drawn_as_it_was_counted(drawn):
    experiment, results = drawn
    walks = checked_walks(results)["held-out"]
    k, mask = results[0].n_answers, experiment.masks[0]
    panel = matplotlib.figure.Figure().subplots()
    figures.draw_accuracy_by_step(panel, results, walks, mask, ("chance", "markov-1"))
    lines = {line.get_label(): line.get_ydata() for line in panel.get_lines()}
    assert set(lines) == {"tem-t", "lstm", "chance", "first-order Markov agent"}
    bins = results[0].curve_bins
    markov = score(REFERENCES["markov-1"](walks), walks, (mask,), bins)[mask]
    for name, counts in [(r.variant, r.curves[mask]) for r in results] + [("first-order Markov agent", markov)]:
        expected = [counts.within(b, b + 1).accuracy(k) for b in range(len(bins))]
        np.testing.assert_allclose(lines[name], expected, equal_nan=True)


@of_one
def test_an_agent_that_was_updated_less_often_is_not_shown_as_its_equal(drawn):
    """In the headline figure TEM has a twenty-fourth of the others' updates."""
    _, (first, second) = drawn
    fewer = replace(second, settings={**second.settings, "n_updates": 1_000})
    results = [first, first, fewer]
    assert figures.with_updates("tem-t", first, results) == "tem-t"
    assert figures.with_updates("lstm", fewer, results) == "lstm, 1,000 updates"


def test_learning_is_drawn_by_steps_and_by_time(drawn, monkeypatch, tmp_path):
    experiment, results = drawn
    kept = []
    monkeypatch.setattr(figures, "save", lambda figure, _: kept.append(figure) or [])
    figures.draw_learning(experiment, results, tmp_path)
    by_steps, by_time = kept[0].axes
    first = results[0]
    steps = np.array(first.learning["update"][1:]) * first.settings["batch"] * first.settings["walk_length"]
    np.testing.assert_array_equal(by_steps.get_lines()[0].get_xdata(), steps)
    np.testing.assert_array_equal(by_time.get_lines()[0].get_xdata(), first.learning["cpu_seconds"][1:])
    for panel in (by_steps, by_time):
        heights = np.array(panel.get_lines()[0].get_ydata(), dtype=float)
        np.testing.assert_array_equal(heights, np.array(first.learning[experiment.masks[0]][1:], dtype=float))


@pytest.mark.parametrize(("spacing", "n_corners"), [((1.0, 1.0), 4), ((0.5, 3**0.5 / 2), 6)])
def test_a_map_has_a_tile_for_each_node_and_grey_where_it_never_was(spacing, n_corners):
    positions = np.array([[0.0, 0.0], [1.0, 0.0], list(spacing)])
    panel = matplotlib.figure.Figure().subplots()
    style.draw_map(panel, np.array([-1.0, np.nan, 0.5]), positions)
    (tiles,) = panel.collections
    tiles.update_scalarmappable()
    colours = tiles.get_facecolor()
    assert len(tiles.get_paths()) == 3
    assert len(tiles.get_paths()[0].vertices) == n_corners + 1
    drawn = [matplotlib.colors.to_hex(colour) for colour in colours]
    assert drawn == [RATES[0], NO_RATE, RATES[-1]], "from the lowest of a unit to its highest, as in rollouts"


def test_accuracy_by_size_is_that_of_the_last_steps(tmp_path):
    experiment = find_experiment("capacity")
    result = run(experiment, "tem-t-bptt-20", "smoke", 0, CPU, tmp_path, QUIET)
    walks = {kind: kind_walks for kind, kind_walks in checked_walks([result]).items() if kind in experiment.evaluations}
    panel = matplotlib.figure.Figure().subplots()
    draw_accuracy_by_size(panel, experiment, [result], walks, "revisit")
    lines = {line.get_label(): line for line in panel.get_lines()}
    agent, edge = lines["tem-t-bptt-20"], lines["edge agent"]
    assert agent.get_xdata().tolist() == [16, 36, 64, 100, 144, 256]
    assert agent.get_ydata()[2] == pytest.approx(result.value("revisit@8x8[33-64]"))
    of_8x8 = walks["8x8"]
    late = of_8x8.revisit & (np.arange(64) >= 32)
    answers = REFERENCES["edge-agent"](of_8x8)
    known = answers.correct[late].sum() + (~answers.known[late]).sum() / 10
    assert edge.get_ydata()[2] == pytest.approx(known / late.sum())
    assert draw_sizes(experiment, [result], tmp_path / "drawn")[0].name == "capacity-smoke-sizes.png"


@pytest.fixture(scope="module")
def by_maps(tmp_path_factory):
    """An experiment whose variants differ in one number, and results of three of them."""
    experiment, runs = narrow(find_experiment("nmda-by-maps")), tmp_path_factory.mktemp("runs")
    names = ("32-maps", "1-maps", "8-maps")
    return experiment, [run(experiment, name, "smoke", 0, CPU, runs, QUIET) for name in names]


def test_accuracy_by_a_number_is_that_of_the_last_steps(by_maps, tmp_path):
    experiment, results = by_maps
    panel = matplotlib.figure.Figure().subplots()
    draw_accuracy_by_value(panel, "n_maps", results, "stwm_64")
    heights = {line.get_label(): list(line.get_ydata()) for line in panel.get_lines()}
    for label, worlds in (("familiar maps", "held-out"), ("novel maps", "novel-maps")):
        in_order = [results[1], results[2], results[0]]
        assert heights[label] == [result.value(f"stwm_64@{worlds}[33-72]") for result in in_order]
    assert [tick.get_text() for tick in panel.get_xticklabels()] == ["1", "8", "32"]
    assert draw_parameter(experiment, results, tmp_path)[0].name == "nmda-by-maps-smoke-n-maps.png"


def given(result, seed=0, arguments=(), **sizes):
    """The same result of a run with other settings."""
    settings = {**result.settings, "seed": seed, "sizes": {**result.settings["sizes"], **sizes}}
    return replace(result, seed=seed, settings={**settings, "arguments": {**settings["arguments"], **dict(arguments)}})


def test_only_runs_that_share_all_but_the_number_are_points_of_one_line(by_maps):
    _, plain = by_maps
    scaled = [given(result, unit_slope=True) for result in (plain[0], plain[2])]
    assert ways_of([*plain, *scaled], "n_maps") == {"": plain, "unit slope": scaled}
    panel = matplotlib.figure.Figure().subplots()
    draw_accuracy_by_value(panel, "n_maps", [*plain, *scaled], "stwm_64")
    lines = {line.get_label(): list(line.get_xdata()) for line in panel.get_lines()}
    assert lines["familiar maps"] == [0, 1, 2]
    assert lines["familiar maps, unit slope"] == [1, 2]


def test_a_value_that_needs_no_scaling_is_on_every_line_and_seeds_are_on_one(by_maps):
    _, (many, one, some) = by_maps
    slope, variance = (
        [given(result, **{way: True}) for result in (some, many)] for way in ("unit_slope", "unit_variance")
    )
    found = ways_of([one, *slope, *variance], "n_maps")
    assert found == {"unit slope": [one, *slope], "unit variance": [one, *variance]}
    maps_of_its_own = [given(result, 1, {"map_seed": 101}) for result in (one, some, many)]
    assert list(ways_of([one, some, many, *maps_of_its_own], "n_maps")) == [""]
    assert list(ways_of([one, given(some, n_units=8), given(many, n_units=4)], "n_maps")) == [""], "each in its own way"


def test_a_curve_takes_three_values_of_a_number_that_exists(by_maps, tmp_path):
    experiment, results = by_maps
    assert draw_parameter(experiment, results[:2], tmp_path) == []
    assert draw_parameter(replace(experiment, along=""), results, tmp_path) == []
    longer = replace(results[2], settings={**results[2].settings, "n_updates": 10})
    assert draw_parameter(experiment, [*results[:2], longer], tmp_path) == [], "not what the other two were given"
    with pytest.raises(ValueError, match="no size and no argument 'n_mops'"):
        draw_parameter(replace(experiment, along="n_mops"), results, tmp_path)


def test_memories_are_drawn_as_they_were_learnt(by_maps, monkeypatch, tmp_path):
    experiment, results = by_maps
    assert draw_memories(experiment, results, tmp_path) == [], "its first claim is about one agent"
    contrast = replace(experiment.claims[0], agent="8-maps - 1-maps")
    compared = replace(experiment, claims=(contrast,))
    assert draw_memories(replace(compared, masks=("loop_closure", "zero_shot")), results, tmp_path) == []
    assert draw_memories(compared, results[1:2], tmp_path) == [], "one of the two has not run"
    kept = []
    monkeypatch.setattr(memories_figure, "save", lambda figure, path: kept.append(figure) or [path])
    assert draw_memories(compared, results, tmp_path)[0].name == "nmda-by-maps-smoke-memories"
    panels = {panel.get_title(loc="left"): panel for panel in kept[0].axes}
    for result in results[1:]:
        lines = {line.get_label(): line for line in panels[result.variant].get_lines()}
        assert list(lines) == ["working memory (STWM)", "out of window, in trial", "never in trial"]
        for line, mask in zip(lines.values(), ("stwm_64", "out_of_window_64", "never_in_trial"), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), result.learning["update"])
            np.testing.assert_allclose(line.get_ydata(), np.array(result.learning[mask], dtype=float), equal_nan=True)


def test_letters_known_are_drawn_over_the_letters_there_are(tmp_path):
    experiment = narrow(find_experiment("nmda-capacity"))
    names = ("8-maps", "4-maps-of-7x7", "2-maps")
    results = [run(experiment, name, "smoke", 0, CPU, tmp_path, QUIET) for name in names]
    assert draw_letters(experiment, results[:2], tmp_path) == [], "two amounts are no curve"
    panel = matplotlib.figure.Figure().subplots()
    draw_letters_known(panel, results)
    points = {bar.get_label(): bar.lines[0].get_xydata()[0].tolist() for bar in panel.containers}
    for result, letters in zip(results, (200, 196, 50), strict=True):
        assert points[result.variant] == [letters, result.value("letters_known")]
    assert [tick.get_text() for tick in panel.get_xticklabels()] == ["50", "196"]
    assert draw_letters(experiment, results, tmp_path)[0].name == "nmda-capacity-smoke-letters.png"


@pytest.mark.parametrize("n_runs", [1, 4, 5, 9])
def test_few_runs_are_dots_and_more_a_band_that_ends_where_the_quantity_does(n_runs):
    panel = matplotlib.figure.Figure().subplots()
    runs = np.linspace([0.0, 0.9], [0.2, 1.0], n_runs)
    style.draw_mean(panel, [1, 2], runs, {"color": "#0072b2"}, "mine")
    (line,), (drawn, *edges) = panel.get_lines(), panel.collections
    np.testing.assert_allclose(line.get_ydata(), runs.mean(axis=0))
    if n_runs < 5:
        assert sorted(drawn.get_offsets()[:, 1].tolist()) == pytest.approx(sorted(runs.ravel()))
    else:
        heights = drawn.get_paths()[0].vertices[:, 1]
        low, high = edges[0].get_segments()
        assert (low[:, 1] < line.get_ydata()).all()
        assert (high[:, 1] > line.get_ydata()).all()
        assert heights.min() >= 0
        assert heights.max() <= 1
        assert np.ptp(heights) > 0.9


@of_one
@pytest.mark.parametrize("n_lines", [2, 4, 5, 14])
def test_lines_differ_in_more_than_hue_where_more_than_four_share_a_panel(drawn, n_lines):
    _, (result, _) = drawn
    runs = {f"mine:Agent{i}": [replace(result, settings={**result.settings, "agent": "mine"})] for i in range(n_lines)}
    lines = style.lines_of(runs).values()
    markers = [line.get("marker") for line in lines]
    assert len(set(markers)) == (n_lines if n_lines > 4 else 1)
    heights = [line["zorder"] for line in lines]
    assert heights == sorted(heights, reverse=True), "the first is on top"


def test_intervals_of_many_lines_are_whiskers_at_their_markers(drawn):
    """Eight bands over each other would hide the lines."""
    _, (result, _) = drawn
    line = style.lines_of({f"mine:Agent{i}": [result] for i in range(8)})["mine:Agent3"]
    panel = matplotlib.figure.Figure().subplots()
    panel.set_xscale("log")
    x = np.arange(1, 1001)
    style.draw_mean(panel, x, np.linspace(np.full(1000, 0.2), np.full(1000, 0.6), 5), line, "mine")
    (whiskers,), (mean,) = panel.collections, panel.get_lines()
    at = [segment[0, 0] for segment in whiskers.get_segments()]
    assert at == x[mean.get_markevery()].tolist()
    assert len(at) == 4
    np.testing.assert_allclose(np.diff(np.log(at)), np.log(1000) / 4, rtol=0.05)  # evenly, as they are seen


def test_a_line_under_another_is_drawn_wider_than_it():
    panel = matplotlib.figure.Figure().subplots()
    panel.set(xscale="log", ylim=(0, 1))
    x = np.arange(1, 9)
    for zorder, heights in ((2.5, 0.5), (3.0, 0.5 + 0.001 * x), (4.0, 0.5), (3.5, x / 8)):
        panel.plot(x, np.broadcast_to(heights, 8), zorder=zorder, linewidth=1.0)
    style.widen_hidden(panel)
    lowest, middle, highest, elsewhere = (line.get_linewidth() for line in panel.get_lines())
    assert lowest > middle > highest == elsewhere == 1.0


def test_a_panel_that_would_show_one_flat_line_is_a_note():
    values = {"ltrm_64": [0.5, 0.5], "stwm_64": [0.99, np.nan, 1.0], "revisit": [0.2, 0.9]}
    assert style.telling(("ltrm_64", "stwm_64"), values.get) == (
        ["ltrm_64"],
        "working memory (STWM):\n0.99 throughout",
    )
    assert style.telling(("ltrm_64", "revisit"), values.get) == (["ltrm_64", "revisit"], "")


def test_an_experiment_has_no_panel_for_a_mask_in_which_all_are_the_same(drawn, monkeypatch, tmp_path):
    experiment, results = drawn
    mask, kept = experiment.masks[-1], []
    monkeypatch.setattr(figures, "save", lambda figure, _: kept.append(figure) or [])
    monkeypatch.setattr(figures, "draw_rate_maps", lambda *_: None)
    figures.draw_experiment(experiment, results, tmp_path)
    n_steps = results[0].curves[mask].total
    perfect = Counts(n_steps, n_steps, n_steps)
    right = [replace(result, curves={**result.curves, mask: perfect}) for result in results]
    figures.draw_experiment(experiment, right, tmp_path)
    assert [len(figure.axes) for figure in kept] == [2, 1]


def test_maps_are_as_many_as_can_be_read():
    room = np.array([2.8, 2.2])
    for places in ([11, 11], [17, 11], [39, 5], [200, 200]):
        n_rows, n_columns = rows_and_columns(12, room, np.array(places))
        side = ((room / (n_columns, n_rows) - BETWEEN) / places).min()
        assert side >= SMALLEST_PLACE or (n_rows, n_columns) == (1, 1)
    assert rows_and_columns(12, room, np.array([11, 11])) == (3, 4)


def test_a_long_row_of_parts_is_folded():
    laps = np.array([[4 * lap + x, y] for lap in range(8) for x in range(3) for y in range(2)], dtype=float)
    folded = style.folded(laps)
    assert np.ptp(laps[:, 0]) > 2 * np.ptp(folded[:, 0])
    assert len(np.unique(folded, axis=0)) == len(laps)
    square = np.array([[x, y] for x in range(5) for y in range(5)], dtype=float)
    assert style.folded(square) is square


def test_an_agent_that_was_scored_on_fewer_steps_stands_beside_the_rest(tmp_path):
    """Its walks are the first steps of theirs; its line and its row end where they do."""
    experiment = find_experiment("zero-shot-line")
    shorter = replace(experiment.variants["lstm"], evaluation_length={"smoke": 32})
    longer = replace(experiment.presets["smoke"], evaluation_length=128)
    experiment = replace(
        experiment,
        variants={"transformer": experiment.variants["transformer"], "lstm": shorter},
        presets={"smoke": longer},
        claims=(),
    )
    results = [run(experiment, variant, "smoke", 0, CPU, tmp_path, QUIET) for variant in ("lstm", "transformer")]
    walks = checked_walks(results)["held-out"]
    assert walks.walk_length == 128
    panel = matplotlib.figure.Figure().subplots()
    figures.draw_accuracy_by_step(panel, results, walks, "revisit", ("chance",))
    ends = {line.get_label(): line.get_xdata()[-1] for line in panel.get_lines()}
    assert ends["lstm"] < 32 < ends["transformer"] == ends["chance"]
    console = Console(record=True, width=200, quiet=False, file=io.StringIO())
    print_report(experiment, results, console)
    print_anatomy(results, console)
    said = console.export_text()
    assert "33-128" in said
    assert "Left out: lstm, which was scored on shorter walks." in said


OF_A_USER = {
    "text.usetex": True,
    "axes.facecolor": "red",
    "axes.grid": True,
    "figure.facecolor": "blue",
    "font.family": "serif",
    "image.origin": "lower",
    "lines.linestyle": ":",
    "savefig.dpi": 30,
    "savefig.facecolor": "green",
    "savefig.transparent": True,
    "xtick.labelsize": 30,
}


@of_one
def test_nothing_that_a_user_has_set_leaks_into_a_figure(drawn, tmp_path):
    """LaTeX, which `text.usetex` asks for, need not even be there."""
    experiment, results = drawn
    ours = figures.draw_experiment(experiment, results, tmp_path / "ours")
    with matplotlib.rc_context(OF_A_USER):
        theirs = figures.draw_experiment(experiment, results, tmp_path / "theirs")
        assert matplotlib.rcParams["text.usetex"], "it is the user's again"
    assert [path.read_bytes() for path in ours] == [path.read_bytes() for path in theirs]


@of_one
def test_figures_neither_need_nor_choose_a_backend(drawn, tmp_path, monkeypatch):
    """Whoever draws in a notebook keeps its own, which gets nothing to show."""
    experiment, results = drawn
    figures.draw_experiment(experiment, results, tmp_path / "before")
    monkeypatch.setitem(matplotlib.rcParams, "backend", "template")
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    assert figures.draw_experiment(experiment, results, tmp_path / "after")
    assert matplotlib.rcParams["backend"] == "template"


@of_one
def test_a_name_with_dollars_is_no_formula(drawn, tmp_path):
    experiment, (first, second) = drawn
    odd = [replace(first, variant=r"a$\nothing$"), replace(second, variant="$")]
    assert r"a$\nothing$" in figures.draw_experiment(experiment, odd, tmp_path)[1].read_text()
