"""Settings of runs: typed, and written as they have always been."""

import json
from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from safetensors.torch import save_file

from agents.weights import load_weights, weights_hash
from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.experiment import Decay, Experiment, Lasting
from benchmarks.experiments.study import Study, StudySettings
from benchmarks.experiments.suites import TASKS
from benchmarks.records.files import WEIGHTS
from benchmarks.records.provenance import settings_hash
from benchmarks.records.result import RESULTS
from benchmarks.records.run import Run, run_directory
from benchmarks.records.settings import RunSettings, settings_of

LINE = settings_of(EXPERIMENTS["zero-shot-line"], "lstm", "smoke", 0)
ALL = EXPERIMENTS | TASKS | STUDIES


@pytest.mark.parametrize("name", ALL)
def test_settings_of_every_committed_result_are_read_and_written_as_they_are(name):
    for path in (RESULTS / name).glob("*/*/*.json"):
        stored = json.loads(path.read_text(encoding="utf-8"))["settings"]
        if ALL[name].about_walks:
            assert RunSettings.read(stored).as_json() == stored
        else:
            again = settings_of(ALL[name], stored["variant"], stored["preset"], stored["seed"])
            assert isinstance(again, StudySettings)
            assert again.as_json() == stored


def test_what_is_missing_and_what_there_is_not_are_named():
    stored = LINE.as_json()
    with pytest.raises(ValueError, match="lack agent, sizes, which every run needs"):
        RunSettings.read({name: value for name, value in stored.items() if name not in ("agent", "sizes")})
    with pytest.raises(ValueError, match="have colour, weather, which this version does not know"):
        RunSettings.read({**stored, "weather": 1, "colour": 2})


def test_a_field_that_has_its_default_is_left_out():
    """So a new field with a default changes no hash, and names no folder anew."""
    optional = {"masks", "learns", "stepped", "trains_in", "agent_source", "after", "decay", "lasting"}
    assert not optional & set(LINE.as_json())
    changed = replace(LINE, masks=("seen",), learns="seen", stepped=True, trains_in={"length": 9}, agent_source="0")
    changed = replace(changed, decay=Decay(1e-4, 5), lasting=Lasting(8, 16, 16))
    assert optional - {"after"} <= set(changed.as_json())
    assert RunSettings.read(json.loads(json.dumps(changed.as_json()))) == changed
    assert settings_hash(changed.as_json()) != settings_hash(LINE.as_json())


def test_every_run_can_have_maps_of_its_own_and_says_which():
    own = replace(EXPERIMENTS["nmda-alpha-tuned"], by_seed={"map_seed": 100})
    first, other = (settings_of(own, "nmda-a0", "quick", seed) for seed in (0, 3))
    assert (first.arguments["map_seed"], other.arguments["map_seed"]) == (100, 103)
    assert first.worlds != other.worlds
    assert first.evaluation_family() != other.evaluation_family()
    assert first.training != replace(other, seed=0).training
    same = settings_of(EXPERIMENTS["nmda-alpha-tuned"], "nmda-a0", "quick", 3)
    assert "map_seed" not in same.arguments


def test_what_a_run_begins_with_is_read_again():
    settings = settings_of(EXPERIMENTS["nmda-consolidation"], "nmda-a10-then-as-much", "smoke", 0)
    assert settings.after is not None
    assert settings.after.variant in EXPERIMENTS["nmda-consolidation"].variants
    assert RunSettings.read(json.loads(json.dumps(settings.as_json()))) == settings


def test_only_what_decides_weights_is_of_training():
    scored_otherwise = replace(LINE, masks=("seen",), evaluation_length=7, n_evaluation_worlds=3, measurements=("x",))
    assert scored_otherwise.training == LINE.training
    others = {"seed": 1, "learns": "seen", "learning_rate": 1.0, "trains_in": {"length": 9}}
    others |= {"decay": Decay(1e-4, 5), "lasting": Lasting(8, 16, 16)}
    for changed in ({name: value} for name, value in others.items()):
        assert replace(LINE, **changed).training != LINE.training


def test_an_experiment_and_a_study_answer_to_the_same_names():
    """What commands, records and reports ask of either without a look at which it is."""
    shared = {"name", "statement", "source", "variants", "presets", "claims", "masks", "along", "about_walks"}
    shared |= {"variant", "preset", "begins_with"}
    for one in ALL.values():
        assert all(hasattr(one, name) for name in shared)
        variant, preset = next(iter(one.variants)), next(iter(one.presets))
        settings = settings_of(one, variant, preset, 3)
        assert (settings.experiment, settings.variant, settings.preset, settings.seed) == (one.name, variant, preset, 3)
        assert isinstance(one, Experiment if one.about_walks else Study)


def test_a_run_is_frozen_and_makes_its_worlds_and_walks_once(tmp_path):
    run = Run.within(tmp_path, LINE)
    assert run.folder == run_directory(LINE.as_json(), tmp_path)
    assert run.family is run.family
    assert run.evaluation_walks is run.evaluation_walks
    assert len(run.evaluation_walks["held-out"].nodes) == LINE.n_evaluation_worlds
    first, second = (run.agent(torch.device("cpu")) for _ in range(2))
    assert first is not second
    assert weights_hash(first.state_dict()) == weights_hash(second.state_dict())
    assert run.finished() is None
    with pytest.raises(FrozenInstanceError):
        run.folder = tmp_path


def test_weights_of_another_hash_are_refused(tmp_path):
    weights = {"w": torch.ones(2)}
    save_file(weights, tmp_path / WEIGHTS)
    assert load_weights(tmp_path / WEIGHTS, weights_hash(weights), "other").keys() == weights.keys()
    with pytest.raises(ValueError, match="these are other weights"):
        load_weights(tmp_path / WEIGHTS, "0" * 64, "these are other weights")


def test_an_agent_is_made_for_the_dark_too_and_guesses_among_the_symbols_that_are_scored(tmp_path):
    experiment = EXPERIMENTS["zero-shot-line"]
    harder = replace(experiment, arguments={**experiment.arguments, "dark_after": 5, "bare_share": 0.5})
    run = Run.within(tmp_path, settings_of(harder, "lstm", "smoke", 0))
    n_observations = LINE.n_observations
    assert run.agent(torch.device("cpu")).built_for == (n_observations + 1, run.family.n_actions)
    assert (run.settings.n_observations, run.settings.n_answers) == (n_observations, n_observations - 1)
