"""How far a result has been checked: `verify` notes it in one file beside the results, and the page reads it there.

A note is about one result, by the hash of its whole content, and one specification; of any other it says nothing.
"""

import json
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock

from benchmarks.records.files import read_json, write_whole
from benchmarks.records.result import Result

NOTES, LOCK = "verified.json", ".verified.lock"
Weights = tuple[str, str, str]  # experiment, variant, hash


class Tier(Enum):
    """What was done again by whom it does not belong to."""

    SELF_REPORTED = "self-reported"
    RESCORED = "rescored"  # every count, from the recorded predictions, on worlds made again
    NOT_SANDBOXED = "reproduced (not sandboxed)"  # stepped, where its code could have read what it was not given
    REPRODUCED = "reproduced"  # the predictions too: the agent was loaded and stepped, there and on fresh worlds


STEPPED = (Tier.NOT_SANDBOXED, Tier.REPRODUCED)  # one of our own agents is ranked by either


class Noted(Protocol):
    """What notes are about: a `Result`, or what standings keep of one."""

    @property
    def experiment(self) -> str: ...
    @property
    def preset(self) -> str: ...
    @property
    def variant(self) -> str: ...
    @property
    def seed(self) -> int: ...
    def content_hash(self) -> str: ...


def tier_of(result: Noted, folder: Path, specification_hash: str) -> Tier:
    """The tier of a result in a folder of results; self-reported where no note is about it."""
    note = notes_in(folder).get(_name(result), {})
    if note.get("result_hash") != result.content_hash() or note.get("specification_hash") != specification_hash:
        return Tier.SELF_REPORTED
    return Tier(note["tier"])


def write_note(result: Result, tier: Tier, specification_hash: str, found: Mapping[str, Any], folder: Path) -> None:
    """Note the tier of a result, and what was found on fresh worlds; a line for each result, in order of names."""
    path = folder / NOTES
    note = {
        "tier": tier.value,
        "result_hash": result.content_hash(),
        "specification_hash": specification_hash,
        "weights_hash": result.provenance.get("weights_hash"),
        **found,
    }
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / LOCK):  # who writes at the same time must have read what this one writes
        notes = {**_load(path), _name(result): note}
        lines = (f"{json.dumps(name)}: {json.dumps(notes[name], sort_keys=True)}" for name in sorted(notes))
        write_whole(path, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def noted_weights(folder: Path) -> dict[Weights, int]:
    """The seeds of reproduced results by their weights."""
    found = {}
    for name, note in notes_in(folder).items():
        experiment, _, rest = name.split("/", 2)
        variant, _, seed = rest.rpartition("/")
        if note["tier"] in [tier.value for tier in STEPPED] and note.get("weights_hash"):
            found[experiment, variant, note["weights_hash"]] = int(seed)
    return found


def notes_in(folder: Path) -> dict[str, Any]:
    """The notes in a folder of results, by what each is about; a ValueError names the file if it holds none."""
    return _read(folder / NOTES, _changed(folder / NOTES))


def _name(result: Noted) -> str:
    return f"{result.experiment}/{result.preset}/{result.variant}/{result.seed}"


def _changed(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None


@lru_cache(maxsize=4)
def _read(path: Path, changed: int | None) -> dict[str, Any]:
    return {} if changed is None else _load(path)


def _load(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        notes = read_json(path)
        if not all(_is_note(name, note) for name, note in notes.items()):
            raise ValueError("a note has a tier and hashes, and is named by a result")
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{path} holds no notes of `verify` ({error}): move it away and verify again.") from error
    return notes


def _is_note(name: str, note: Any) -> bool:
    experiment, *rest = name.split("/")
    hashes = ("result_hash", "specification_hash", "weights_hash")
    return (
        bool(experiment)
        and len(rest) >= 3
        and rest[-1].isdecimal()
        and isinstance(note, dict)
        and note.get("tier") in [tier.value for tier in Tier]
        and all(isinstance(note.get(each), str | None) for each in hashes)
    )
