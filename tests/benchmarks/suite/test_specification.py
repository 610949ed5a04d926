"""The suite: what is asked, of whom, and that it has not changed unnoticed."""

import io
import json
import math
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from agents import AGENTS, OF_ONE_TASK, make_agent
from benchmarks.evaluation.answers import predicted_observations, stepped_observations
from benchmarks.experiments import EXPERIMENTS, STUDIES, find_experiment
from benchmarks.experiments.metric import title_of
from benchmarks.experiments.suite import Suite
from benchmarks.experiments.suites import SUITES, find_suite
from benchmarks.records.files import PREDICTIONS
from benchmarks.records.predictions import predictions_hash, read_predictions
from benchmarks.records.run import run_directory
from benchmarks.records.settings import settings_of
from benchmarks.running.run import run
from benchmarks.suite.specification import (
    departure,
    fixed_rows,
    of_task,
    publish,
    published,
    published_path,
    specification,
)
from hippo_envs import make_family, sample_walks
from hippo_envs.ceilings import CEILINGS
from hippo_envs.references import REFERENCES
from tests.helpers.made_up import made_up

SUITE = SUITES["hippo-1"]
CPU, QUIET = torch.device("cpu"), Console(quiet=True)
LINE = Suite("line", "quick", {"line": SUITE.tasks["line"]})


@pytest.mark.parametrize("name", SUITE.tasks)
def test_every_agent_can_be_stepped_on_every_task_and_keeps_to_its_budget(name):
    task = SUITE.tasks[name]
    assert all(map(title_of, settings_of(task.experiment, "lstm", "quick", 0).masks))
    # Not the same: a suite that is published does not change with new agents.
    assert {variant.agent for variant in task.experiment.variants.values()} <= {*AGENTS, *OF_ONE_TASK}
    assert find_experiment(task.experiment.name) is task.experiment
    for variant in task.experiment.variants:
        settings = settings_of(task.experiment, variant, "quick", 0)
        assert settings.n_updates <= SUITE.budget(name).n_updates
        walks = replace(settings, n_evaluation_worlds=2, evaluation_length=3).evaluation_walks()["held-out"]
        family = walks.worlds.family
        agent = make_agent(settings.agent, family.n_heard, family.n_actions, **settings.sizes)
        assert stepped_observations(agent, walks, CPU, 0).shape == (2, 3)


def test_names_of_tasks_are_no_names_of_experiments():
    assert not set(SUITE.experiments) & set(EXPERIMENTS | STUDIES)
    with pytest.raises(ValueError, match="no suite called 'hippo-2': use one of hippo-1"):
        find_suite("hippo-2")


def test_the_published_tasks_are_those_of_the_installed_suite():
    assert published(SUITE)["tasks"] == {name: of_task(SUITE, name) for name in SUITE.tasks}


SLIPS = pytest.param("slip", marks=pytest.mark.slow)  # its particle filter takes ten seconds


@pytest.mark.parametrize("name", [SLIPS if name == "slip" else name for name in SUITE.tasks])
def test_the_published_ceiling_and_references_are_those_of_the_installed_suite(name):
    rows = fixed_rows(Suite(SUITE.name, SUITE.preset, {name: SUITE.tasks[name]}))
    assert {row: of_row[name] for row, of_row in published(SUITE)["fixed_rows"].items()} == {
        row: of_row[name] for row, of_row in rows.items()
    }


@pytest.mark.slow
def test_publishing_again_writes_the_same_bytes(tmp_path):
    publish(SUITE, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == published_path(SUITE).read_text()


def test_a_published_ceiling_that_was_changed_by_hand_is_noticed(tmp_path, monkeypatch):
    kept = published(SUITE)
    kept["fixed_rows"]["ceiling"]["tree"] = 0.5
    (tmp_path / "hippo-1.json").write_text(json.dumps(kept))
    monkeypatch.setattr("benchmarks.suite.specification.PUBLISHED", tmp_path)
    with pytest.raises(ValueError, match=r"hippo-1\.json does not match its hash: write it with .* --publish"):
        published(SUITE)


@pytest.fixture(scope="module")
def of_line():
    return specification(LINE)


@pytest.mark.parametrize(
    "change",
    [
        {"environment": "hippo/Network-v0", "arguments": {}},
        {"arguments": {"length": (4, 5), "jump": 4, "n_observations": 10}},
        {"masks": ("zero_shot", "loop_closure")},
        {"learns": "seen"},
        {"presets": {"quick": replace(LINE.budget("line"), n_updates=1)}},
        {"presets": {"quick": replace(LINE.budget("line"), evaluation_length=256)}},
        {"presets": {"quick": replace(LINE.budget("line"), n_evaluation_worlds=100)}},
    ],
)
def test_the_specification_hash_changes_with_whatever_is_asked(change, of_line):
    task = LINE.tasks["line"]
    other = replace(LINE, tasks={"line": replace(task, experiment=replace(task.experiment, **change))})
    assert specification(other)["specification_hash"] != of_line["specification_hash"]


def test_agents_are_no_part_of_the_specification(of_line):
    task = LINE.tasks["line"]
    fewer = replace(
        task, experiment=replace(task.experiment, variants=dict(list(task.experiment.variants.items())[:1]))
    )
    assert specification(replace(LINE, tasks={"line": fewer})) == of_line


@pytest.mark.parametrize(("table", "row"), [(CEILINGS, "bayes"), (REFERENCES, "node-agent")])
def test_the_specification_hash_changes_with_a_ceiling_and_with_a_reference(table, row, monkeypatch, of_line):
    before = of_line
    monkeypatch.setitem(table, row, REFERENCES["two-back"])
    after = specification(LINE)
    assert before["tasks"] == after["tasks"]
    assert before["specification_hash"] != after["specification_hash"]


def test_a_run_of_a_task_is_scored_step_by_step_and_keeps_its_predictions(tmp_path):
    experiment = SUITE.tasks["rewriting"].experiment
    result = run(experiment, "lstm", "smoke", 0, CPU, tmp_path, QUIET)
    folder = run_directory(result.settings, tmp_path)
    of_kinds = result.run_settings.evaluation_walks()
    predictions = read_predictions(folder / PREDICTIONS, of_kinds)
    assert predictions_hash(predictions) == result.provenance["predictions_hash"]
    walks = of_kinds["held-out"]
    right = (predictions["held-out"] == walks.observations) & walks.rewritten
    assert right.sum() == result.scores["held-out"]["rewritten"].correct.sum()
    assert predictions["held-out"].dtype == np.uint8
    assert not settings_of(EXPERIMENTS["zero-shot-line"], "lstm", "smoke", 0).stepped


@pytest.mark.parametrize("variant", ["ceiling", "node-agent"])
def test_no_agent_has_the_name_of_a_row_beside_the_agents(variant):
    result, _ = made_up("line", "lstm", 0, 0.5)
    named = replace(result, variant=variant, settings={**result.settings, "variant": variant})
    assert f"its variant is {variant}, which is the name of a row" in departure(named, SUITE, "line", published(SUITE))


@pytest.mark.parametrize(
    "variant", ["a/b", "../../../../evil", "a\\b", "..", ".a", "mine:", "", "a b", "a\n", "t\u0435m", 1]
)
def test_a_variant_that_is_no_name_for_a_folder_is_a_departure(variant):
    result, _ = made_up("line", "lstm", 0, 0.5)
    odd = replace(result, variant=variant, settings={**result.settings, "variant": variant})
    assert "which is not a name" in departure(odd, SUITE, "line", published(SUITE))
    if variant != "a b":
        with pytest.raises((ValueError, AttributeError)):
            odd.path_in(Path("results"))


@pytest.mark.parametrize("variant", ["lstm", "tem-t", "my_agents:Clocks", "lab.my-agents.v2:Clocks"])
def test_a_variant_may_be_any_name_of_an_agent(variant):
    result, _ = made_up("line", "lstm", 0, 0.5)
    other = replace(result, variant=variant, settings={**result.settings, "variant": variant})
    assert departure(other, SUITE, "line", published(SUITE)) is None


@pytest.mark.parametrize("seed", [1.0, True])
def test_what_equals_a_seed_but_is_written_otherwise_is_a_departure(seed):
    result, _ = made_up("line", "lstm", 0, 0.5)
    odd = replace(result, seed=seed, settings={**result.settings, "seed": seed})
    assert f"its seed is {seed}" in departure(odd, SUITE, "line", published(SUITE))


@pytest.mark.parametrize(
    "number", [10**400, -(10**400), True, math.nan, math.inf, "1", None], ids=lambda number: str(number)[:5]
)
def test_what_is_no_number_that_can_be_shown_is_a_departure(number):
    result, _ = made_up("line", "lstm", 0, 0.5)
    odd = replace(result, provenance={**result.provenance, "n_parameters": number})
    assert "which is not a number" in departure(odd, SUITE, "line", published(SUITE))


def test_a_result_that_cannot_be_written_again_is_a_departure():
    """Its note would be of the hash of what it says."""
    result, _ = made_up("line", "lstm", 0, 0.5)
    odd = replace(result, settings={**result.settings, "learning_rate": math.nan})
    assert "cannot be written as JSON" in departure(odd, SUITE, "line", published(SUITE))


def test_stepping_predicts_what_whole_walks_do():
    family = make_family("hippo/Line-v0", length=5)
    torch.manual_seed(0)
    agent = make_agent("tem-t", family.n_observations, family.n_actions, n_units=32, n_modules=2)
    walks = sample_walks(family, range(30), 40)
    stepped, whole = (how(agent, walks, CPU, 0) for how in (stepped_observations, predicted_observations))
    assert (stepped == whole).mean() > 0.99


@pytest.fixture(scope="module")
def two_walks():
    return {"held-out": sample_walks(make_family("hippo/Line-v0", length=5), range(2), 3)}


def test_what_holds_no_predictions_is_refused(two_walks, tmp_path):
    path = tmp_path / PREDICTIONS
    for content in (b"", b"PK\x03\x04 and no more"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="does not hold predictions"):
            read_predictions(path, two_walks)
    steps = np.zeros((2, 3), dtype=np.int64)
    for arrays in ({"held-out": steps * 0.5}, {"held-out": steps.T}, {"other": steps}, {"held-out": steps, "x": steps}):
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match=r"whole numbers of the shapes .*\(2, 3\)"):
            read_predictions(path, two_walks)


N_BYTES = 2**24


def header_of(n_bytes):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (n_bytes,)})
    return header.getvalue()


DEFLATED, LONG_HEADER = zipfile.ZIP_DEFLATED, b"\x93NUMPY\2\0" + N_BYTES.to_bytes(4, "little")
BOMBS = {
    "an array of another shape": ("held-out.npy", header_of(N_BYTES), DEFLATED),
    "an array more": ("more.npy", header_of(N_BYTES), DEFLATED),
    "no array at all": ("held-out.npy", b"", DEFLATED),
    "what unpacks in one piece": ("held-out.npy", header_of(N_BYTES), zipfile.ZIP_BZIP2),
    "a header that is as long": ("held-out.npy", LONG_HEADER, DEFLATED),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_file_of_predictions_is_not_unpacked_before_it_is_known_what_it_holds(bomb, two_walks, tmp_path):
    name, begins, how = BOMBS[bomb]
    path = tmp_path / PREDICTIONS
    np.savez(path, **({"held-out": np.zeros((2, 3), dtype=np.int64)} if name == "more.npy" else {}))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(name, begins + bytes(N_BYTES), how)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="predictions"):
            read_predictions(path, two_walks)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < N_BYTES / 16
