"""Checkpoints: everything that a run needs to resume exactly where it stopped."""

import hashlib
import io
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.records.files import read_regular, write_whole

FORMAT = 1
N_DIGEST_BYTES = 32
NOT_A_CHECKPOINT = (
    AttributeError,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
)


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run after `update` updates.

    Training worlds are a function of the run's seed and the update, so the only random state is that of the generators:
    the run's own, and PyTorch's global ones, of the CPU and of the GPU if it is on one, for agents with dropout. Where
    worlds last over many updates, `state` is that of the agent along the walks.
    """

    settings: Mapping[str, Any]
    update: int
    weights: Mapping[str, Any]
    optimiser: Mapping[str, Any]
    generator: torch.Tensor
    global_generator: torch.Tensor
    wall_seconds: float
    cpu_seconds: float
    gpu_generator: torch.Tensor | None = None
    state: tuple[torch.Tensor, ...] | None = None

    def write(self, path: Path) -> None:
        """Write a digest and what it is of, whole or not at all."""
        buffer = io.BytesIO()
        torch.save({"format": FORMAT, **vars(self)}, buffer)
        content = buffer.getvalue()
        write_whole(path, hashlib.sha256(content).digest() + content)

    @classmethod
    def read(cls, path: Path, settings: Mapping[str, Any]) -> "Checkpoint":
        """Read a checkpoint of a run with these settings.

        Raises:
            ValueError: naming the file, which is left as it was, if it is cut short, foreign, of other settings, a pipe
                or a device.
        """
        try:
            stored = read_regular(path)
            digest, content = stored[:N_DIGEST_BYTES], stored[N_DIGEST_BYTES:]
            if hashlib.sha256(content).digest() != digest:  # torch.load would not notice a changed byte
                raise ValueError("its bytes are not those that were written")
            record = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
            if record.pop("format") != FORMAT:
                raise ValueError("another format")
            checkpoint = cls(**record)
        except NOT_A_CHECKPOINT as error:
            raise refusal(path, error) from error
        if checkpoint.settings != settings:
            raise ValueError(f"{path} is the checkpoint of a run with other settings: move it away to start anew.")
        return checkpoint


def refusal(path: Path, error: Exception) -> ValueError:
    """What to say of a file that is none, or does not fit the run."""
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return ValueError(f"{path} is not a whole checkpoint ({reason}): move it away to start anew.")
