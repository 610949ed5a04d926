"""A cache of what was read from many files: reading ten thousand results anew takes half a minute.

The index is a SQLite file in the user's cache, and not beside the results: it can be made of a folder that may only be
read, is never committed, and nobody who adds a result can add what is said of it. A row holds for a file of the same
size, times and inode and for the same program; all others are made anew. Where there is no place for it, it is made
each time.
"""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

FEW = 10  # files are read in a few hundredths of a second
UNUSED = 30 * 24 * 3600  # seconds after which an index is removed
PROGRAM = Path(__file__).parents[2]
PACKAGES = ("agents", "benchmarks", "hippo_envs")

Make = Callable[[Path], Any]


def kept_of(paths: Sequence[Path], make: Make, folder: Path, made_for: str) -> Iterator[Any]:
    """What `make` gives for each path, as JSON gives it back; from the index where the file is as it was.

    Args:
        paths: of files in a folder.
        make: gives plain data.
        folder: names the index, with `made_for`, which says what is made.
    """
    if len(paths) < FEW:
        return map(make, paths)
    return _from_index(paths, make, folder, made_for)


def _from_index(paths: Sequence[Path], make: Make, folder: Path, made_for: str) -> Iterator[Any]:
    program = _program()
    with closing(_opened(folder, made_for)) as index:
        kept = dict(index.execute("SELECT path, stamp FROM made WHERE program = ?", (program,)).fetchall())
        for path in paths:
            name, stamp = str(path), _stamp(path)
            text = _text_in(index, name) if kept.get(name) == stamp else None
            if text is None:
                text = json.dumps(make(path), separators=(",", ":"))
                with suppress(sqlite3.Error):  # another process writes the same, or the disk is full
                    index.execute("INSERT OR REPLACE INTO made VALUES (?, ?, ?, ?)", (name, stamp, program, text))
            yield json.loads(text)
        with suppress(sqlite3.Error):
            index.commit()


def cache_folder() -> Path:
    """Where indices are."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "hippo-envs"


def _opened(folder: Path, made_for: str) -> sqlite3.Connection:
    name = sha256(f"{folder.resolve()}\0{made_for}".encode()).hexdigest()[:24]
    path = cache_folder() / f"{name}.sqlite"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_unused()
        return _with_table(path)
    except (OSError, sqlite3.OperationalError):
        pass  # no place for it, or another process holds it
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)  # it is broken
    return _with_table(":memory:")


def _text_in(index: sqlite3.Connection, name: str) -> str | None:
    try:
        ((text,),) = index.execute("SELECT text FROM made WHERE path = ?", (name,)).fetchall()
    except (sqlite3.Error, ValueError):  # the index is broken, or another process has taken the row away
        return None
    return text


def _with_table(path: Path | str) -> sqlite3.Connection:
    index = sqlite3.connect(path, timeout=1)
    try:
        index.execute("CREATE TABLE IF NOT EXISTS made (path TEXT PRIMARY KEY, stamp TEXT, program TEXT, text TEXT)")
    except sqlite3.Error:
        index.close()
        raise
    return index


def _remove_unused() -> None:
    for path in cache_folder().glob("*.sqlite"):
        if time.time() - path.stat().st_mtime > UNUSED:
            path.unlink()


def _stamp(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


@cache
def _program() -> str:
    """SHA-256 of all that could make something else of the same file."""
    digest = sha256(f"{sys.version} {np.__version__}".encode())
    for path in sorted(path for package in PACKAGES for path in (PROGRAM / package).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
