"""Nothing is lost: a run that is stopped, however, ends as if it had been left alone."""

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file, save_file

from agents import make_agent
from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.records.run import Run, run_directory
from benchmarks.records.settings import settings_of
from benchmarks.running import training
from benchmarks.running.checkpoint import Checkpoint
from benchmarks.running.curves import Curves, learning_curve
from benchmarks.running.run import run
from benchmarks.running.run_all import run_all
from benchmarks.running.signals import RunInterruptedError
from benchmarks.running.sweep.loop import Sweep
from benchmarks.running.sweep.plan import Job
from benchmarks.running.training import Trainer
from tests.helpers.made_up import made_up
from tests.helpers.narrow import narrow
from tests.helpers.processes import processes

CPU = torch.device("cpu")
QUIET = Console(quiet=True)
EXPERIMENT = narrow(EXPERIMENTS["zero-shot-rectangle"])
SMOKE = EXPERIMENT.presets["smoke"]
FEWER = {"tem": {"smoke": 6}}  # an update of TEM takes long enough to be killed in
LONGER = replace(
    EXPERIMENT,
    presets={"smoke": replace(SMOKE, n_updates=60, n_evaluation_worlds=2, evaluation_length=SMOKE.walk_length)},
    evaluations={},
    variants={
        name: replace(variant, measurements=(), n_updates=FEWER.get(variant.agent, {}))
        for name, variant in EXPERIMENT.variants.items()
    },
)


def run_saving_always(variant, runs):
    """A run that writes a checkpoint after every update."""
    training.SECONDS_BETWEEN_CHECKPOINTS, training.N_VALIDATION_WORLDS = 0, 4
    torch.set_num_threads(1)
    run(LONGER, variant, "smoke", 0, CPU, runs, QUIET)


def start(variant, runs):
    process = processes().Process(target=run_saving_always, args=(variant, runs))
    process.start()
    return process


def same_numbers(one, other):
    assert one.provenance["weights_hash"] == other.provenance["weights_hash"]
    for kind, masks in one.scores.items():
        for mask, counts in masks.items():
            assert [c.tolist() for c in counts] == [c.tolist() for c in other.scores[kind][mask]]


ONE_OF_EACH_AGENT = {variant.agent: name for name, variant in reversed(EXPERIMENT.variants.items())}.values()


@pytest.mark.parametrize("variant", ONE_OF_EACH_AGENT)
def test_killed_at_random_updates_a_run_ends_with_the_same_bits(variant, tmp_path):
    """Twice: the second time it had gone on from a checkpoint."""
    whole = run(LONGER, variant, "smoke", 0, CPU, tmp_path / "whole", QUIET)
    directory = run_directory(whole.settings, tmp_path / "cut")
    waits = random.Random(0)
    killed = 0
    while not (directory / "result.json").exists() and killed < 2:
        process = start(variant, tmp_path / "cut")
        checkpoint = directory / "checkpoint.pt"
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while process.is_alive() and (not checkpoint.exists() or checkpoint.stat().st_mtime_ns == before):
            time.sleep(0.001)
        time.sleep(waits.random() * 0.1)
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
    assert killed > 0
    resumed = run(LONGER, variant, "smoke", 0, CPU, tmp_path / "cut", QUIET)
    same_numbers(resumed, whole)
    assert [line.split(",")[0] for line in (directory / "metrics.jsonl").read_text().splitlines()] == [
        line.split(",")[0]
        for line in (run_directory(whole.settings, tmp_path / "whole") / "metrics.jsonl").read_text().splitlines()
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_the_next_start_goes_on(number, tmp_path, monkeypatch):
    whole = run(LONGER, "tem-t", "smoke", 0, CPU, tmp_path / "whole", QUIET)
    updates = []
    original = Trainer._one_update

    def interrupted(trainer, batch):
        updates.append(trainer.update)
        if trainer.update == 20:
            os.kill(os.getpid(), number)
        return original(trainer, batch)

    monkeypatch.setattr(Trainer, "_one_update", interrupted)
    handler = signal.getsignal(number)
    with pytest.raises(RunInterruptedError):
        run(LONGER, "tem-t", "smoke", 0, CPU, tmp_path / "cut", QUIET)
    assert updates[-1] == 20
    assert signal.getsignal(number) is handler
    monkeypatch.setattr(Trainer, "_one_update", original)
    same_numbers(run(LONGER, "tem-t", "smoke", 0, CPU, tmp_path / "cut", QUIET), whole)


def test_ctrl_c_on_the_command_line_says_how_to_go_on(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "run", "zero-shot-rectangle", "--agent", "lstm", "--seed", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert f"1/{EXPERIMENT.preset('quick').n_updates:,}" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines()[0].startswith("Stopping: saving first")
    assert said.splitlines()[1:] == ["Stopped, and nothing is lost: the same command resumes from here."]
    assert len(list(tmp_path.rglob("checkpoint.pt"))) == 1


def test_checkpoints_that_are_cut_short_or_foreign_are_refused_and_left_as_they_were(tmp_path):
    settings = settings_of(LONGER, "lstm", "smoke", 0).as_json()
    directory = run_directory(settings, tmp_path)
    directory.mkdir(parents=True)
    path = directory / "checkpoint.pt"
    agent = make_agent("lstm", 45, 5)
    whole = Checkpoint(settings, 7, agent.state_dict(), {}, torch.get_rng_state(), torch.get_rng_state(), 1.0, 1.0)
    whole.write(path)
    good = path.read_bytes()
    assert Checkpoint.read(path, settings).update == 7
    other = {**settings, "learning_rate": 1.0}
    with pytest.raises(ValueError, match="checkpoint of a run with other settings"):
        Checkpoint.read(path, other)
    middle = len(good) // 2
    damaged = good[:middle] + bytes(byte ^ 0xFF for byte in good[middle : middle + 64]) + good[middle + 64 :]
    for content in (good[:middle], b"", b"not a checkpoint", damaged):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"checkpoint\.pt is not a whole checkpoint .*: move it away"):
            run(LONGER, "lstm", "smoke", 0, CPU, tmp_path, QUIET)
        assert path.read_bytes() == content
    assert [entry.name for entry in directory.iterdir()] == ["checkpoint.pt"]


WRONG_CONTENTS = {
    "update beyond the schedule": {"update": 61},
    "update below 0": {"update": -1},
    "update that is none": {"update": "seven"},
    "weights of another agent": {"weights": make_agent("lstm", 9, 5).state_dict()},
    "no weights": {"weights": {}},
    "weights that are no mapping": {"weights": 3},
    "no optimiser": {"optimiser": {}},
    "generator of another kind": {"generator": torch.zeros(3)},
    "no generator": {"global_generator": None},
    "time that is none": {"wall_seconds": "long"},
}


@pytest.mark.parametrize("wrong", WRONG_CONTENTS.values(), ids=WRONG_CONTENTS)
def test_a_checkpoint_with_its_digest_and_wrong_contents_is_refused(wrong, tmp_path):
    run = Run.within(tmp_path, settings_of(LONGER, "lstm", "smoke", 0))
    trainer = Trainer(make_agent("lstm", run.family.n_observations, run.family.n_actions), run, CPU)
    trainer.update = 7
    trainer._save()
    kept = vars(Checkpoint.read(run.checkpoint, run.settings.as_json()))
    Trainer(trainer.agent, run, CPU)._resume()  # which is fine
    Checkpoint(**{**kept, **wrong}).write(run.checkpoint)
    with pytest.raises(ValueError, match=r"checkpoint\.pt is not a whole checkpoint \(.+\): move it away"):
        Trainer(trainer.agent, run, CPU)._resume()


def test_a_checkpoint_whose_moments_have_other_shapes_is_refused(tmp_path):
    run = Run.within(tmp_path, settings_of(LONGER, "lstm", "smoke", 0))
    trainer = Trainer(make_agent("lstm", run.family.n_observations, run.family.n_actions), run, CPU)
    sum(weights.sum() for weights in trainer.agent.parameters()).backward()
    trainer.optimiser.step()
    trainer._save()
    Trainer(trainer.agent, run, CPU)._resume()  # which is fine
    next(iter(trainer.optimiser.state.values()))["exp_avg"] = torch.zeros(3)
    trainer._save()
    with pytest.raises(ValueError, match=r"not a whole checkpoint \(its exp_avg has the shape \(3,\), not"):
        Trainer(trainer.agent, run, CPU)._resume()


def test_a_run_that_was_killed_after_its_result_keeps_no_checkpoint(tmp_path):
    settings = settings_of(LONGER, "lstm", "smoke", 0)
    there, result = Run.within(tmp_path, settings), made_up("square", "lstm", 0, 0.5)[0]
    names = {"experiment": settings.experiment, "preset": settings.preset, "settings": settings.as_json()}
    for once_more in (
        lambda: run(LONGER, "lstm", "smoke", 0, CPU, tmp_path, QUIET),
        lambda: Sweep([Job(LONGER, "lstm", "smoke", 0)], None, 1, "cpu", tmp_path, None, QUIET).run(),
    ):
        replace(result, **names).write(there.result)
        there.checkpoint.write_bytes(b"of the last minute")
        once_more()
        assert [path.name for path in there.folder.iterdir()] == ["result.json"]


def test_curves_go_on_where_the_checkpoint_was(tmp_path):
    with Curves(tmp_path, 0) as curves:
        for update in (1, 2, 3):
            curves.record(update, {"loss": 0.5, "nothing": float("nan")})
    path = tmp_path / "metrics.jsonl"
    with path.open("a") as file:
        file.write('{"update": 4, "lo')
    with Curves(tmp_path, 2) as curves:
        curves.record(3, {"loss": 0.25, "nothing": float("nan")})
    assert path.read_text().splitlines() == [
        '{"update": 1, "loss": 0.5, "nothing": null}',
        '{"update": 2, "loss": 0.5, "nothing": null}',
        '{"update": 3, "loss": 0.25, "nothing": null}',
    ]


@pytest.mark.parametrize(
    "odd", [b"[1]", b"3", b"null", b'{"loss": 1}', b'{"update": "x"}', b'{"update": 1, "loss": "x"}', b"\xff\xfe", b"{"]
)
def test_curves_that_are_none_are_told_by_their_line(odd, tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"update": 1, "loss": 0.5}\n' + odd + b'\n{"update": 2, "loss": 0.5}\n')
    before = path.read_bytes()
    for read in (lambda: Curves(tmp_path, 2), lambda: learning_curve(tmp_path, ("revisit",))):
        with pytest.raises(ValueError, match=r"Line 2 of .*metrics\.jsonl is not a row of curves, .*: remove the line"):
            read()
    assert path.read_bytes() == before


def test_two_processes_do_not_work_on_one_run(tmp_path):
    """The second is told so at once and leaves the first alone; when that is gone the run can go on."""
    settings = settings_of(LONGER, "lstm", "smoke", 0).as_json()
    directory = run_directory(settings, tmp_path)
    directory.mkdir(parents=True)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import filelock, sys, time; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print(1, flush=True);"
            "time.sleep(60)",
            str(directory.with_name(f".{directory.name}.lock")),
        ],
        stdout=subprocess.PIPE,
    )
    holder.stdout.readline()
    with pytest.raises(ValueError, match="Another process is at work on"):
        run(LONGER, "lstm", "smoke", 0, CPU, tmp_path, QUIET)
    assert not (directory / "checkpoint.pt").exists()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert run(LONGER, "lstm", "smoke", 0, CPU, tmp_path, QUIET).seed == 0


SHORT = replace(LONGER, presets={"smoke": replace(LONGER.presets["smoke"], n_updates=4)})


def test_what_differs_only_in_how_it_is_scored_is_not_trained_again(tmp_path, monkeypatch):
    trained = run(SHORT, "lstm", "smoke", 0, CPU, tmp_path, QUIET)
    updates = []
    original = Trainer._one_update
    monkeypatch.setattr(Trainer, "_one_update", lambda *given: updates.append(1) or original(*given))
    wider = replace(SHORT, name="wider", evaluations={"7x13": {"width": 7, "height": 13}})
    again = run(wider, "lstm", "smoke", 0, CPU, tmp_path, QUIET)
    assert not updates
    assert set(again.scores) == {"held-out", "7x13"}
    assert again.provenance["weights_hash"] == trained.provenance["weights_hash"]
    assert again.provenance["trained_by"] == trained.provenance["commit"]
    assert again.provenance["train_cpu_seconds"] == trained.provenance["train_cpu_seconds"]
    assert again.learning == trained.learning
    (run_directory(trained.settings, tmp_path) / "weights.safetensors").write_bytes(b"damaged")
    replaced = run_directory(again.settings, tmp_path) / "weights.safetensors"
    save_file({name: 2 * weights for name, weights in load_file(replaced).items()}, replaced)
    once_more = run(replace(wider, name="widest"), "lstm", "smoke", 0, CPU, tmp_path, QUIET)
    assert len(updates) == once_more.settings["n_updates"], "neither what cannot be read nor what was replaced is taken"
    for changed in (
        {"presets": {"smoke": replace(SHORT.presets["smoke"], n_updates=2)}},
        {"variants": {"lstm": replace(SHORT.variants["lstm"], learning_rate=1e-4)}},
        {"arguments": {**SHORT.arguments, "width": (8, 9)}},
    ):
        updates.clear()
        other = run(replace(SHORT, **changed), "lstm", "smoke", 0, CPU, tmp_path / "other", QUIET)
        run(replace(SHORT, **changed), "lstm", "smoke", 0, CPU, tmp_path, QUIET)
        assert len(updates) == 2 * other.settings["n_updates"], f"trained both times, having {changed}"


def test_training_that_diverges_is_stopped_and_told_with_its_learning_rate(tmp_path):
    lstm = replace(LONGER.variants["lstm"], learning_rate=1e39)
    with pytest.raises(ValueError, match=r"diverged: cross_entropy is (nan|inf) at update \d+, with .* rate of 1e\+39"):
        run(replace(LONGER, variants={"lstm": lstm}), "lstm", "smoke", 0, CPU, tmp_path, QUIET)
    assert not list(tmp_path.glob("**/result.json"))


@pytest.mark.parametrize(
    "experiment", [EXPERIMENTS["zero-shot-line"], STUDIES["kwinner-retention"]], ids=lambda one: one.name
)
def test_a_run_may_be_in_a_thread_which_no_signal_reaches(experiment, tmp_path):
    before = signal.getsignal(signal.SIGINT)
    variant = "lstm" if experiment.about_walks else next(iter(experiment.variants))
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(
            lambda: list(run_all(experiment, (variant,), "smoke", (0,), "cpu", tmp_path, QUIET))
        ).result()
    assert [result.variant for result in done] == [variant]
    assert signal.getsignal(signal.SIGINT) is before
