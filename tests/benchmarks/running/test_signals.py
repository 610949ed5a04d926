"""Ctrl-C and SIGTERM: one line and the right status, wherever they come; a second one or a deadline ends it at once."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import pytest

from benchmarks import __main__ as command_line
from benchmarks.running import signals
from benchmarks.running.signals import EndedBySignal, RunInterruptedError, stop_on_signal
from hippo_envs import __main__ as other_command_line
from tests.helpers.paths import ROOT

SIGNALS = [(signal.SIGINT, 130, "Stopped by Ctrl-C.\n"), (signal.SIGTERM, 143, "Stopped by SIGTERM.\n")]


@pytest.fixture(autouse=True)
def _signals_are_heard():
    """By what is started here, too: a suite in the background ignores Ctrl-C."""
    before = {number: signal.getsignal(number) for number in signals.NUMBERS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def raised(number):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "status", "line"), SIGNALS)
@pytest.mark.parametrize("name", ["list", "docs", "claims", "verify"])
def test_a_command_that_is_stopped_ends_with_one_line_and_its_status(name, number, status, line, monkeypatch, capsys):
    monkeypatch.setitem(command_line.COMMANDS, name, lambda: raised(number))
    monkeypatch.setattr(sys, "argv", ["benchmarks", name])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert (ended.value.code, *capsys.readouterr()) == (status, "", line)


@pytest.mark.parametrize(("number", "status", "line"), SIGNALS)
def test_so_does_a_list_of_environments(number, status, line, monkeypatch, capsys):
    monkeypatch.setattr(other_command_line, "list_environments", lambda: raised(number))
    monkeypatch.setattr(sys, "argv", ["hippo_envs", "list"])
    with pytest.raises(SystemExit) as ended:
        other_command_line.main()
    assert (ended.value.code, *capsys.readouterr()) == (status, "", line)


@pytest.mark.parametrize(("number", "status", "line"), SIGNALS)
@pytest.mark.parametrize(("package", "imported"), [("benchmarks", "tyro"), ("hippo_envs", "gymnasium")])
def test_so_does_python_while_it_imports(package, imported, number, status, line, tmp_path):
    (tmp_path / f"{imported}.py").write_text(f"import os\nos.kill(os.getpid(), {int(number)})\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    command, env = [sys.executable, "-m", package, "list"], {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", line)


def test_importing_the_packages_leaves_signals_as_they_are():
    program = (
        "import signal; before = [signal.getsignal(n) for n in (2, 15)]; import hippo_envs, benchmarks.running.signals;"
        "assert before == [signal.getsignal(n) for n in (2, 15)]"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_what_a_library_makes_of_an_interrupt_is_no_error(monkeypatch, capsys):
    def importing():
        try:
            raised(signal.SIGTERM)
        except KeyboardInterrupt as error:
            raise ImportError("initialisation failed") from error

    monkeypatch.setitem(command_line.COMMANDS, "list", importing)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "list"])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert (ended.value.code, capsys.readouterr().err) == (143, "Stopped by SIGTERM.\n")


@pytest.mark.parametrize("number", signals.NUMBERS)
def test_a_run_that_has_saved_itself_says_so_with_the_status_of_its_signal(number, monkeypatch, capsys):
    def saving():
        with stop_on_signal() as stop:
            raised(number)
            raise RunInterruptedError(stop.number)

    monkeypatch.setitem(command_line.COMMANDS, "list", saving)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "list"])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 128 + number
    assert capsys.readouterr().err.splitlines() == [
        "Stopping: saving first, for 60 s at most. Ctrl-C again ends it at once.",
        "Stopped, and nothing is lost: the same command resumes from here.",
    ]


def test_the_first_signal_is_a_request_and_the_second_ends(monkeypatch, capsys):
    def stopped_again_and_again():
        with stop_on_signal() as stop:
            raised(signal.SIGINT)
            assert stop.requested
            raised(signal.SIGINT)  # at once: torchrun has passed on what the terminal sent
            monkeypatch.setattr(signals, "SECONDS_OF_ONE", 0.0)
            assert len(capsys.readouterr().err.splitlines()) == 1
            raised(signal.SIGINT)
            pytest.fail("went on")

    with pytest.raises(EndedBySignal, match="Stopped by Ctrl-C, before all was saved"):
        stopped_again_and_again()


def test_after_a_deadline_it_is_as_if_a_second_signal_had_come(monkeypatch):
    def stuck():
        with stop_on_signal():
            raised(signal.SIGTERM)
            time.sleep(60)

    monkeypatch.setattr(signals, "SECONDS_OF_ONE", 0.0)
    monkeypatch.setattr(signals, "SECONDS_TO_SAVE", 0.01)
    with pytest.raises(EndedBySignal, match="Stopped by SIGTERM, before all was saved"):
        stuck()


DEAF = """
import os, signal, time
from benchmarks.running import signals
signals.SECONDS_TO_SAVE = signals.SECONDS_TO_END = 0.05
signals.SECONDS_OF_ONE = 0.0
with signals.{stretch}():
    while True:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""


@pytest.mark.parametrize(
    ("stretch", "said"), [("one_line_on_signal", "Stopped by SIGTERM."), ("stop_on_signal", "before all was saved")]
)
def test_what_hears_no_signal_ends_after_a_deadline(stretch, said):
    program = DEAF.format(stretch=stretch)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 143
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


STARTER = """
import os, signal, subprocess, time
from benchmarks.running import guard
guard.SECONDS_LEFT = guard.SECONDS_BETWEEN_LOOKS = 0.05
starter, held = os.pipe()
if os.fork() == 0:
    os.setsid()
    os.close(held)
    guard.end_with(starter)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "60"])
    print(os.getpid(), flush=True)
    {stuck}
time.sleep(60)
"""


@contextmanager
def workers_of_a_starter(stuck):
    """A process that has started one that is stuck; the process of the latter, which has started another."""
    program = [sys.executable, "-c", STARTER.format(stuck=stuck)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=ROOT) as starter:
        worker = int(starter.stdout.readline())
        try:
            yield starter
        finally:
            starter.kill()
            for end in (os.kill, os.killpg):
                with suppress(ProcessLookupError):
                    end(worker, signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="ends a process at once")
@pytest.mark.parametrize(
    "stuck",
    [
        "time.sleep(60)",
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "signal.signal(signal.SIGTERM, signal.SIG_DFL); time.sleep(60)",  # only what it has started is left
    ],
)
def test_no_worker_outlives_who_started_it_however_stuck_it_is(stuck):
    with workers_of_a_starter(stuck) as starter:
        starter.kill()
        left, _ = starter.communicate(timeout=30)  # until nobody holds the pipe
        assert left == ""
