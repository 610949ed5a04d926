"""Learning curves: one JSON object a line in metrics.jsonl, and the same for TensorBoard."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from torch.utils.tensorboard import SummaryWriter

from benchmarks.records.files import CURVES, write_whole


class Curves:
    """Appends to the curves of a run.

    Args:
        directory: holds metrics.jsonl and the folder tensorboard.
        update: where the run goes on from; what was written after it, before an interruption, is dropped.
    """

    def __init__(self, directory: Path, update: int) -> None:
        path = directory / CURVES
        kept = _lines_up_to(path, update)
        write_whole(path, "".join(kept).encode())
        self._file = path.open("a", encoding="utf-8")
        self._board = SummaryWriter(directory / "tensorboard", purge_step=update + 1)

    def __enter__(self) -> "Curves":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
        self._board.close()

    def record(self, update: int, metrics: Mapping[str, float]) -> None:
        """Write named numbers; NaN, where there was nothing to measure, as null."""
        for name, value in metrics.items():
            self._board.add_scalar(name, value, update)
        finite = {name: value if math.isfinite(value) else None for name, value in metrics.items()}
        self._file.write(json.dumps({"update": update, **finite}) + "\n")
        self._file.flush()


def learning_curve(directory: Path, masks: Sequence[str]) -> dict[str, list[float | None]]:
    """What a result keeps of the curves of a run: updates, CPU seconds and accuracies, columns of equal length."""
    rows = [json.loads(line) for line in (directory / CURVES).read_text(encoding="utf-8").splitlines()]
    return {name: [_short(row.get(name)) for row in rows] for name in ("update", "cpu_seconds", *masks)}


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _lines_up_to(path: Path, update: int) -> list[str]:
    """Whole lines of the file up to an update; a line that a crash cut short is dropped."""
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []:
        try:
            if json.loads(line)["update"] <= update:
                kept.append(line)
        except ValueError:
            break
    return kept
