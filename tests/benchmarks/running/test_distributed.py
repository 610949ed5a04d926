"""Two processes of torchrun that train one agent end with the weights of one process."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console

from agents import make_agent
from agents.data_parallel import rank
from agents.lstm import LSTM
from benchmarks.experiments import EXPERIMENTS
from benchmarks.records.result import Result
from benchmarks.records.run import run_directory
from benchmarks.running import distributed
from benchmarks.running.distributed import any_asks, check_equal_weights, share_of, shared_initial_states, together
from benchmarks.running.run import run
from benchmarks.running.schedule import Schedule
from benchmarks.running.training import training_batches
from hippo_envs import rectangle_family
from tests.helpers import narrow
from tests.helpers.paths import ROOT
from tests.helpers.processes import processes

CPU = torch.device("cpu")
EXPERIMENT = replace(EXPERIMENTS["zero-shot-rectangle"], evaluations={})
SIZES = {
    "lstm": {},
    "tem-t": {"n_units": 24, "n_modules": 4, "chunk": 5},
    "tem": {**narrow.SIZES["tem"], "chunk": 8},
    "cscg": {"n_clones": 2, "updates_per_m_step": 2},
}


def trained(name):
    """In double precision, so that all that is left of rounding is rounding; TEM and TEM-t step chunk by chunk."""
    torch.manual_seed(0)
    agent = make_agent(name, 45, 5, **SIZES[name]).double().train()
    optimiser, generator = torch.optim.Adam(agent.parameters(), lr=1e-3), torch.Generator().manual_seed(0)
    with shared_initial_states(agent):
        for batch in training_batches(rectangle_family((3, 4)), Schedule(4, 4, 20, 1e-3), 0, CPU):
            agent.update(share_of(batch), optimiser, 0.1, generator)
    assert "initial_state" not in vars(agent)
    check_equal_weights(agent)
    return agent.state_dict()


class Selfish(LSTM):
    """Learns from its own share alone."""

    def update(self, batch, optimiser, progress, generator=None):
        optimiser.zero_grad()
        sum(self.losses(batch, generator).values()).backward()
        optimiser.step()
        return {}


class Counting(LSTM):
    """Counts its steps for all walks together."""

    def initial_state(self, batch, generator=None):
        return (*super().initial_state(batch, generator), torch.zeros(1))


def known_to_the_second_alone():
    """What an update says to each process, and whether any weight is no number after it."""
    torch.manual_seed(0)
    agent = LSTM(45, 5)
    (batch,) = training_batches(rectangle_family(4), Schedule(1, 4, 20, 1e-3), 0, CPU)
    batch.known[:2] = False
    losses = agent.update(share_of(batch), torch.optim.Adam(agent.parameters()), 0.0)
    is_broken = any(of.isnan().any().item() for of in agent.parameters())
    return {name: loss.item() for name, loss in losses.items()}, is_broken


def start(agent):
    with shared_initial_states(agent):
        agent.initial_state(2)


def refusal(call, *arguments):
    try:
        call(*arguments)
    except ValueError as error:
        return str(error)


def one_of_two(folder):
    """What each of the two processes does."""
    torch.set_num_threads(1)
    with together("auto"):
        weights = {name: trained(name) for name in SIZES}
        torch.manual_seed(0)
        selfish = Selfish(45, 5)
        batches = training_batches(rectangle_family(4), Schedule(1, 4, 20, 1e-3), 0, CPU)
        selfish.update(share_of(next(batches)), torch.optim.Adam(selfish.parameters()), 0.0)
        (odd,) = training_batches(rectangle_family(4), Schedule(1, 5, 20, 1e-3), 0, CPU)
        said = {
            "selfish": refusal(check_equal_weights, selfish),
            "odd": refusal(share_of, odd),
            "counting": refusal(start, Counting(45, 5).train()),
            "lopsided": known_to_the_second_alone(),
            "stops": [any_asks(rank() == 1), any_asks(False)],
        }
        run(EXPERIMENT, "lstm", "smoke", 0, CPU, folder / "runs", Console(quiet=True))
        (folder / f"said-{rank()}.json").write_text(json.dumps(said))
        if rank() == 0:
            torch.save(weights, folder / "weights.pt")


def with_torchrun(folder):
    program = folder / "program.py"
    program.write_text(
        "from pathlib import Path\n"
        "from tests.benchmarks.running.test_distributed import one_of_two\n"
        f"one_of_two(Path({str(folder)!r}))"
    )
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(program)]
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(launch, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def told_by_hand(folder, environment):
    os.environ.update(environment)
    one_of_two(folder)


def by_hand(folder):
    """What torchrun tells its processes, told to forks of one that has imported torch."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        known = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1]), "WORLD_SIZE": "2"}
    ranks = [{**known, "RANK": rank, "LOCAL_RANK": rank} for rank in "01"]
    both = [processes().Process(target=told_by_hand, args=(folder, environment)) for environment in ranks]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]


@pytest.fixture(scope="module", params=[pytest.param(with_torchrun, marks=pytest.mark.slow), by_hand])
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("together")
    request.param(folder)
    return folder


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="has no file to watch a process by")
def test_each_process_is_guarded_against_the_death_of_torchrun(monkeypatch):
    """Which would leave it waiting for the others for ever; what a guard does is tested where signals are."""
    watched = []
    monkeypatch.setattr(distributed, "end_with", watched.append)
    monkeypatch.setattr(distributed.distributed, "init_process_group", lambda *_, **__: None)
    monkeypatch.setattr(distributed.distributed, "destroy_process_group", lambda: None)
    for n_processes in ("1", "2"):
        monkeypatch.setenv("WORLD_SIZE", n_processes)
        with together("cpu"):
            pass
    (watching,) = watched
    assert str(Path(f"/proc/self/fd/{watching}").readlink()) == "anon_inode:[pidfd]"
    assert f"Pid:\t{os.getppid()}\n" in Path(f"/proc/self/fdinfo/{watching}").read_text()
    os.close(watching)


@pytest.mark.parametrize("name", SIZES)
def test_two_processes_train_to_the_weights_of_one(name, folder):
    for key, weights in trained(name).items():
        ours = torch.load(folder / "weights.pt", weights_only=True)[name][key]
        torch.testing.assert_close(ours, weights, rtol=1e-6, atol=1e-9)


def test_a_run_of_two_processes_is_written_once_and_scores_alike(folder, tmp_path):
    alone = run(EXPERIMENT, "lstm", "smoke", 0, CPU, tmp_path, Console(quiet=True))
    directory = run_directory(alone.settings, folder / "runs")
    shared = Result.read(directory / "result.json")
    assert {path.name for path in directory.iterdir()} == {
        "weights.safetensors",
        "metrics.jsonl",
        "tensorboard",
        "result.json",
    }
    assert len(list((directory / "tensorboard").iterdir())) == 1
    assert len((directory / "metrics.jsonl").read_text().splitlines()) == 5
    assert shared.provenance["n_processes"] == 2
    assert "n_processes" not in alone.provenance
    for mask, counts in alone.scores["held-out"].items():
        assert abs(int(counts.correct.sum()) - int(shared.scores["held-out"][mask].correct.sum())) <= 1


def test_what_cannot_be_shared_is_refused_and_all_stop_together(folder):
    first, second = (json.loads((folder / f"said-{n}.json").read_text()) for n in (0, 1))
    for said in (first, second):
        assert "Selfish.update does not share gradients: use agents.base.step in it" in said["selfish"]
    for said in (first, second):
        assert "A state of Counting has a tensor without a row for each walk" in said["counting"]
    assert "5 walks cannot be divided among 2 processes" in first["odd"]
    assert first["stops"] == second["stops"] == [True, False]


def test_a_process_that_knew_nothing_has_no_losses_to_tell_and_learns_from_the_other(folder):
    (first, first_broken), (second, second_broken) = (
        json.loads((folder / f"said-{n}.json").read_text())["lopsided"] for n in (0, 1)
    )
    assert first == {}, "the mean over no step is no number, and was taken for a run that has diverged"
    assert second["cross_entropy"] > 0
    assert not first_broken
    assert not second_broken
