"""Predictions as they are kept beside a result."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.records.files import read_regular, write_whole
from hippo_envs import Walks


def write_predictions(predictions: Mapping[str, NDArray[np.integer]], path: Path) -> None:
    """Keep predictions (B, T) by kind of worlds, in the smallest whole numbers that hold them; whole or not at all."""
    buffer = io.BytesIO()
    smallest: dict[str, Any] = {
        kind: steps.astype(np.min_scalar_type(steps.max())) for kind, steps in predictions.items()
    }
    np.savez_compressed(buffer, **smallest)
    write_whole(path, buffer.getvalue())


def read_predictions(path: Path, walks: Mapping[str, Walks]) -> dict[str, NDArray[np.integer]]:
    """What `write_predictions` kept of walks by kind; a ValueError that names the file if it is no such file.

    A small file may unpack to any size: nothing of it is unpacked before it is known to be of the walks' shapes.
    """
    shapes = {f"{kind}.npy": kind_walks.nodes.shape for kind, kind_walks in walks.items()}
    try:
        with zipfile.ZipFile(io.BytesIO(read_regular(path))) as file:
            said = {name: _shape_in(file, name) for name in file.namelist()}
            predictions = {kind: _array_in(file, f"{kind}.npy") for kind in walks if said == shapes}
    except (
        AttributeError,
        EOFError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ValueError(
            f"{path} does not hold predictions ({error}): it needs one array (walks, steps) for each kind of worlds."
        ) from error
    if said != shapes:
        raise ValueError(f"{path}: predictions are whole numbers of the shapes {shapes}, got {str(said)[:80]}.")
    return predictions


def _shape_in(archive: zipfile.ZipFile, name: str) -> tuple[int, ...] | None:
    """That of an array, by its header alone; None if it holds no whole numbers, or is not as NumPy saves them."""
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return None  # the others do not unpack a part
    with archive.open(name) as member:
        if np.lib.format.read_magic(member) != (1, 0):
            return None  # headers of the others may be of any length
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
    return shape if np.issubdtype(dtype, np.integer) else None


def _array_in(archive: zipfile.ZipFile, name: str) -> NDArray[np.integer]:
    with archive.open(name) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def predictions_hash(predictions: Mapping[str, NDArray[np.integer]]) -> str:
    """SHA-256 of predictions by kind, whatever the width of their numbers."""
    digest = hashlib.sha256()
    for kind in sorted(predictions):
        digest.update(kind.encode() + np.ascontiguousarray(predictions[kind], dtype="<i8").tobytes())
    return digest.hexdigest()
