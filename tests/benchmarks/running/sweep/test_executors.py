"""Past one process: Slurm's seam, tried with submitit's own local stand-in, and a real Ray cluster of two nodes."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from rich.console import Console

from benchmarks.experiments import EXPERIMENTS
from benchmarks.running.run import run
from benchmarks.running.sweep.executor import Outcome
from benchmarks.running.sweep.plan import plan
from benchmarks.running.sweep.table import trained_fraction
from tests.helpers.calls import sleeper, suicide
from tests.helpers.paths import ROOT

PATH = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
RECTANGLE = EXPERIMENTS["zero-shot-rectangle"]
LONGER = replace(RECTANGLE, presets={"smoke": replace(RECTANGLE.presets["smoke"], n_updates=1_500)}, evaluations={})

PROGRAM = """
import sys
from pathlib import Path
from rich.console import Console
from benchmarks.running.signals import RunInterruptedError
from benchmarks.running.sweep.executors import make_executor
from benchmarks.running.sweep.loop import Sweep
from tests.benchmarks.running.sweep.test_executors import LONGER

runs = Path(sys.argv[2])
if sys.argv[1] == "ray":
    executor = make_executor("ray", runs, 0, ())
else:
    from benchmarks.running.sweep.slurm_jobs import SlurmExecutor
    executor = SlurmExecutor(runs / ".submitit", 0, (), cluster="local")
try:
    Sweep(plan([LONGER], ("lstm",), "smoke", (0, 1)), executor, 2, "cpu", runs, None, Console(width=500)).run()
except RunInterruptedError:
    sys.exit(130)
finally:
    executor.close()
"""


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not (met := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return met


@pytest.fixture
def _ctrl_c_is_heard():
    """By what is started here, too: a suite in the background ignores it, and so would the shell around a job."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.usefixtures("_ctrl_c_is_heard")
def test_a_job_of_submitit_tells_how_it_ended(tmp_path, monkeypatch):
    pytest.importorskip("submitit")
    from benchmarks.running.sweep.slurm_jobs import SlurmExecutor

    monkeypatch.setenv("PYTHONPATH", PATH)
    executor = SlurmExecutor(tmp_path, 0, ("partition=cpu", "time=3"), cluster="local")
    tasks = [executor.submit(call) for call in (partial(Outcome, "finished", "well"), suicide, sleeper)]
    assert wait_for(tasks[0].poll)[:2] == ("finished", "well")
    assert wait_for(tasks[1].poll).how == "killed"
    wait_for(lambda: "asleep" in (tasks[2]._job.stdout() or ""))  # who has not begun does not hear the local executor
    tasks[2].stop()
    assert wait_for(tasks[2].poll).how == "stopped"


@pytest.fixture
def ray_cluster(tmp_path_factory, monkeypatch):
    """Two nodes of one core each, on this machine; they end with the processes that started them, and no others do."""
    pytest.importorskip("ray")
    with socket.socket() as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    for name, value in {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "PYTHONPATH": PATH}.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path_factory.mktemp("ray")
    small = ["--block", "--num-cpus=1", "--object-store-memory=80000000", "--disable-usage-stats"]
    head = ["--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={folder}"]
    nodes = []
    try:
        for role, options in (("head", head), ("second", [f"--address=127.0.0.1:{port}"])):
            log = folder / f"{role}.log"
            command = [str(Path(sys.executable).with_name("ray")), "start", *small, *options]
            with log.open("w") as output:
                nodes.append(subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT))
            wait_for(lambda log=log: "Ray runtime started" in log.read_text())
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
        yield
    finally:
        for node in reversed(nodes):
            node.terminate()
            node.wait()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("place", ["ray", "slurm"])
def test_stopped_and_killed_a_sweep_ends_with_the_same_bits(place, tmp_path, request, monkeypatch):
    pytest.importorskip("submitit" if place == "slurm" else "ray")
    monkeypatch.setenv("PYTHONPATH", PATH)
    if place == "ray":
        request.getfixturevalue("ray_cluster")
    command = [sys.executable, "-c", PROGRAM, place, str(tmp_path / "runs")]
    jobs = plan([LONGER], ("lstm",), "smoke", (0, 1))
    directories = [job.within(tmp_path / "runs").folder for job in jobs]
    fraction = partial(trained_fraction, runs=tmp_path / "runs")

    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as first:
        wait_for(lambda: all(fraction(job) > 0.01 for job in jobs))
        first.send_signal(signal.SIGINT)
    assert first.returncode == 130
    assert all((directory / "checkpoint.pt").exists() for directory in directories), "each saved itself"

    saved, log = fraction(jobs[0]), directories[0] / "log.txt"
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as second:
        wait_for(lambda: "resuming from update" in log.read_text() and fraction(jobs[0]) > saved)
        os.kill(int(re.findall(r"process (\d+)", log.read_text())[-1]), signal.SIGKILL)
        said, _ = second.communicate()
    assert second.returncode == 0
    assert "2 runs: 2 finished" in said
    assert log.read_text().count("resuming from update") == 2
    if place == "ray":
        assert len(set(re.findall(r"node ([0-9a-f]{8}),", said))) == 2, "both nodes have worked"
    for job in jobs:
        whole = run(LONGER, "lstm", "smoke", job.seed, torch.device("cpu"), tmp_path / "whole", Console(quiet=True))
        assert job.within(tmp_path / "runs").finished().provenance["weights_hash"] == whole.provenance["weights_hash"]
