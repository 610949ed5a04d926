"""Names of a run's files; atomic writing; and safe reading of files from other people."""

import errno
import json
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

RESULT, WEIGHTS, PREDICTIONS = "result.json", "weights.safetensors", "predictions.npz"
CHECKPOINT, CURVES, MEASURED = "checkpoint.pt", "metrics.jsonl", "measurements.json"
TEMPORARY = re.compile(r".+\.(\d+)\.tmp")  # with the process that writes it
MOST_TEXT = 2**26  # bytes of a file that is read as JSON; the largest result has a thousandth
MOST = 2**33  # bytes of any other file

SECONDS_OF_A_WRITE = 3600.0  # what has not been touched for as long is not being written, whoever began it
REMEDIES = {
    errno.ENOSPC: "free some space on that disk, or name a folder on another",
    getattr(errno, "EDQUOT", None): "free some of your quota, or name a folder on another disk",
    errno.EFBIG: "raise `ulimit -f`, or name a folder on a disk that allows larger files",
    errno.ENOLCK: "this disk has no locks, so name a folder on another, with --runs",
    errno.EROFS: "name a folder on a disk that can be written",
}


def write_whole(path: Path, content: bytes) -> None:
    """Write to a temporary name beside it, to the disk, then rename; whoever reads `path` never sees a part.

    What a process that was killed has left of such a write of this file is removed.

    Raises:
        OSError: with the name of the file, if it cannot be written; nothing is left of it then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left, writer in _temporaries(path.parent):
        if left.name.startswith(f"{path.stem}.") and not _is_being_written(left, writer):
            left.unlink(missing_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with naming(path):
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def read_regular(path: Path, at_most: int = MOST) -> bytes:
    """All that a file holds.

    Raises:
        OSError: if there is none, or it may not be read.
        ValueError: naming it, at once, if it is a pipe or a device, which may never end, or too large.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a pipe is opened only to see it
    with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise ValueError(f"{path} is a pipe or a device: give a file.")
        if found.st_size > at_most:
            raise ValueError(f"{path} has {found.st_size:,} bytes, and at most {at_most:,} are read.")
        return file.read()


def read_json(path: Path) -> Any:
    """What a JSON file says; a ValueError if it is none, and as `read_regular`."""
    try:
        return json.loads(read_regular(path, MOST_TEXT).decode("utf-8"), parse_constant=_no_number)
    except RecursionError:
        raise ValueError("lists nested too deeply") from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def remove_temporaries(folder: Path) -> None:
    """Remove what killed processes have left of their writes in a folder that no other process writes in."""
    for left, _ in _temporaries(folder):
        left.unlink(missing_ok=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Give an error of the system the name of the file that it is about, which those of writes and locks lack."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def with_remedy(error: OSError) -> str:
    """An error of the system in a line: the file, what is wrong, and what to do where that is known."""
    if error.filename is None:
        return str(error)
    remedy = REMEDIES.get(error.errno)
    return f"{error.filename}: {error.strerror}" + (f": {remedy}." if remedy else ".")


def _temporaries(folder: Path) -> list[tuple[Path, int]]:
    """The temporary files of a folder, and which process writes, or wrote, each."""
    found = [(path, TEMPORARY.fullmatch(path.name)) for path in folder.iterdir()]
    return [(path, int(match[1])) for path, match in found if match]


def _is_being_written(temporary: Path, writer: int) -> bool:
    try:
        age = time.time() - temporary.stat().st_mtime
    except FileNotFoundError:
        return False
    return age < SECONDS_OF_A_WRITE and _is_alive(writer)


def _is_alive(process: int) -> bool:
    if sys.platform == "win32":  # where asking would end it
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
