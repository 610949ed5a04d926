"""Files are there whole or not at all, and nothing is left of a write that failed or was killed."""

import errno
import fcntl
import os
import subprocess
import sys
import time

import pytest

from benchmarks import __main__ as command_line
from benchmarks.experiments import STUDIES
from benchmarks.records.files import write_whole
from benchmarks.records.run import RunFolder

STUDY = STUDIES["kwinner-retention"]


def failing(number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    return fail


def printed_error(action, monkeypatch, capsys):
    """What a command says of an error, in this process."""
    monkeypatch.setitem(command_line.COMMANDS, "list", action)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "list"])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "No space left on device: free some space on that disk, or name a folder on another."),
        (errno.EFBIG, "File too large: raise `ulimit -f`, or name a folder on a disk that allows larger files."),
        (errno.EIO, "Input/output error."),
    ],
)
def test_a_write_that_fails_names_the_file_and_the_remedy_and_leaves_nothing(
    number, said, tmp_path, monkeypatch, capsys
):
    path = tmp_path / "result.json"
    write_whole(path, b"before")
    monkeypatch.setattr(os, "fsync", failing(number))
    assert printed_error(lambda: write_whole(path, b"after"), monkeypatch, capsys) == f"error: {path}: {said}\n"
    assert [(left.name, left.read_bytes()) for left in tmp_path.iterdir()] == [("result.json", b"before")]


def test_a_file_is_written_once(tmp_path, monkeypatch):
    """The disk is waited for each time."""
    written = []
    monkeypatch.setattr(os, "fsync", written.append)
    write_whole(tmp_path / "result.json", b"content")
    assert len(written) == 1


def test_a_write_that_is_interrupted_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "result.json", b"")
    assert not list(tmp_path.iterdir())


def dead_process():
    with subprocess.Popen(["true"]) as process:
        return process.pid


def test_the_next_write_removes_what_dead_processes_have_left_of_this_file_alone(tmp_path):
    dead, alive = dead_process(), os.getppid()
    names = [f"result.{dead}.tmp", f"result.{alive}.tmp", f"other.{dead}.tmp", "result.notes.tmp", "result.old.json"]
    for name in names:
        (tmp_path / name).write_text("")
    write_whole(tmp_path / "result.json", b"")
    assert {path.name for path in tmp_path.iterdir()} == {"result.json", *names[1:]}
    hours_ago = time.time() - 7_200
    os.utime(tmp_path / names[1], (hours_ago, hours_ago))
    write_whole(tmp_path / "result.json", b"")
    assert {path.name for path in tmp_path.iterdir()} == {"result.json", *names[2:]}, "its number is another's by now"


@pytest.fixture
def run(tmp_path):
    run = RunFolder.within(tmp_path, STUDY.settings_of(next(iter(STUDY.variants)), "smoke", 0))
    run.folder.mkdir(parents=True)
    return run


def test_whoever_works_on_a_run_alone_removes_all_that_was_left_in_it(run):
    for name in (f"checkpoint.{os.getppid()}.tmp", f"metrics.{dead_process()}.tmp", "log.txt"):
        (run.folder / name).write_text("")
    with run.alone():
        assert [path.name for path in run.folder.iterdir()] == ["log.txt"]


def test_a_disk_without_locks_is_named_with_the_remedy(run, monkeypatch, capsys):
    monkeypatch.setattr(fcntl, "flock", failing(errno.ENOLCK))
    said = printed_error(lambda: run.alone().__enter__(), monkeypatch, capsys)
    assert said.startswith(f"error: {run.folder.parent}/.{run.folder.name}.lock: No locks available: this disk has no")
