"""Random command lines and random results, the same of the same seed; and what became of a command, in this process."""

import copy
import io
import signal
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from inspect import signature
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

LIMIT = 60  # seconds, of a machine with much else to do
WORDS = ["lstm", "tem-t", "zero-shot-line", "hippo-1", "hippo-1-line", "pattern-separation", "smoke", "quick", "paper"]
WORDS += ["hippo/Line-v0", "Line", "cpu", "cuda:7", "tem-t-square", "0-4", "width=3", "length=7", "320x320", "torch:nn"]
NUMBERS = ["0", "1", "-1", "7", "1e999", "nan", "1" + "0" * 30, "9" * 5_000, "2.5", "0x10", "٣", "4294967296", "5-1"]
SETTINGS = ["width", "length", "jump", "n_observations", "torus", "remap_after", "remap_share", "laps"]
ODD = [
    "",
    " ",
    "-",
    "--",
    ":",
    "a:",
    ":b",
    "..:x",
    "a.b.c:d",
    "x" * 4_000,
    "é",
    "\udc80",
    "\x1b[31m",
    "a=b=c",
    "=",
    "~",
]
ODD += [
    "width=" + "[" * 400,
    "width={[]:1}",
    "width=1e999",
    "width=10**9",
    "width=" + "9" * 5_000,
    "../..",
    "con",
    "{}",
]


class Ended(NamedTuple):
    """How a command ended: its status, or the traceback of what is no orderly end; and what it printed."""

    status: int | None
    traceback: str
    printed: str


class ReachedError(BaseException):
    """A command was about to do its work, and so has taken what was typed."""


def reached(*_: Any, **__: Any) -> Any:
    """In the place of what takes long."""
    raise ReachedError


def ended(main: Any, arguments: list[str], monkeypatch: Any) -> Ended:
    """Run `main` on what was typed; a hang is a traceback too, of where it hangs."""
    monkeypatch.setattr(sys, "argv", ["program", *arguments])
    monkeypatch.setattr(sys, "stdin", io.StringIO("q\n"))
    shown = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LIMIT)
    status, trace = None, ""
    try:
        with redirect_stdout(shown), redirect_stderr(shown):
            main()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except ReachedError:
        status = 0
    except BaseException:
        trace = traceback.format_exc()
    finally:
        signal.alarm(0)
    shown.flush()
    return Ended(status, trace, shown.buffer.getvalue().decode())


def _too_long(*_: Any) -> None:
    raise TimeoutError(f"more than {LIMIT} s")


def a_value(rng: Random, paths: list[str]) -> str:
    """Something typed, mostly what nobody would type."""
    return rng.choice(rng.choice([WORDS, WORDS, NUMBERS, ODD, paths]))


def a_command_line(rng: Random, commands: dict[str, Any], paths: list[str]) -> list[str]:
    """A command with some of its options, each with something."""
    name = rng.choice(list(commands))
    line = [name]
    for parameter in signature(commands[name]).parameters.values():
        is_positional = "Positional" in str(parameter.annotation)
        if is_positional and rng.random() < 0.9:
            line.append(a_value(rng, paths))
        elif not is_positional and rng.random() < 0.35:
            line.append(f"--{parameter.name.replace('_', '-')}")
            if parameter.default is not False:
                line += [a_value(rng, paths) for _ in range(1 + (rng.random() < 0.1))]
    if rng.random() < 0.03:
        line.append(a_value(rng, paths))
    return line


def odd_paths(folder: Path) -> list[str]:
    """Files and folders that nobody expects: those of others may be any of them."""
    import os

    (folder / "empty").mkdir()
    (folder / "file").write_text("text")
    (folder / "link-to-nothing").symlink_to(folder / "nothing")
    (folder / "endless").symlink_to("/dev/zero")
    (folder / "in-circles").symlink_to(folder / "in-circles")
    os.mkfifo(folder / "pipe")
    for name, text in {"brackets": "[" * 100_000, "list": "[]", "bytes": "\x80", "null": "null"}.items():
        for file in ("result.json", "submission.json", "verified.json", "0.json"):
            of = folder / name / "hippo-1-line" / "quick" / "lstm" / "0" if file != "verified.json" else folder / name
            of.mkdir(parents=True, exist_ok=True)
            (of / file).write_bytes(text.encode("latin-1"))
    for name in ("pipes", "devices"):
        for file in ("result.json", "weights.safetensors", "predictions.npz", "submission.json"):
            of = folder / name / "hippo-1-line" / "quick" / "lstm" / "0"
            of.mkdir(parents=True, exist_ok=True)
            os.mkfifo(of / file) if name == "pipes" else (of / file).symlink_to("/dev/zero")
    return [
        *map(str, sorted(folder.iterdir())),
        str(folder / "nowhere"),
        str(folder / "file" / "within"),
        "a.gif",
        "a.zip",
    ]


BAD: list[Any] = [None, True, -1, 0, 1.5, 1e308, 10**30, 2**62, "", "x", "\ud800", "\x1b[2J", "x" * 4_000, [], {}, [[]]]
BAD += [{"x": "y"}, ["a", 1], [None], "../../x", "NaN", {"dtype": "<u8", "shape": [2**40], "zlib": "eA=="}]


def with_a_bad_field(record: Any, rng: Random) -> tuple[Any, str]:
    """A copy in which one field, however deep, is something else, or gone; and which."""
    again, where = copy.deepcopy(record), ""
    at: Any = again
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = rng.choice(keys)
        where += f"/{key}"
        if isinstance(at[key], dict | list) and at[key] and rng.random() < 0.75:
            at = at[key]
            continue
        if rng.random() < 0.15:
            del at[key]
        else:
            at[key] = copy.deepcopy(rng.choice(BAD))
        return again, where
