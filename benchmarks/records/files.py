"""The files of a run by name; how files are written, whole or not at all; and how those of others are read."""

import json
import os
import stat
from pathlib import Path
from typing import Any, NoReturn

RESULT, WEIGHTS, PREDICTIONS = "result.json", "weights.safetensors", "predictions.npz"
CHECKPOINT, CURVES = "checkpoint.pt", "metrics.jsonl"
MOST_TEXT = 2**26  # bytes of a file that is read as JSON; the largest result has a thousandth
MOST = 2**33  # bytes of any other file


def write_whole(path: Path, content: bytes) -> None:
    """Write to a temporary name beside it, to the disk, then rename; whoever reads `path` never sees a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


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
            raise ValueError(f"{path} has {found.st_size:,} bytes, and {at_most:,} are the most.")
        return file.read()


def read_json(path: Path) -> Any:
    """What a JSON file says; a ValueError if it is none, and as `read_regular`."""
    try:
        return json.loads(read_regular(path, MOST_TEXT).decode("utf-8"), parse_constant=_no_number)
    except RecursionError:
        raise ValueError("lists in lists, too many") from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
