"""Runs, results and numbers: every way of training at the smoke preset, and what may not be lost."""

import io
import json
import math
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from agents import make_agent
from agents.lstm import LSTM
from agents.weights import weights_hash
from benchmarks.evaluation import answers as evaluate
from benchmarks.evaluation.answers import check_stepping, curve_bins, predicted_observations
from benchmarks.evaluation.measurements import MEASUREMENTS, Subject, position_tuning
from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.metric import HELD_OUT, Metric
from benchmarks.experiments.suites import TASKS
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS, VALIDATION_SEEDS, training_seeds
from benchmarks.records.collect import collect, collect_some
from benchmarks.records.provenance import settings_hash
from benchmarks.records.result import Result, steps_within
from benchmarks.records.run import Run, run_directory
from benchmarks.records.settings import settings_of
from benchmarks.reports.tables import checked_walks, interval_of, print_anatomy, print_report
from benchmarks.running.run import run
from benchmarks.running.schedule import Schedule, learning_rate
from benchmarks.running.training import training_batches
from hippo_envs import hexagonal_family, rectangle_family, sample_walks
from hippo_envs.scoring import Counts, mask_of
from tests.helpers.narrow import narrow
from tests.helpers.paths import GOLDEN
from tests.helpers.ways import every_pair, measurements_of, one_for_each, ways_of

CPU = torch.device("cpu")
QUIET = Console(quiet=True)
EVERYTHING = [*EXPERIMENTS.values(), *TASKS.values()]
PAIRS = one_for_each(EVERYTHING)
# One for each way of training is looked at from all sides in `make test`; options and environments only train there.
KINDS = ("agent", "learns", "stepped", "second stage", "trains in other worlds", "worlds last")
LOOKED_AT = one_for_each(EVERYTHING, ways_of, *KINDS)


def name_of(pair):
    experiment, variant = pair
    return f"{experiment.name} {variant}"


def smoke(pair, runs, seed=0) -> Result:
    return run(*pair, "smoke", seed, CPU, runs, QUIET)


def unmeasured(experiment):
    variants = {name: replace(variant, measurements=()) for name, variant in experiment.variants.items()}
    return replace(experiment, variants=variants)


NULLS = [
    ("place_cells", "N_SHIFTS"),
    ("place_cells", "N_PERMUTATIONS"),
    ("splitter_cells", "N_PERMUTATIONS"),
    ("grid_units", "N_NOISES"),
]


@pytest.fixture(scope="module")
def measured():
    """By measurement, the names of what it gave when it was last made; of nulls, few."""
    names = {}

    def noting(name, measure):
        def measure_and_note(subject):
            given = measure(subject)
            names[name] = sorted(given)
            return given

        return measure_and_note

    with pytest.MonkeyPatch.context() as patch:
        for name, measure in MEASUREMENTS.items():
            patch.setitem(MEASUREMENTS, name, noting(name, measure))
        for module, number in NULLS:
            patch.setattr(import_module(f"benchmarks.evaluation.measurements.{module}"), number, 2)
        yield names


SIDES = [pytest.param(pair, marks=[] if pair in LOOKED_AT else pytest.mark.slow, id=name_of(pair)) for pair in PAIRS]


@pytest.fixture(scope="module", params=SIDES)
def finished(request, tmp_path_factory):
    """A finished smoke run for each way of training, nothing measured: (experiment, its runs folder, its result)."""
    runs, (experiment, variant) = tmp_path_factory.mktemp("runs"), request.param
    experiment = unmeasured(experiment)
    return experiment, runs, smoke((experiment, variant), runs)


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """One of them, for what is the same with every result."""
    runs = tmp_path_factory.mktemp("runs")
    experiment = EXPERIMENTS["zero-shot-rectangle"]
    return experiment, runs, smoke((experiment, "lstm"), runs)


def directory_of(result: Result, runs):
    return run_directory(result.settings, runs)


@pytest.mark.parametrize("name", ["tem-t", "transformer", "lstm"])
def test_walks_too_long_for_one_piece_are_answered_alike(name, monkeypatch):
    agent = make_agent(name, 45, 5)
    walks = sample_walks(rectangle_family(5), range(23), 40)
    whole = predicted_observations(agent, walks, CPU, seed=0)
    monkeypatch.setattr(evaluate, "STEPS_AT_ONCE", 7)
    np.testing.assert_array_equal(predicted_observations(agent, walks, CPU, seed=0), whole)


def test_an_agent_begins_with_the_same_weights_whatever_device_is_the_default(tmp_path):
    settings = settings_of(EXPERIMENTS["zero-shot-line"], "tem-t", "smoke", 3)
    expected = weights_hash(Run.within(tmp_path, settings).agent(CPU).state_dict())
    torch.set_default_device("meta")
    try:
        assert weights_hash(Run.within(tmp_path, settings).agent(CPU).state_dict()) == expected
    finally:
        torch.set_default_device(None)


def test_a_run_leaves_weights_curves_and_a_result(finished):
    _, runs, result = finished
    directory = directory_of(result, runs)
    names = {path.name.split(".")[0] for path in directory.iterdir()}
    kept = {"predictions"} if result.settings.get("stepped") else set()
    assert names == {"weights", "metrics", "tensorboard", "result"} | kept
    lines = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    assert [line["update"] for line in lines] == list(range(1, result.settings["n_updates"] + 1))
    assert all(math.isfinite(line["loss/cross_entropy"]) for line in lines)


def test_loss_curves_are_what_they_were(finished, golden):
    """Seeded training, against golden numbers; a change that is meant is accepted with --accept-golden."""
    experiment, runs, result = finished
    lines = (directory_of(result, runs) / "metrics.jsonl").read_text().splitlines()
    curve = [json.loads(line)["loss/cross_entropy"] for line in lines]
    held = golden("loss-curves.json", name_of((experiment, result.variant)), [round(loss, 6) for loss in curve])
    assert curve == pytest.approx(held, rel=2e-5)


def test_no_golden_curve_is_left_over():
    held = json.loads((GOLDEN / "loss-curves.json").read_text(encoding="utf-8"))
    left_over = set(held) - set(map(name_of, PAIRS))
    assert not left_over, "these are trained no more: delete them from tests/golden/loss-curves.json"


def brief(experiment):
    """Two updates of a few units."""
    smoke = replace(experiment.presets["smoke"], n_updates=2)
    return replace(narrow(experiment), evaluations={}, presets={"smoke": smoke})


def shortest(experiment):
    """And the least to be scored."""
    experiment = unmeasured(brief(experiment))
    smoke = experiment.presets["smoke"]
    smoke = replace(smoke, n_evaluation_worlds=2, evaluation_length=smoke.walk_length)
    return replace(experiment, presets={"smoke": smoke})


@pytest.mark.parametrize("pair", one_for_each(map(brief, EVERYTHING), measurements_of), ids=name_of)
def test_measurements_give_what_claims_may_be_about(pair, measured, golden, tmp_path):
    result = smoke(pair, tmp_path)
    for name in result.settings["measurements"]:
        assert measured[name] == golden("measured.json", f"{name} of {result.settings['agent']}", measured[name])
        assert set(measured[name]) <= set(result.measurements)


def test_every_way_of_training_is_among_the_pairs():
    shown = set().union(*(ways_of(*pair) for pair in PAIRS))
    assert shown == set().union(*(ways_of(*pair) for pair in every_pair(EVERYTHING)))
    assert len(PAIRS) < 46, "ways are to be few: the rest is trained in `make test-all`"


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair not in LOOKED_AT], ids=name_of)
def test_every_option_and_environment_can_be_trained(pair, tmp_path):
    experiment, variant = pair
    result = smoke((shortest(experiment), variant), tmp_path)
    assert set(result.scores[HELD_OUT]) == set(experiment.masks)


@pytest.mark.slow
@pytest.mark.parametrize("pair", [pair for pair in every_pair(EVERYTHING) if pair not in PAIRS], ids=name_of)
def test_all_the_rest_can_be_trained_and_give_what_claims_are_about(pair, tmp_path, measured):
    experiment, variant = pair
    result = smoke(pair, tmp_path)
    assert set(result.scores) == {HELD_OUT, *experiment.evaluations}
    held = json.loads((GOLDEN / "measured.json").read_text(encoding="utf-8"))
    for name in experiment.variants[variant].measurements:
        assert measured[name] == held[f"{name} of {result.settings['agent']}"]


def test_a_result_survives_its_file(finished):
    _, runs, result = finished
    again = Result.read(directory_of(result, runs) / "result.json")
    assert again.settings == result.settings
    for kind, by_mask in {**result.scores, "anatomy": result.anatomy, "curves": result.curves}.items():
        others = {**again.scores, "anatomy": again.anatomy, "curves": again.curves}[kind]
        for mask, counts in by_mask.items():
            for ours, theirs in zip(counts, others[mask], strict=True):
                np.testing.assert_array_equal(ours, theirs)
                assert theirs.dtype == np.int64


SHORTEST = one_for_each(map(shortest, EVERYTHING), ways_of, "agent", "learns", "second stage", "stepped")


@pytest.fixture(scope="module", params=SHORTEST, ids=name_of)
def repeated(request, tmp_path_factory):
    """A run that took no time, for each way in which something else is drawn: (pair, its runs folder, its result)."""
    runs = tmp_path_factory.mktemp("runs")
    return request.param, runs, smoke(request.param, runs)


def test_a_run_repeats_itself_exactly(repeated, tmp_path):
    pair, _, result = repeated
    first = result.provenance["weights_hash"]
    assert smoke(pair, tmp_path).provenance["weights_hash"] == first
    assert smoke(pair, tmp_path, seed=1).provenance["weights_hash"] != first


def test_a_score_is_what_the_saved_weights_do_on_the_published_walks(repeated):
    """A second path to the same number: load the weights, step the walks one observation at a time, count."""
    _, runs, result = repeated
    walks = checked_walks([result])[HELD_OUT]
    settings = result.settings
    n_actions = walks.worlds.family.n_actions
    agent = make_agent(settings["agent"], settings["n_observations"], n_actions, **settings["sizes"])
    agent.load_state_dict(load_file(directory_of(result, runs) / "weights.safetensors"))
    assert weights_hash(agent.state_dict()) == result.provenance["weights_hash"]
    right = np.zeros(walks.nodes.shape, dtype=bool)
    state = agent.initial_state(len(walks.nodes), torch.Generator().manual_seed(0))
    with torch.no_grad():
        for t in range(walks.walk_length):
            seen, done = (torch.from_numpy(steps[:, t]) for steps in (walks.observations, walks.actions))
            right[:, t] = (agent.predict(state).argmax(dim=-1) == seen).numpy()
            state = agent.observe(state, seen, done)
    for mask, counts in result.scores[HELD_OUT].items():
        # After two updates logits are nearly level, and rounding may tip one of them.
        assert abs(int(counts.correct.sum()) - int(right[mask_of(walks, mask)].sum())) <= 1


def test_a_finished_run_is_not_repeated(finished):
    experiment, runs, result = finished
    weights = directory_of(result, runs) / "weights.safetensors"
    before = weights.stat().st_mtime_ns
    assert run(experiment, result.variant, "smoke", 0, CPU, runs, QUIET).provenance == result.provenance
    assert weights.stat().st_mtime_ns == before


def test_a_broken_or_foreign_result_is_refused_and_left_as_it_was(one, tmp_path):
    _, runs, result = one
    good = (directory_of(result, runs) / "result.json").read_text()
    for text in (good[: len(good) // 2], "{}", "[]", good.replace('"format":3', '"format":1'), ""):
        path = tmp_path / "result.json"
        path.write_text(text)
        with pytest.raises(ValueError, match=r"result\.json is not a result of this version.*run again"):
            Result.read(path)
        assert path.read_text() == text


def test_a_result_is_written_whole_or_not_at_all(one, tmp_path):
    _, _, result = one
    result.write(tmp_path / "result.json")
    before = (tmp_path / "result.json").read_text()
    with pytest.raises(ValueError, match="JSON"):
        replace(result, measurements={"bad": float("nan")}).write(tmp_path / "result.json")
    assert (tmp_path / "result.json").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_results_of_other_walks_are_refused(one):
    _, _, result = one
    with pytest.raises(ValueError, match="scored on other walks"):
        checked_walks([replace(result, provenance={**result.provenance, "evaluation_hash": "other"})])


def test_reports_say_what_was_measured(finished):
    experiment, _, result = finished
    console = Console(record=True, width=200, file=io.StringIO())
    print_report(experiment, [result], console)
    print_anatomy([result], console)
    said = console.export_text()
    mask = experiment.masks[-1]
    shown = f"{result.value(mask):.3f}".removeprefix("0")
    last_kind = f"{list(result.scores)[-1]}, n"
    for expected in (result.variant, "node-agent", "bayes-actions", last_kind, "reversal", "never in trial", shown):
        assert expected in said
    several = interval_of([result, result], Metric(mask))
    assert several.low == several.value == several.high == result.value(mask)


def test_results_are_found_in_runs_and_in_a_folder_of_results(finished, tmp_path):
    experiment, runs, result = finished
    result.write(tmp_path / experiment.name / "smoke" / result.variant / "0.json")
    first = experiment.variants[result.variant].after  # which was run before it
    assert [r.variant for r in collect(experiment, "smoke", runs) if r.variant != first] == [result.variant]
    assert [r.variant for r in collect(experiment, "smoke", tmp_path)] == [result.variant]
    assert collect(experiment, "paper", tmp_path) == []
    with pytest.raises(ValueError, match=r"no result of .* paper with its present settings in .*benchmarks run"):
        collect_some(experiment, "paper", tmp_path)


def test_results_of_other_settings_are_left_out(one, tmp_path):
    experiment, _, result = one
    other = replace(result, settings={**result.settings, "learning_rate": 9.0})
    other.write(tmp_path / experiment.name / "smoke" / result.variant / "0.json")
    assert collect(experiment, "smoke", tmp_path) == []
    foreign = tmp_path / "runs"
    path = run_directory(result.settings, foreign) / "result.json"
    other.write(path)
    with pytest.raises(ValueError, match="is the result of another run"):
        run(experiment, result.variant, "smoke", 0, CPU, foreign, QUIET)
    assert path.exists()


def test_any_setting_changes_the_run_directory():
    experiment = next(iter(EXPERIMENTS.values()))
    settings = settings_of(experiment, next(iter(experiment.variants)), "smoke", 0).as_json()
    for name in settings:
        assert settings_hash({**settings, name: "changed"}) != settings_hash(settings)


def test_worlds_for_training_progress_and_scores_cannot_meet():
    assert not set(VALIDATION_SEEDS) & set(EVALUATION_SEEDS)
    drawn = [seed for run_seed in range(3) for update in range(50) for seed in training_seeds(run_seed, update, 16)]
    assert len(set(drawn)) == len(drawn)
    with pytest.raises(ValueError, match="A seed is from 0 to 4294967295, got 4294967296"):
        settings_of(EXPERIMENTS["zero-shot-line"], "lstm", "smoke", 2**32)  # would learn in the worlds of seed 0
    assert min(drawn) >= 2**63 > max(*VALIDATION_SEEDS, *EVALUATION_SEEDS)


def test_batches_do_not_depend_on_how_many_are_sampled_at_once():
    family, schedule = rectangle_family(3), Schedule(n_updates=40, batch=2, walk_length=9, learning_rate=1.0)
    batches = list(training_batches(family, schedule, 5, CPU))
    assert len(batches) == 40
    walks = sample_walks(family, training_seeds(5, 37, 2), 9)
    np.testing.assert_array_equal(batches[37].observations, walks.observations)
    np.testing.assert_array_equal(batches[37].known, walks.revisit)
    (resumed, *_) = training_batches(family, schedule, 5, CPU, first_update=37)
    assert torch.equal(resumed.actions, batches[37].actions)


def test_the_learning_rate_warms_up_and_falls_to_nothing():
    schedule = Schedule(n_updates=1_000, batch=1, walk_length=1, learning_rate=2.0)
    rates = [learning_rate(update, schedule) for update in range(1_000)]
    assert rates[0] < 0.05
    assert max(rates) == pytest.approx(2.0, rel=0.01)
    assert rates.index(max(rates)) == 49
    assert rates[500] == pytest.approx(1.0)
    assert rates[-1] < 1e-4


def test_evaluation_leaves_the_agent_as_it_found_it():
    agent = make_agent("lstm", 45, 5)
    agent.train()
    walks = sample_walks(rectangle_family(3), range(45), 12)
    predictions = predicted_observations(agent, walks, CPU, seed=0)
    assert predictions.shape == walks.nodes.shape
    assert agent.training
    assert all(parameter.grad is None for parameter in agent.parameters())


def test_curve_bins_have_two_an_octave():
    assert curve_bins(100) == (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 100)


def test_steps_select_whole_bins():
    counts = Counts(*(np.array([[1, 2, 4]]) for _ in range(3)))
    assert steps_within(counts, (32, 128, 256), 33, 256).total.tolist() == [[2, 4]]
    with pytest.raises(ValueError, match="not a union of bins"):
        steps_within(counts, (32, 128, 256), 1, 100)


def test_an_agent_that_looks_ahead_is_refused():
    class Peeking(LSTM):
        def forward(self, observations, actions, state):
            prediction = super().forward(observations, actions, state)
            return replace(prediction, logits=torch.nn.functional.one_hot(observations, 45).float())

    walks = sample_walks(rectangle_family(3), range(4), 40)
    check_stepping(LSTM(45, 5), walks, CPU)
    with pytest.raises(ValueError, match="Peeking: forward differs from predict and observe"):
        check_stepping(Peeking(45, 5), walks, CPU)


def test_tuning_is_measured_in_the_largest_world_and_survives_small_ones():
    family = rectangle_family((6, 4))
    walks = sample_walks(family, range(6), 200)
    agent, untrained = (make_agent("tem-t", 45, 5, n_units=12, n_modules=2) for _ in range(2))
    measured = position_tuning(Subject(agent, untrained, walks, CPU, seed=0))
    assert len(measured["rate_maps"]["maps"][0]) == 36
    small = sample_walks(rectangle_family(3), range(2), 50)
    measured = position_tuning(Subject(agent, untrained, small, CPU, seed=0))
    assert measured["grid_score_60"] is None
    hexagons = sample_walks(hexagonal_family(5), range(2), 1_000)
    seven = [make_agent("tem-t", 45, 7, n_units=12, n_modules=2) for _ in range(2)]
    assert position_tuning(Subject(*seven, hexagons, CPU, seed=0))["grid_score_60"] is not None
