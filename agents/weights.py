"""Weights of an agent: read from a file, and known by their hash."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor


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


def weights_hash(weights: Mapping[str, Any]) -> str:
    """SHA-256 of named tensors, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode() + weights[name].numpy(force=True).tobytes())
    return digest.hexdigest()
