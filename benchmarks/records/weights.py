"""The weights of a run, from the file that keeps them."""

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from benchmarks.records.provenance import weights_hash


def load_weights(path: Path, expected_hash: str | None, otherwise: str) -> dict[str, Tensor]:
    """Named tensors from a safetensors file.

    Args:
        path: the file.
        expected_hash: as `weights_hash` gives it.
        otherwise: what the error says.

    Raises:
        ValueError: if the weights have another hash.
        OSError, SafetensorError: if there is no such file, or it cannot be read.
    """
    weights = load_file(path)
    if weights_hash(weights) != expected_hash:
        raise ValueError(otherwise)
    return weights
