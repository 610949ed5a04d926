"""Learning curves: one JSON object a line in metrics.jsonl, and the same for TensorBoard."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from benchmarks.records.files import CURVES, naming, read_regular, write_whole


class Curves:
    """Appends to the curves of a run.

    Args:
        directory: holds metrics.jsonl and the folder tensorboard.
        update: where the run goes on from; what was written after it, before an interruption, is dropped.
    """

    def __init__(self, directory: Path, update: int) -> None:
        self._path = directory / CURVES
        kept = _lines_up_to(self._path, update)
        write_whole(self._path, "".join(kept).encode())
        self._file = self._path.open("a", encoding="utf-8")
        self._board = SummaryWriter(directory / "tensorboard", purge_step=update + 1)

    def __enter__(self) -> "Curves":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with naming(self._path):
            self._file.close()
            self._board.close()

    def record(self, update: int, metrics: Mapping[str, float]) -> None:
        """Write named numbers; NaN, where there was nothing to measure, as null."""
        finite = {name: value if math.isfinite(value) else None for name, value in metrics.items()}
        with naming(self._path):
            for name, value in metrics.items():
                self._board.add_scalar(name, value, update)
            self._file.write(json.dumps({"update": update, **finite}) + "\n")
            self._file.flush()


def learning_curve(directory: Path, masks: Sequence[str]) -> dict[str, list[float | None]]:
    """What a result keeps of the curves of a run: updates, CPU seconds and accuracies, columns of equal length."""
    rows = [row for _, row in _rows_in(directory / CURVES)]
    return {name: [_short(row.get(name)) for row in rows] for name in ("update", "cpu_seconds", *masks)}


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _lines_up_to(path: Path, update: int) -> list[str]:
    """Whole lines of the file up to an update; a last line that a crash cut short is dropped."""
    return [line for line, row in _rows_in(path) if row["update"] <= update] if path.exists() else []


def _rows_in(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The lines of a file and what each says; a ValueError names a line that is none of a run's curves."""
    lines = read_regular(path).decode("utf-8", errors="replace").splitlines(keepends=True)
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not _is_row(row):
            if row is None and number == len(lines):
                break  # a crash cut it short
            raise ValueError(
                f"Line {number} of {path} is not a row of curves, {line.strip()[:60]!r}: remove the line, or move the "
                "folder of the run away and run again."
            )
        found.append((line, row))
    return found


def _is_row(row: Any) -> bool:
    """Whether it is an object of numbers and nulls that says of which update it is."""
    if not isinstance(row, dict) or not all(value is None or _is_number(value) for value in row.values()):
        return False
    return _is_number(row.get("update"))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
