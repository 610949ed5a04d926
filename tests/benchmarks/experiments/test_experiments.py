"""Every experiment, as data: what it names is there, so that nobody finds out after all runs."""

import json
from dataclasses import replace

import pytest

from agents import AGENTS
from benchmarks.evaluation.measurements import MEASUREMENTS
from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.experiment import Variant, n_seeds_to_decide
from benchmarks.experiments.metric import HELD_OUT, Metric, UpdatesTo
from benchmarks.experiments.presets import SMOKE
from benchmarks.experiments.study import Scale
from benchmarks.reports.figures.style import REFERENCE_LINES
from benchmarks.reports.tables import title_of
from hippo_envs import make_family, sample_walks
from hippo_envs.scoring import mask_of, step_bins
from tests.helpers.paths import GOLDEN

# The names of what each measurement gives of each agent; checked, and written, where agents are trained:
# tests/benchmarks/running/test_runs.py.
MEASURED = json.loads((GOLDEN / "measured.json").read_text(encoding="utf-8"))


@pytest.fixture(params=EXPERIMENTS.values(), ids=lambda experiment: experiment.name)
def experiment(request):
    return request.param


def is_scored(part, experiment):
    metric = UpdatesTo.parse(part) or Metric.parse(part)
    return metric.mask in experiment.masks and getattr(metric, "worlds", HELD_OUT) in (
        HELD_OUT,
        *experiment.evaluations,
    )


def test_every_claim_is_about_something_that_is_measured(experiment):
    """A misspelt measurement would be found only after all runs."""
    for claim in experiment.claims:
        for variant in claim.agent.split(" - "):
            chosen = experiment.variants[variant]
            measured = {name for row in chosen.measurements for name in MEASURED[f"{row} of {chosen.agent}"]}
            for part in claim.metric.split(" - "):
                assert part in measured or is_scored(part, experiment), f"{variant} has no {part!r}: it has {measured}"


def test_every_variant_names_an_agent_and_a_complete_set_of_presets(experiment):
    assert set(experiment.presets) - {"hour"} == {"smoke", "quick", "paper"}
    assert {variant.agent for variant in experiment.variants.values()} <= set(AGENTS)
    for preset in set(experiment.presets) - {"smoke"}:
        # Five to claim something, of long runs three; one will do to choose a learning rate by.
        n_seeds, is_long = len(experiment.preset(preset).seeds), preset == "hour"
        assert n_seeds in ((n_seeds_to_decide(preset), 5) if experiment.claims else (1,))
        assert experiment.preset(preset).n_evaluation_worlds >= (50 if is_long else 200)
    for variant in experiment.variants.values():
        assert set(variant.measurements) <= set(MEASUREMENTS)
    for claim in experiment.claims:
        assert set(claim.agent.split(" - ")) <= set(experiment.variants)
        assert claim.preset in experiment.presets
        assert (claim.at_least is None) or (claim.at_most is None)


def test_what_is_scored_can_be_told_and_has_a_name(experiment):
    """A metric without steps is about as many as were trained on: found out before any run, not after all."""
    assert all(map(title_of, experiment.masks))
    assert set(experiment.references) <= set(REFERENCE_LINES)
    walks = sample_walks(make_family(experiment.environment, **experiment.arguments), [0], 40)
    for mask in (*experiment.masks, experiment.learns):
        assert mask_of(walks, mask).shape == (1, 40)
    for preset in experiment.presets.values():
        assert min(preset.walk_length, preset.evaluation_length) in step_bins(preset.evaluation_length)


def test_the_worlds_of_every_variant_and_evaluation_can_be_made(experiment):
    """Their symbols and actions are those of training: one agent answers in all of them."""
    trained = make_family(experiment.environment, **experiment.arguments)
    others = [*experiment.evaluations.values(), *(variant.trains_in for variant in experiment.variants.values())]
    for other in others:
        family = make_family(experiment.environment, **{**experiment.arguments, **other})
        assert (family.n_observations, family.n_actions) == (trained.n_observations, trained.n_actions)


def test_a_second_stage_comes_after_a_variant_of_the_same_agent(experiment):
    for variant in experiment.variants.values():
        if variant.after is not None:
            before = experiment.variants[variant.after]
            assert (before.agent, before.sizes, before.after) == (variant.agent, variant.sizes, None)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, "3"])
@pytest.mark.parametrize("name", ["n_updates", "batch", "walk_length", "n_evaluation_worlds", "evaluation_length"])
def test_a_number_of_a_preset_that_makes_no_sense_is_refused_by_name(name, wrong):
    with pytest.raises(ValueError, match=f"{name} must be a whole number of at least 1, got {wrong!r}"):
        replace(SMOKE, **{name: wrong})
    if name in ("n_updates", "evaluation_length"):
        with pytest.raises(ValueError, match=f"{name} of lstm at smoke must be a whole number of at least 1"):
            Variant("lstm", 1e-3, **{name: {"smoke": wrong}})


@pytest.mark.parametrize("wrong", [(), (-1,), (0, 0.5), (True,), "01"])
def test_seeds_of_a_preset_are_whole_numbers(wrong):
    for make in (lambda: replace(SMOKE, seeds=wrong), lambda: Scale(wrong)):
        with pytest.raises(ValueError, match="seeds must be one or more whole numbers of at least 0, got"):
            make()
