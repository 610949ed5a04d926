"""Where a number comes from: hashes of settings, walks and weights; versions of packages; the commit."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from hippo_envs import Walks


def settings_hash(settings: Mapping[str, Any]) -> str:
    """Eight hexadecimal digits that change with any setting."""
    return digest(json.dumps(settings, sort_keys=True).encode())[:8]


def walks_hash(walks: Walks) -> str:
    """SHA-256 of the walks themselves: two results with the same hash were scored on the same steps."""
    arrays = (walks.nodes, walks.observations, walks.actions)
    return digest(*(np.ascontiguousarray(steps, dtype="<i8").tobytes() for steps in arrays))


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    return digest(path.read_bytes())


def versions() -> dict[str, str]:
    """Of Python and of every package that can change a number."""
    packages = ("gymnasium", "hippo-envs", "numpy", "torch")
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}


def commit() -> str | None:
    """The checked-out commit, with "-dirty" if tracked files differ from it; None outside a git checkout."""
    describe = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(describe, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def digest(*parts: bytes) -> str:
    """SHA-256 of bytes, one part after the other."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()
