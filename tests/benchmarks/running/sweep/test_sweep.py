"""Sweeps: many runs at once, on this machine; nothing is lost, whatever is killed."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from io import StringIO

import pytest
import torch
from rich.console import Console

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.records.result import Result
from benchmarks.running import signals
from benchmarks.running.checkpoint import Checkpoint
from benchmarks.running.run import run
from benchmarks.running.signals import EndedBySignal, RunInterruptedError
from benchmarks.running.sweep import command as sweep_command_module
from benchmarks.running.sweep.command import sweep as sweep_command
from benchmarks.running.sweep.executor import Outcome
from benchmarks.running.sweep.executors import make_executor
from benchmarks.running.sweep.local_processes import LocalExecutor
from benchmarks.running.sweep.loop import N_STARTS, Sweep
from benchmarks.running.sweep.plan import Job, plan
from benchmarks.running.sweep.table import Board, Row, seconds_left, shown_time, summary, trained_fraction
from benchmarks.running.sweep.worker import work
from tests.helpers.calls import sleeper, suicide

CPU = torch.device("cpu")
QUIET = Console(quiet=True)
RECTANGLE = EXPERIMENTS["zero-shot-rectangle"]
STUDY = next(iter(STUDIES.values()))


def sized(n_updates):
    smoke = replace(RECTANGLE.presets["smoke"], n_updates=n_updates)
    return replace(RECTANGLE, name=f"sized-{n_updates}", presets={"smoke": smoke}, evaluations={})


def sweep(jobs, runs, executor=None, results=None):
    return Sweep(jobs, executor or LocalExecutor(), 2, "cpu", runs, results, QUIET)


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def in_background(action):
    """In a thread: the signals it sends reach the sweep, which has the main thread, as those of a user do."""
    thread = threading.Thread(target=action)
    thread.start()
    return thread


def test_a_plan_gives_every_agent_one_run_before_any_has_two():
    jobs = plan([RECTANGLE, STUDY], (), "quick", (0, 1))
    n_variants = len(RECTANGLE.variants) + len(STUDY.variants)
    assert [job.seed for job in jobs] == [0] * n_variants + [1] * n_variants
    assert {(job.experiment.name, job.variant) for job in jobs} == {
        (experiment.name, variant) for experiment in (RECTANGLE, STUDY) for variant in experiment.variants
    }
    assert len(plan([RECTANGLE], ("lstm",), "quick")) == len(RECTANGLE.presets["quick"].seeds)


def test_an_agent_is_swept_where_there_is_one_of_that_name():
    jobs = plan([RECTANGLE, EXPERIMENTS["capacity"]], ("lstm",), "smoke", (0,))
    assert [job.experiment.name for job in jobs] == ["zero-shot-rectangle"]
    with pytest.raises(ValueError, match="None of these experiments has a variant called 'tem-u'"):
        plan([RECTANGLE], ("lstm", "tem-u"), "smoke", (0,))


def in_stages():
    """The second variant, named first, begins with the weights of the first."""
    lstm = RECTANGLE.variants["lstm"]
    return replace(sized(2), variants={"second": replace(lstm, after="first"), "first": lstm}, claims=())


def test_what_a_run_begins_with_is_run_before_it_even_if_not_asked_for(tmp_path):
    """Two at a time: were both started, the second would find its first run locked by another process."""
    assert [job.variant for job in plan([in_stages()], (), "smoke", (0,))] == ["first", "second"]
    jobs = plan([in_stages()], ("second",), "smoke", (0,))
    assert [(job.variant, job.begins_with) for job in jobs] == [("first", None), ("second", jobs[0])]
    first, second = sweep(jobs, tmp_path).run()
    assert first.state == second.state == "finished"
    assert second.started >= first.started + first.seconds


def test_what_begins_with_a_run_that_failed_is_given_up(tmp_path):
    rows = sweep(plan([in_stages()], (), "smoke", (0,)), tmp_path, Script(Outcome("failed", "as told"))).run()
    assert [row.state for row in rows] == ["failed", "failed"]
    assert rows[1].message == "begins with sized-2 smoke first seed 0, which failed"


def ended(task, seconds=60):
    outcomes = []
    wait_for(lambda: (outcome := task.poll()) is not None and not outcomes.append(outcome), seconds)
    return outcomes[0]


def test_a_local_process_tells_how_it_ended():
    executor = LocalExecutor()
    tasks = [executor.submit(call) for call in (partial(Outcome, "finished", "well"), suicide, sleeper)]
    assert ended(tasks[0]) == Outcome("finished", "well")
    assert ended(tasks[1]) == Outcome("killed", "killed by SIGKILL")
    tasks[2].stop()
    assert ended(tasks[2]).how == "stopped"


def test_a_worker_that_stands_still_is_ended_with_its_executor():
    """As by Ctrl-Z: it saves nothing, hears no SIGTERM, and would keep its run from all others."""
    executor = LocalExecutor()
    task = executor.submit(sleeper)
    os.kill(task._process.pid, signal.SIGSTOP)
    task.stop()
    executor.close()
    assert task.poll() == Outcome("stopped", "killed by SIGKILL")
    executor.close()


def test_a_sweep_that_is_asked_twice_to_stop_does_not_wait(tmp_path, monkeypatch):
    class Stuck(Script):
        def submit(self, call):
            os.kill(os.getpid(), signal.SIGTERM)
            return self

        def poll(self):
            return None

        def stop(self):
            monkeypatch.setattr(signals, "SECONDS_OF_ONE", 0.0)
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(EndedBySignal, match="Stopped by SIGTERM, before all was saved"):
        sweep(plan([RECTANGLE], ("lstm",), "smoke", (0,)), tmp_path, Stuck()).run()


def test_an_error_of_the_sweep_itself_lets_its_workers_save_themselves(tmp_path):
    class Full(Script):
        def submit(self, call):
            if self.at_once:
                raise OSError("no more processes")
            return super().submit(call)

        def stop(self):
            self.outcomes.append(Outcome("stopped"))

    stopped = sweep(plan([RECTANGLE], ("lstm",), "smoke", (0, 1)), tmp_path, Full())
    with pytest.raises(OSError, match="no more processes"):
        stopped.run()
    assert stopped.rows[0].state == "stopped"


def test_a_run_is_said_to_start_where_its_checkpoint_is_and_not_where_its_curves_were(tmp_path):
    job = Job(sized(200), "lstm", "smoke", 0)
    run = job.within(tmp_path)
    random = torch.get_rng_state()
    Checkpoint(job.settings.as_json(), 30, {}, {}, random, random, 1.0, 1.0).write(run.checkpoint)
    run.curves.write_text('{"update": 40}\n')
    console = Console(file=StringIO(), width=200)
    script = Script(Outcome("killed", "why"), Outcome("failed", "as told"))
    Sweep([job], script, 1, "cpu", tmp_path, None, console).run()
    said = console.file.getvalue()
    assert "seed 0: started, from update 30 of 200\n" in said
    assert "seed 0: started again, from update 30 of 200\n" in said


def test_a_worker_whose_log_cannot_be_written_says_so(tmp_path):
    job = Job(RECTANGLE, "lstm", "smoke", 0)
    log = job.within(tmp_path).folder / "log.txt"
    log.parent.mkdir(parents=True)
    log.symlink_to("/dev/full")
    outcome = work(job, "cpu", tmp_path)
    assert outcome == Outcome(
        "failed", f"{log}: No space left on device: free some space on that disk, or name a folder on another."
    )


@pytest.mark.parametrize("spoil", [os.mkfifo, lambda path: path.write_text("[]\n7\n{}\n")])
def test_curves_that_are_none_show_no_progress_and_hold_nothing_up(spoil, tmp_path):
    job = Job(sized(200), "lstm", "smoke", 0)
    curves = job.within(tmp_path).curves
    curves.parent.mkdir(parents=True)
    spoil(curves)
    assert trained_fraction(job, tmp_path) == 0


def test_ctrl_c_saves_all_workers_and_kill_9_of_one_costs_only_its_last_steps(tmp_path):
    """Stop a sweep, start it again, kill a worker that has gone on from its checkpoint: the weights are the same."""
    experiment = sized(200)
    jobs = [Job(experiment, "lstm", "smoke", seed) for seed in (0, 1)]
    directories = [job.within(tmp_path / "cut").folder for job in jobs]
    fraction = partial(trained_fraction, runs=tmp_path / "cut")

    def interrupt():
        wait_for(lambda: all(fraction(job) > 0.01 for job in jobs))
        os.kill(os.getpid(), signal.SIGINT)

    stopper, stopped = in_background(interrupt), sweep(jobs, tmp_path / "cut")
    with pytest.raises(RunInterruptedError):
        stopped.run()
    stopper.join()
    assert [row.state for row in stopped.rows] == ["stopped", "stopped"]
    assert all((directory / "checkpoint.pt").exists() for directory in directories), "each saved itself"
    saved = fraction(jobs[0])

    def kill():
        log = directories[0] / "log.txt"
        wait_for(lambda: "resuming from update" in log.read_text() and fraction(jobs[0]) > saved)
        os.kill(int(re.findall(r"process (\d+)", log.read_text())[-1]), signal.SIGKILL)

    killer = in_background(kill)
    (row,) = sweep(jobs[:1], tmp_path / "cut", results=tmp_path / "results").run()
    killer.join()
    assert (row.state, row.n_starts) == ("finished", 2)
    assert (directories[0] / "log.txt").read_text().count("resuming from update") == 2
    cut = Result.read(tmp_path / "results" / experiment.name / "smoke" / "lstm" / "0.json")
    whole = run(experiment, "lstm", "smoke", 0, CPU, tmp_path / "whole", QUIET)
    assert cut.provenance["weights_hash"] == whole.provenance["weights_hash"]
    for mask, counts in whole.scores["held-out"].items():
        assert [c.tolist() for c in counts] == [c.tolist() for c in cut.scores["held-out"][mask]]
    assert cut.provenance["n_threads"] == 1


class Script:
    """An executor that answers as it is told; the loop around it is what is tested."""

    def __init__(self, *outcomes):
        self.n_at_once, self.outcomes, self.at_once, self.most = 2, list(outcomes), 0, 0

    def submit(self, call):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        return self

    def poll(self):
        self.at_once -= 1
        return self.outcomes.pop(0)

    def stop(self):
        pass

    def close(self):
        pass


def test_a_worker_that_is_killed_again_and_again_is_given_up(tmp_path):
    (row,) = sweep(plan([RECTANGLE], ("lstm",), "smoke", (0,)), tmp_path, Script(*[Outcome("killed", "why")] * 9)).run()
    assert (row.state, row.n_starts, row.message) == ("failed", N_STARTS, "why")


def test_a_worker_that_is_stopped_from_elsewhere_goes_on(tmp_path):
    """SIGTERM, as a cluster sends it that takes a machine away: the run saves itself, and is started again."""
    experiment = sized(200)
    job = Job(experiment, "lstm", "smoke", 0)

    def terminate():
        wait_for(lambda: trained_fraction(job, tmp_path) > 0.01)
        log = (job.within(tmp_path).folder / "log.txt").read_text()
        os.kill(int(re.findall(r"process (\d+)", log)[-1]), signal.SIGTERM)

    terminator = in_background(terminate)
    (row,) = sweep([job], tmp_path).run()
    terminator.join()
    assert (row.state, row.n_starts) == ("finished", 2)


def test_a_worker_that_is_stopped_from_elsewhere_again_and_again_is_given_up_and_what_begins_with_it(tmp_path):
    rows = sweep(plan([in_stages()], (), "smoke", (0,)), tmp_path, Script(*[Outcome("stopped")] * 9)).run()
    assert [(row.state, row.n_starts) for row in rows] == [("failed", N_STARTS), ("failed", 0)]
    assert rows[0].message == "asked by another than this sweep to stop"


@pytest.mark.parametrize(("state", "status"), [("finished", 0), ("finished before", 0), ("waiting", 1), ("stopped", 1)])
def test_the_exit_status_is_0_only_if_all_runs_have_finished(state, status, monkeypatch, capsys):
    rows = [Row(Job(RECTANGLE, "lstm", "smoke", 0), "finished"), Row(Job(RECTANGLE, "lstm", "smoke", 1), state)]
    monkeypatch.setattr(Sweep, "run", lambda _: rows)
    with pytest.raises(SystemExit) as ended_with:
        sweep_command(("zero-shot-rectangle",), preset="smoke")
    assert ended_with.value.code == status
    assert capsys.readouterr().err == (f"{state}: zero-shot-rectangle smoke lstm seed 1\n" if status else "")


@pytest.mark.parametrize(("windows", "said"), [(False, "nothing"), (True, "a minute of each run at most")])
def test_who_stops_a_sweep_is_told_what_is_lost(windows, said, monkeypatch):
    """Windows has no SIGTERM: local workers are ended there before they can save themselves."""

    def interrupted(_):
        raise RunInterruptedError

    monkeypatch.setattr(Sweep, "run", interrupted)
    monkeypatch.setattr(sweep_command_module, "WINDOWS", windows)
    with pytest.raises(RunInterruptedError, match=f"Stopped, and {said} is lost: the same command resumes from here"):
        sweep_command(("zero-shot-rectangle",), preset="smoke")


def test_a_worker_whose_result_does_not_arrive_has_failed(tmp_path):
    (row,) = sweep(plan([RECTANGLE], ("lstm",), "smoke", (0,)), tmp_path, Script(Outcome("finished"))).run()
    assert row.state == "failed"
    assert "all workers must see --runs" in row.message


def test_no_more_runs_at_a_time_than_asked_for(tmp_path):
    script = Script(*[Outcome("failed", "as told")] * 6)
    rows = sweep(plan([RECTANGLE], (), "smoke", (0,)), tmp_path, script).run()
    assert {row.state for row in rows} == {"failed"}
    assert script.most == 2


def test_from_the_command_line_what_fails_is_shown_and_does_not_stop_the_rest(tmp_path):
    """A damaged checkpoint is in the way of one run; another has finished before; a study is swept like the rest."""
    settings = Job(RECTANGLE, "lstm", "smoke", 0)
    directory = settings.within(tmp_path / "runs").folder
    directory.mkdir(parents=True)
    (directory / "checkpoint.pt").write_bytes(b"damaged")
    run(RECTANGLE, "transformer", "smoke", 0, CPU, tmp_path / "runs", QUIET)
    study_variant = next(iter(STUDY.variants))
    command = [sys.executable, "-m", "benchmarks", "sweep", "zero-shot-rectangle", STUDY.name, "--preset", "smoke"]
    done = subprocess.run(
        [*command, "--agents", "lstm", "transformer", study_variant, "--jobs", "2", "--results", "results"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "failed: zero-shot-rectangle smoke lstm seed 0:" in done.stderr
    assert "is not a whole checkpoint" in done.stderr
    assert "Traceback" in (directory / "log.txt").read_text()
    assert f"{STUDY.name} smoke {study_variant} seed 0: finished" in done.stdout
    assert "3 runs: 1 finished before, 1 finished, 1 failed" in done.stdout
    assert {path.parent.name for path in (tmp_path / "results").rglob("0.json")} == {"transformer", study_variant}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preset", "smoke"], "either experiments, by their names in `list`, or --suite"),
        (["zero-shot-rectangle", "--suite", "hippo-1"], "either experiments"),
        (["--suite", "hippo-0"], "There is no suite called 'hippo-0'"),
        (["zero-shot-nowhere"], "There is no experiment"),
        (["zero-shot-rectangle", "--preset", "huge"], "no preset of zero-shot-rectangle called 'huge'"),
        (["zero-shot-rectangle", "--jobs", "0"], "--jobs is at least 1, got 0"),
        (["zero-shot-rectangle", "--gpus", "1"], "--gpus 1 is for ray and slurm"),
        (["zero-shot-rectangle", "--slurm", "time=1"], "--slurm time=1 is for --executor slurm, not local"),
    ],
)
def test_bad_input_ends_in_one_line_with_the_remedy(arguments, message, monkeypatch, capsys):
    from benchmarks.__main__ import main

    monkeypatch.setattr(sys, "argv", ["benchmarks", "sweep", *arguments])
    with pytest.raises(SystemExit) as ended_with:
        main()
    assert ended_with.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert len(said.splitlines()) == 1


def test_time_left_is_told_from_runs_of_the_same_kind():
    lstm, tem = Job(RECTANGLE, "lstm", "smoke", 0), Job(RECTANGLE, "tem", "smoke", 0)
    rows = [Row(lstm, "finished", seconds=10.0), Row(lstm), Row(tem), Row(lstm, "finished before")]
    assert seconds_left(rows, 1, now=0.0) == 10 + 10, "nothing is known of TEM: as long as those that are known"
    rows[2] = Row(tem, "running", fraction=0.5, fraction_before=0.25, started=100.0)
    assert seconds_left(rows, 1, now=150.0) == 10 + 100, "a quarter took 50 s, and half is left"
    assert seconds_left(rows, 2, now=150.0) == 55
    assert summary(rows, 1).startswith("4 runs: 1 finished before, 1 waiting, 1 finished, 1 running")
    assert [shown_time(seconds) for seconds in (41.6, 61, 7_500)] == ["42 s", "1 min", "2 h 05 min"]


@pytest.mark.parametrize("width", [80, 100, 200])
def test_on_a_screen_of_80_characters_no_state_time_or_message_is_cut(width):
    jobs = [Job(EXPERIMENTS["nmda-activations-tuned"], "nmda-a10", "quick", seed) for seed in range(4)]
    rows = [
        Row(jobs[0], "finished", seconds=45_000.0),
        Row(jobs[1], "finished before"),
        Row(jobs[2], "running", n_starts=2, fraction=0.3, started=time.monotonic() - 30_000),
        Row(jobs[3], "failed", n_starts=3, seconds=5.0, message="ValueError: [bold] is no size of this agent"),
    ]
    console = Console(width=width, height=40, file=StringIO(), force_terminal=True, color_system=None)
    console.print(Board(rows, 2, console)._table())
    shown = console.file.getvalue()
    for whole in ("finished before", "running (start 2)", "failed (start 3)", "12 h 30 min", "8 h 20 min", "5 s"):
        assert whole in shown
    assert "…" not in shown
    words = shown.split()
    for word in (*jobs[0].title.split(), *rows[3].message.split()):
        assert word in words


@pytest.mark.parametrize(("place", "package"), [("ray", "ray"), ("slurm", "submitit")])
def test_a_place_whose_package_is_missing_names_it(place, package, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "benchmarks.running.sweep.ray_tasks", raising=False)
    monkeypatch.delitem(sys.modules, "benchmarks.running.sweep.slurm_jobs", raising=False)
    with pytest.raises(ValueError, match=rf"--executor {place} needs a package: pip install {package} \("):
        make_executor(place, tmp_path, 0, ())


def test_options_of_slurm_that_it_does_not_have_are_refused(tmp_path):
    pytest.importorskip("submitit")
    with pytest.raises(ValueError, match=r"written name=value.*not 'cpu'"):
        make_executor("slurm", tmp_path, 0, ("cpu",))
    with pytest.raises(ValueError, match=r"whole GPUs, not --gpus 0\.5"):
        make_executor("slurm", tmp_path, 0.5, ())


@pytest.mark.parametrize("said", ["state must be [batch, units]", "no file in [/data/x]", "\x1b[2J"])
@pytest.mark.parametrize("is_terminal", [False, True])
def test_what_a_failed_run_says_is_shown_as_it_is_and_ends_no_sweep(said, is_terminal):
    """Where the output is a file a line is printed for each change; an error there is the end of all other runs."""
    rows = [Row(job, "failed", message=said) for job in plan([RECTANGLE], ("lstm",), "smoke", (0,))]
    console = Console(width=200, file=StringIO(), force_terminal=is_terminal, color_system=None)
    board = Board(rows, 1, console)
    board.changed(rows[0], f"failed, {said}")
    console.print(board._table())
    assert console.file.getvalue().count(said.replace("\x1b", r"\x1b")) == (1 if is_terminal else 2)


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_run_that_finished_before_and_lost_its_weights_names_the_way_out(is_terminal, tmp_path):
    jobs = plan([sized(2)], ("lstm",), "smoke", (0,))
    run(sized(2), "lstm", "smoke", 0, CPU, tmp_path, QUIET)
    jobs[0].within(tmp_path).weights.unlink()
    console = Console(width=400, file=StringIO(), force_terminal=is_terminal, color_system=None)
    Sweep(jobs, LocalExecutor(), 1, "cpu", tmp_path, None, console).run()
    said = console.file.getvalue()
    assert "finished before" in said
    assert f"its weights are gone: move {jobs[0].within(tmp_path).result} away, and `python -m benchmarks run" in said
