"""Training in other worlds than those of the score, and training that goes on from other weights."""

import io
from dataclasses import replace

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from benchmarks.experiments import EXPERIMENTS
from benchmarks.records.run import Run
from benchmarks.records.settings import settings_of
from benchmarks.running.run import run
from tests.helpers.narrow import narrow

CPU = torch.device("cpu")
QUIET = Console(quiet=True)
CONSOLIDATION = narrow(EXPERIMENTS["nmda-consolidation"])
BY_MAPS = narrow(EXPERIMENTS["nmda-by-maps"])
THEN = "nmda-a0-then-as-much"


def smoke(experiment, variant, runs, console=QUIET):
    return run(experiment, variant, "smoke", 0, CPU, runs, console)


def weights_of(experiment, variant, runs):
    return load_file(Run.within(runs, settings_of(experiment, variant, "smoke", 0)).weights)


def same(some, others):
    return all(torch.equal(some[name], others[name]) for name in some)


def test_training_in_other_worlds_is_that_of_an_experiment_in_those_worlds(tmp_path):
    """And it is scored in the same worlds as the other variants."""
    there = replace(BY_MAPS, arguments={**BY_MAPS.arguments, "n_maps": 4})
    plain = {"plain": replace(BY_MAPS.variants["4-maps"], trains_in={})}
    direct = smoke(replace(there, variants=plain), "plain", tmp_path / "direct")
    of_four, of_one = (smoke(BY_MAPS, name, tmp_path) for name in ("4-maps", "1-maps"))
    assert of_four.provenance["weights_hash"] == direct.provenance["weights_hash"]
    assert of_four.provenance["weights_hash"] != of_one.provenance["weights_hash"]
    assert of_four.provenance["evaluation_hash"] == of_one.provenance["evaluation_hash"]


def test_weights_of_the_same_training_are_taken_whatever_they_are_scored_on(tmp_path):
    smoke(narrow(EXPERIMENTS["nmda-ltrm-by-alpha"]), "nmda-a10", tmp_path)
    for variant, takes in (("8-maps", True), ("4-maps", False)):
        said = io.StringIO()
        smoke(BY_MAPS, variant, tmp_path, Console(file=said, width=200))
        assert ("reuses the weights of nmda-ltrm-by-alpha" in said.getvalue()) == takes


def test_a_second_stage_begins_with_the_weights_of_the_first(tmp_path):
    """At a learning rate of 0 it ends with them too; the first is run where it has not been."""
    still = {**CONSOLIDATION.variants, "still": replace(CONSOLIDATION.variants[THEN], learning_rate=1e-30)}
    experiment = replace(CONSOLIDATION, variants=still)
    smoke(experiment, "still", tmp_path)
    first = weights_of(experiment, "nmda-a0", tmp_path)
    assert same(weights_of(experiment, "still", tmp_path), first)
    assert not same(Run.within(tmp_path, settings_of(experiment, "nmda-a0", "smoke", 0)).agent(CPU).state_dict(), first)
    smoke(experiment, THEN, tmp_path)
    assert not same(weights_of(experiment, THEN, tmp_path), first)


@pytest.mark.parametrize("changed", [{"after": "nmda-a10"}, {"after": None}, {"trains_in": {}}])
def test_stages_are_settings_of_a_run(changed):
    other = replace(
        CONSOLIDATION, variants={**CONSOLIDATION.variants, THEN: replace(CONSOLIDATION.variants[THEN], **changed)}
    )
    assert settings_of(other, THEN, "smoke", 0) != settings_of(CONSOLIDATION, THEN, "smoke", 0)
