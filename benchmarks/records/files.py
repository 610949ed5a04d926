"""The files of a run by name, and how files are written: they are there whole or not at all."""

import os
from pathlib import Path

RESULT, WEIGHTS, PREDICTIONS = "result.json", "weights.safetensors", "predictions.npz"
CHECKPOINT, CURVES = "checkpoint.pt", "metrics.jsonl"


def write_whole(path: Path, content: bytes) -> None:
    """Write to a temporary name beside it, to the disk, then rename; whoever reads `path` never sees a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
