"""Agents that come trained: they load, and are what their cards say."""

import json
import re
from dataclasses import replace
from io import StringIO

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file, save_file

from agents.trained import CARD, TRAINED, describe_trained, load_trained, trained_agents
from agents.weights import weights_hash
from benchmarks.evaluation.answers import predicted_observations
from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS
from benchmarks.records.files import RESULT, WEIGHTS
from benchmarks.records.loading import load_run
from benchmarks.records.result import RESULTS, Result
from benchmarks.records.run import run_directory
from benchmarks.records.settings import settings_of
from benchmarks.running.publishing import card, publish, push_to_hub
from benchmarks.running.run import run
from hippo_envs import make_family, sample_walks
from hippo_envs.scoring import answers_of, score

CPU = torch.device("cpu")
EXPERIMENT = EXPERIMENTS["zero-shot-line"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a finished smoke run."""
    runs = tmp_path_factory.mktemp("runs")
    run(EXPERIMENT, "lstm", "smoke", 0, torch.device("cpu"), runs, Console(quiet=True))
    return run_directory(settings_of(EXPERIMENT, "lstm", "smoke", 0).as_json(), runs)


@pytest.mark.parametrize("name", trained_agents())
def test_an_agent_of_the_repository_is_the_one_of_its_result_and_scores_like_it(name):
    """The numbers of the card are those of the committed result; a few of its worlds say whether it loads right."""
    told, agent = describe_trained(name), load_trained(name)
    folder = RESULTS / told["experiment"] / told["preset"] / told["variant"]
    result = Result.read(folder / f"{told['seed']}.json")
    assert weights_hash(agent.state_dict()) == told["weights_hash"] == result.provenance["weights_hash"]
    assert told["scores"] == {mask: pytest.approx(result.value(mask), abs=1e-4) for mask in told["scores"]}
    assert (TRAINED / name / CARD).read_text() == card(name, told)
    family = make_family(told["environment"], **told["arguments"])
    walks = sample_walks(family, EVALUATION_SEEDS[:8], 64)
    masks = tuple(told["scores"])
    counts = score(answers_of(predicted_observations(agent, walks, torch.device("cpu"), 0), walks), walks, masks)
    best = max(masks, key=lambda mask: counts[mask].total.sum())
    assert abs(counts[best].accuracy(family.n_observations) - told["scores"][best]) < 0.15


def test_all_published_agents_are_small():
    assert len(trained_agents()) >= 5
    assert sum(path.stat().st_size for path in TRAINED.rglob("*")) < 4_000_000


def test_a_run_is_published_and_loads_as_the_same_agent(finished, tmp_path):
    paths = publish(finished, "my-lstm", tmp_path)
    assert trained_agents(tmp_path) == ["my-lstm"]
    agent, weights = load_trained("my-lstm", tmp_path), load_file(finished / "weights.safetensors")
    assert weights_hash(agent.state_dict()) == weights_hash(weights)
    assert "--agents lstm --preset smoke" in paths[1].read_text()
    before = paths[0].read_bytes()
    publish(finished, "my-lstm", tmp_path)
    assert paths[0].read_bytes() == before


def test_loading_an_agent_moves_no_random_state_and_gives_it_as_it_is_scored(finished):
    before = torch.get_rng_state()
    for agent in (load_trained("tem-t-square"), load_run(finished)[1]):
        assert not agent.training
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_that_were_changed_are_refused(finished, tmp_path):
    path, _ = publish(finished, "changed", tmp_path)
    told, weights = describe_trained("changed", tmp_path), load_file(path)
    next(iter(weights.values())).view(-1)[0] += 1
    save_file(weights, path, {"hippo_envs": json.dumps(told)})
    with pytest.raises(ValueError, match="are not those whose hash"):
        load_trained("changed", tmp_path)
    save_file(weights, path)
    with pytest.raises(ValueError, match="holds no agent"):
        load_trained("changed", tmp_path)
    save_file(weights, finished / "weights.safetensors")
    with pytest.raises(ValueError, match="not those that its result was made with"):
        publish(finished, "changed", tmp_path)


@pytest.mark.parametrize("name", ["", "lab/x", "../x", "/tmp/x", "t\u0435m-t", "."])
def test_a_name_that_would_not_load_or_lead_elsewhere_is_refused(finished, name, tmp_path):
    with pytest.raises(ValueError, match=r"An agent (needs a name|is called)"):
        publish(finished, name, tmp_path / "trained")
    assert not list(tmp_path.iterdir())


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="no trained agent 'tem-x': use one of"):
        load_trained("tem-x")
    with pytest.raises(ValueError, match="no finished run"):
        publish(tmp_path, "nothing", tmp_path)
    with pytest.raises(ValueError, match="no trained agent"):
        push_to_hub("tem-x", "me/tem-x")


@pytest.mark.parametrize("broken", [None, b"", b"not weights"], ids=["gone", "empty", "broken"])
def test_a_finished_run_without_its_weights_names_a_way_out_that_works(broken, tmp_path):
    """`run` passes it over, since it has a result; all that needs the weights says what to do."""
    said = StringIO()
    first = run(EXPERIMENT, "lstm", "smoke", 0, CPU, tmp_path / "a[/b]", Console(quiet=True))
    folder = run_directory(first.settings, tmp_path / "a[/b]")
    weights = folder / WEIGHTS
    weights.unlink() if broken is None else weights.write_bytes(broken)
    out = re.escape(
        f"move {folder / RESULT} away, and `python -m benchmarks run zero-shot-line --agents lstm --preset smoke "
        f"--seeds 0 --runs {tmp_path / 'a[/b]'}` trains it again"
    )
    with pytest.raises(ValueError, match=out):
        load_run(folder)
    with pytest.raises(ValueError, match=out):
        publish(folder, "mine", tmp_path)
    run(EXPERIMENT, "lstm", "smoke", 0, CPU, tmp_path / "a[/b]", Console(file=said, width=80))
    assert "finished before" in said.getvalue()
    if broken is None:
        assert re.search(out, said.getvalue())
    (folder / RESULT).rename(tmp_path / "away.json")
    again = run(EXPERIMENT, "lstm", "smoke", 0, CPU, tmp_path / "a[/b]", Console(quiet=True))
    assert again.provenance["weights_hash"] == first.provenance["weights_hash"]
    load_run(folder)


def test_a_run_that_begins_with_weights_that_are_gone_says_so(tmp_path):
    variants = {**EXPERIMENT.variants, "more": replace(EXPERIMENT.variants["lstm"], after="lstm")}
    staged = replace(EXPERIMENT, variants=variants)
    first = run(staged, "lstm", "smoke", 0, CPU, tmp_path, Console(quiet=True))
    (run_directory(first.settings, tmp_path) / WEIGHTS).unlink()
    with pytest.raises(ValueError, match=r"cannot be used .*: move .* away, and `python -m benchmarks run"):
        run(staged, "more", "smoke", 0, CPU, tmp_path, Console(quiet=True))
