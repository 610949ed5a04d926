"""Read positions and spikes from files: CSV, and Neurodata Without Borders (NWB)."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hippo_envs.arrays import Floats
from hippo_envs.trajectories.positions import Positions


def read_csv(path: Path | str, columns: Sequence[str] = ("t", "x", "y")) -> Positions:
    """Positions from a CSV file with a header; an empty field is a sample without tracking.

    Args:
        path: the file.
        columns: the names of the columns of time in seconds, x and y.

    Raises:
        ValueError: if a column is missing, or a field is no number.
    """
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, skipinitialspace=True)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path} has no column {missing[0]!r}: give its names, of {reader.fieldnames}.")
        rows = [[_number(path, reader.line_num, row[column]) for column in columns] for row in reader]
    return Positions(*np.array(rows, dtype=np.float64).reshape(-1, 3).T)


def _number(path: Path | str, line: int, field: str | None) -> float:
    try:
        return float(field) if field and field.strip() else np.nan
    except ValueError:
        raise ValueError(f"{path}, line {line}: {field!r} is no number; leave it empty where there is none.") from None


def read_nwb(path: Path | str, series: str | None = None) -> Positions:
    """Positions from an NWB file, in metres (the extra `nwb` brings pynwb).

    Args:
        path: the file.
        series: the name of a `SpatialSeries` with two or more columns, of which the first are x and y; not needed if
            there is one alone.

    Raises:
        ValueError: if there is none, several without a name, or it has one column.
    """
    with _opened(path) as recording:
        found = {each.name: each for each in recording.objects.values() if type(each).__name__ == "SpatialSeries"}
        name = series or (next(iter(found)) if len(found) == 1 else None)
        if name not in found:
            names = ", ".join(sorted(found)) or "which there is none"
            raise ValueError(f"{path} holds several spatial series, or none: name one of {names}, got {series!r}.")
        chosen = found[name]
        data = np.asarray(chosen.data[:], dtype=np.float64)
        if data.ndim != 2 or data.shape[1] < 2:
            raise ValueError(f"The spatial series {name!r} has shape {data.shape}: name one with x and y.")
        data = data * chosen.conversion + chosen.offset
        return Positions(_times_of(chosen, len(data)), data[:, 0], data[:, 1])


def read_nwb_spikes(path: Path | str) -> list[Floats]:
    """The spike times in seconds of every unit in an NWB file; a ValueError if it has no units."""
    with _opened(path) as recording:
        if recording.units is None or "spike_times" not in recording.units.colnames:
            raise ValueError(f"{path} holds no spike times.")
        return [np.asarray(recording.units["spike_times"][unit]) for unit in range(len(recording.units))]


def _times_of(series: Any, n_samples: int) -> Floats:
    if series.timestamps is not None:
        return np.asarray(series.timestamps[:], dtype=np.float64)
    return series.starting_time + np.arange(n_samples) / series.rate


@contextmanager
def _opened(path: Path | str) -> Iterator[Any]:
    try:
        from pynwb import NWBHDF5IO  # pyright: ignore[reportMissingImports]  (an extra)
    except ImportError as error:
        raise ImportError("NWB files are read by pynwb: pip install pynwb.") from error
    with NWBHDF5IO(str(path), "r") as file:
        yield file.read()
