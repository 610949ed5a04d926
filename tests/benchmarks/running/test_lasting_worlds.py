"""Worlds that last over many updates: every row walks on in its own, and nothing of it is left in the next."""

import os
import signal
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
import torch
from rich.console import Console

from agents import make_agent
from agents.base import Batch
from agents.tem import TEM
from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.experiment import Decay, Lasting
from benchmarks.records.run import Run
from benchmarks.records.settings import settings_of
from benchmarks.running.lasting_worlds import checked, lasting_batches, n_chunks_from, stays
from benchmarks.running.run import run
from benchmarks.running.schedule import Schedule, learning_rate
from benchmarks.running.signals import RunInterruptedError
from benchmarks.running.training import Trainer
from hippo_envs import rectangle_family, sample_walks

CPU = torch.device("cpu")
QUIET = Console(quiet=True)
PUBLISHED = EXPERIMENTS["tem-published"]
FAMILY = rectangle_family(3, n_observations=9)
SCHEDULE = Schedule(12, batch=3, walk_length=40, learning_rate=0.0, lasting=Lasting(chunk=5, shortest=5, window=10))
SMALL = {"n_abstract": (9, 6, 6), "smoothing": (0.9, 0.3, 0.1), "chunk": 5}


def tem() -> TEM:
    torch.manual_seed(0)
    agent = make_agent("tem", 9, FAMILY.n_actions, **SMALL).double()
    assert isinstance(agent, TEM)
    torch.nn.init.normal_(agent.transition, std=0.03)
    return agent


def still(agent):
    """An optimiser that leaves the weights as they are, so that only the walks make a difference."""
    return torch.optim.SGD(agent.parameters(), lr=0.0)


def same(state, other):
    return all(torch.equal(one, two) for one, two in zip(state, other, strict=True))


@pytest.mark.parametrize("row", range(3))
def test_the_chunks_of_a_row_are_whole_walks_one_after_the_other(row):
    chunks = list(lasting_batches(FAMILY, SCHEDULE, 0, CPU))
    assert len(chunks) == SCHEDULE.n_updates
    worlds = list(stays(SCHEDULE, 0, row))
    assert [int(update) for update in np.flatnonzero([chunk.begins[row] for chunk in chunks])] == [
        stay.first for stay in worlds
    ]
    for stay in worlds:
        walks = sample_walks(FAMILY, [stay.seed], (stay.end - stay.first) * 5)
        parts = chunks[stay.first : stay.end]
        whole = Batch(walks.observations[0], walks.actions[0], walks.revisit[0])
        for name, steps in whole._asdict().items():
            found = torch.cat([getattr(chunk.steps, name)[row] for chunk in parts])
            np.testing.assert_array_equal(found, steps[: len(found)])


def test_rows_begin_together_once_and_no_two_share_a_world():
    worlds = [stay for seed in range(3) for row in range(16) for stay in stays(SCHEDULE._replace(batch=16), seed, row)]
    assert len({stay.seed for stay in worlds}) == len(worlds) > 3 * 16
    ends = [stay.end for row in range(16) for stay in islice(stays(SCHEDULE._replace(batch=16), 0, row), 1)]
    assert len(set(ends)) > 4


def test_a_run_that_goes_on_finds_every_row_where_it_was():
    whole = list(lasting_batches(FAMILY, SCHEDULE, 0, CPU))
    for first in (1, 5, 11):
        for one, other in zip(lasting_batches(FAMILY, SCHEDULE, 0, CPU, first), whole[first:], strict=True):
            assert torch.equal(one.begins, other.begins)
            assert same(one.steps, other.steps)


def test_walks_are_as_long_as_in_torch_tem():
    """4,900 to 5,980 steps at first, 500 to 1,580 at the end; those that begin the training, of any length."""
    schedule = Schedule.of(settings_of(PUBLISHED, "tem", "hour", 0))
    assert n_chunks_from(0, schedule) == (25, 275)
    assert n_chunks_from(1, schedule) == (245, 55)
    assert n_chunks_from(10_000, schedule) == (135, 55)
    assert n_chunks_from(20_000, schedule) == (25, 55)
    for row in range(16):
        for stay, later in pairwise(stays(schedule, 0, row)):
            shortest, window = n_chunks_from(stay.first, schedule)
            assert later.first == stay.end
            assert shortest <= stay.end - stay.first < shortest + window


def test_the_learning_rate_is_the_published_one():
    schedule = Schedule.of(settings_of(PUBLISHED, "tem", "hour", 0))
    for update in (0, 1, 4_000, 19_999):
        assert learning_rate(update, schedule) == pytest.approx(8e-5 + (9.4e-4 - 8e-5) * 0.5 ** (update / 4_000))
    assert schedule.decay == Decay(8e-5, 5)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"walk_length": 42}, r"multiples of the chunk, 5 steps: got \(42, 5, 10\)"),
        ({"lasting": Lasting(5, 0, 10)}, r"\(40, 0, 10\)"),
        ({"lasting": Lasting(5, 35, 10)}, "does not fit below the longest walk, 40"),
    ],
)
def test_lengths_that_make_no_walks_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        checked(SCHEDULE._replace(**changed))


def test_chunks_with_a_state_that_is_carried_on_are_one_long_walk():
    agent = tem()
    walks = sample_walks(FAMILY, range(3), 40)
    steps = Batch(*(torch.from_numpy(array) for array in (walks.observations, walks.actions, walks.revisit)))
    agent.set_schedule(1.0)
    whole, after = agent._losses_from(agent.initial_state(3), steps)
    state, optimiser = None, still(agent)
    total = dict.fromkeys(whole, 0.0)
    for first in range(0, 40, 5):
        chunk = Batch(*(part[:, first : first + 5] for part in steps))
        losses, state = agent.update_from(state, torch.full((3,), first == 0), chunk, optimiser, 1.0)
        for name, loss in losses.items():
            total[name] += loss.item() * int(chunk.known.sum()) / int(steps.known.sum())
    for name, loss in whole.items():
        assert total[name] == pytest.approx(loss.item(), rel=1e-9), name
    for carried, long in zip(state, after, strict=True):
        torch.testing.assert_close(carried, long.detach(), rtol=0, atol=1e-9)


def test_a_row_that_begins_anew_keeps_nothing_and_the_others_all():
    agent = tem()
    optimiser = still(agent)
    first, second = islice(lasting_batches(FAMILY, SCHEDULE, 0, CPU), 2)
    _, state = agent.update_from(None, first.begins, first.steps, optimiser, 1.0)
    begins = torch.tensor([False, True, False])
    _, after = agent.update_from(state, begins, second.steps, optimiser, 1.0)
    _, fresh = agent.update_from(None, first.begins, second.steps, optimiser, 1.0)
    _, on = agent.update_from(state, torch.zeros(3, dtype=torch.bool), second.steps, optimiser, 1.0)
    for found, of_new, of_old in zip(after, fresh, on, strict=True):
        torch.testing.assert_close(found[1], of_new[1], rtol=0, atol=1e-12)
        torch.testing.assert_close(found[[0, 2]], of_old[[0, 2]], rtol=0, atol=1e-12)
    assert not torch.allclose(on.inference_matrix[1], fresh.inference_matrix[1])


def test_no_gradient_passes_from_one_update_to_the_next_and_a_new_walk_teaches_where_to_begin():
    agent = tem()
    optimiser = still(agent)
    first, second = islice(lasting_batches(FAMILY, SCHEDULE, 0, CPU), 2)
    _, state = agent.update_from(None, first.begins, first.steps, optimiser, 1.0)
    assert not any(tensor.requires_grad for tensor in state)
    agent.update_from(state, torch.zeros(3, dtype=torch.bool), second.steps, optimiser, 1.0)
    assert agent.origin.grad is None
    agent.update_from(state, torch.tensor([False, True, False]), second.steps, optimiser, 1.0)
    assert agent.origin.grad is not None
    assert agent.origin.grad.abs().max() > 0


def test_chunks_that_end_between_clamps_are_refused():
    agent = tem()
    chunk = next(lasting_batches(FAMILY, SCHEDULE._replace(lasting=Lasting(4, 8, 8)), 0, CPU))
    _, state = agent.update_from(None, chunk.begins, chunk.steps, still(agent), 1.0)
    with pytest.raises(ValueError, match="4 steps have passed since memory was clamped: take chunks as long as"):
        agent.update_from(state, chunk.begins, chunk.steps, still(agent), 1.0)


def test_an_agent_that_cannot_go_on_from_a_state_is_told_so(tmp_path):
    lstm = replace(PUBLISHED.variants["tem"], agent="lstm", measurements=())
    presets = {"smoke": replace(PUBLISHED.presets["smoke"], sizes={})}
    with pytest.raises(ValueError, match=r"LSTM does not learn in worlds that last .* give it an update_from"):
        run(replace(PUBLISHED, variants={"lstm": lstm}, presets=presets), "lstm", "smoke", 0, CPU, tmp_path, QUIET)


LONGER = replace(
    PUBLISHED,
    presets={"smoke": replace(PUBLISHED.presets["smoke"], n_updates=16, n_evaluation_worlds=2, evaluation_length=20)},
    variants={"tem": replace(PUBLISHED.variants["tem"], measurements=())},
    evaluations={},
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing has stopped."""
    return run(LONGER, "tem", "smoke", 0, CPU, tmp_path_factory.mktemp("whole"), QUIET)


@pytest.mark.parametrize("stops_at", [3, 10])
def test_stopped_within_a_world_a_run_ends_with_the_same_bits(stops_at, whole, tmp_path, monkeypatch):
    original = Trainer._one_update

    def interrupted(trainer, batch):
        if trainer.update == stops_at:
            os.kill(os.getpid(), signal.SIGINT)
        return original(trainer, batch)

    monkeypatch.setattr(Trainer, "_one_update", interrupted)
    with pytest.raises(RunInterruptedError):
        run(LONGER, "tem", "smoke", 0, CPU, tmp_path, QUIET)
    monkeypatch.setattr(Trainer, "_one_update", original)
    resumed = run(LONGER, "tem", "smoke", 0, CPU, tmp_path, QUIET)
    assert resumed.provenance["weights_hash"] == whole.provenance["weights_hash"]
    assert resumed.learning["loop_closure"] == whole.learning["loop_closure"]


def test_a_checkpoint_without_the_state_of_all_walks_is_refused(tmp_path):
    there = Run.within(tmp_path, settings_of(LONGER, "tem", "smoke", 0))
    trainer = Trainer(there.agent(CPU), there, CPU)
    n_walks = trainer.schedule.batch
    trainer.update, trainer.state = 3, trainer.agent.initial_state(n_walks)
    trainer._save()
    Trainer(trainer.agent, there, CPU)._resume()  # which is fine
    for state in (None, trainer.state[:2], trainer.agent.initial_state(n_walks - 1)):
        trainer.state = state
        trainer._save()
        with pytest.raises(ValueError, match=rf"not a whole checkpoint \(its state of {n_walks} walks has the shapes"):
            Trainer(trainer.agent, there, CPU)._resume()


def test_a_run_without_lasting_worlds_says_nothing_of_them():
    """So that its settings, and the name of its directory, are what they were."""
    for name in ("sample-efficiency", "nmda-consolidation"):
        experiment = EXPERIMENTS[name]
        settings = settings_of(experiment, next(iter(experiment.variants)), "smoke", 0).as_json()
        assert {"lasting", "decay"}.isdisjoint(settings)
    assert {"lasting", "decay"} <= set(settings_of(PUBLISHED, "tem", "smoke", 0).as_json())
