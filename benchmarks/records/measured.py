"""Measurements that were made on a finished run later: a file beside its result, which stays as it was."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.records.files import MEASURED, RESULT, read_json, write_whole
from benchmarks.records.result import Result
from benchmarks.records.schema import check_plain

ByName = Mapping[str, Mapping[str, Any]]  # what each measurement found


def measured_in(folder: Path, weights_hash: str) -> dict[str, dict[str, Any]]:
    """What was measured of these weights, by measurement; nothing if they are those of another run.

    Raises:
        ValueError: naming the file, if it is cut short or holds something else.
    """
    path = folder / MEASURED
    if not path.exists():
        return {}
    try:
        record = read_json(path)
        found = record["measured"]
        check_plain(found, "measured")
        if not all(isinstance(each, dict) for each in found.values()):
            raise ValueError("it holds something else")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} holds no measurements ({error}): move it away and measure again.") from error
    return found if record.get("weights_hash") == weights_hash else {}


def write_measured(folder: Path, weights_hash: str, found: ByName) -> None:
    """Keep what was found beside what was measured of these weights before."""
    record = {"weights_hash": weights_hash, "measured": {**measured_in(folder, weights_hash), **found}}
    write_whole(folder / MEASURED, (json.dumps(record, allow_nan=False) + "\n").encode())


def with_measured(result: Result, path: Path) -> Result:
    """The result in a folder of a run with what was measured later; any other result as it is."""
    later = measured_in(path.parent, result.provenance.get("weights_hash", "")) if path.name == RESULT else {}
    merged = {key: value for found in later.values() for key, value in found.items()}
    return replace(result, measurements={**result.measurements, **merged}) if merged else result
