"""Where a number comes from: hashes of settings, walks and weights; versions of packages; the commit."""

import hashlib
import json
import os
import platform
import re
import subprocess
import tomllib
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import hippo_envs
from benchmarks.records.files import read_regular
from hippo_envs import Walks

OURS, UNKNOWN = "hippo-envs", "unknown"
PLACE = "benchmarks/records/"  # of this file in its repository
OF_A_REPOSITORY = re.compile(
    "GIT_(?!CONFIG)"
)  # variables that name one; what is configured stays, such as safe.directory


def settings_hash(settings: Mapping[str, Any]) -> str:
    """Eight hexadecimal digits that change with any setting."""
    return digest(json.dumps(settings, sort_keys=True).encode())[:8]


def walks_hash(walks: Walks) -> str:
    """SHA-256 of the walks themselves: two results with the same hash were scored on the same steps."""
    heard = (walks.heard,) if walks.worlds.family.conditions.can_be_dark else ()
    arrays = (walks.nodes, walks.observations, walks.actions, *heard)
    return digest(*(np.ascontiguousarray(steps, dtype="<i8").tobytes() for steps in arrays))


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    return digest(read_regular(path))


def versions() -> dict[str, str]:
    """Of Python and of every package that can change a number."""
    packages = ("gymnasium", OURS, "numpy", "torch")
    told = {package: _own_version() if package == OURS else _version_of(package) for package in packages}
    return {"python": platform.python_version(), **told}


def commit() -> str | None:
    """The checked-out commit, with "-dirty" if tracked files differ from it.

    None outside of a git checkout of this repository: a copy that lies in another one is not described by its commits.
    """
    try:
        if _git("rev-parse", "--show-prefix") != PLACE or not _git("ls-files", Path(__file__).name):
            return None
        return _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    """What git says in the folder of this file, whatever repository the environment names, as in a hook of one."""
    neutral = {name: value for name, value in os.environ.items() if not OF_A_REPOSITORY.match(name)}
    folder = Path(__file__).resolve().parent
    found = subprocess.run(["git", *arguments], cwd=folder, env=neutral, capture_output=True, text=True, check=True)
    return found.stdout.strip()


def _version_of(package: str) -> str:
    """As it was installed; of one that was only put on the path, as it says itself."""
    try:
        return version(package)
    except PackageNotFoundError:
        return str(getattr(import_module(package), "__version__", UNKNOWN))


def _own_version() -> str:
    """That of the code that runs: a checkout on PYTHONPATH need not be installed, nor be the one that is."""
    project = Path(hippo_envs.__file__).resolve().parents[1] / "pyproject.toml"
    try:
        told = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        if told["name"] == OURS:
            return told["version"]
    except (OSError, KeyError, ValueError):
        pass  # installed, or copied without it
    try:
        return version(OURS)
    except PackageNotFoundError:
        return UNKNOWN


def digest(*parts: bytes) -> str:
    """SHA-256 of bytes, one part after the other."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()
