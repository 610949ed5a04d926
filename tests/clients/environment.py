"""A virtual environment for each client in `.venv-clients`, which is made once for what is pinned.

It shares all packages of the project's own environment, so that PyTorch is not downloaded again; what a client pins
comes before them. One of another version of Python has none of them, and gets the few it needs.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from sysconfig import get_path

from tests.clients.clients import Client
from tests.helpers.paths import ROOT
from tests.helpers.versions import THIS_PYTHON, find_python

ENVIRONMENTS = ROOT / ".venv-clients"
WITHOUT_SHARING = ("numpy", "pytest", "pygame-ce")


class NotInstalledError(Exception):
    """A client that cannot be had here; the message says why in one line."""


def python_of(client: Client, seconds: float) -> Path:
    """The interpreter of its environment, which is made if there is none for what is pinned now.

    Raises:
        NotInstalledError: if there is no such Python, or if pip fails or is not done in time.
    """
    folder = ENVIRONMENTS / client.folder
    python, pinned = folder / "bin" / "python", folder / "pinned.txt"
    wanted = "\n".join((f"python {client.python}", *client.requires))
    if not pinned.exists() or pinned.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        _make(client, folder, python, seconds)
        pinned.write_text(wanted, encoding="utf-8")
    return python


def _make(client: Client, folder: Path, python: Path, seconds: float) -> None:
    interpreter = find_python(client.python)
    if interpreter is None:
        raise NotInstalledError(f"there is no python{client.python} on the path")
    shares = client.python == THIS_PYTHON
    paths = [str(ROOT), get_path("purelib")] if shares else [str(ROOT)]
    packages = client.requires if shares else (*client.requires, *WITHOUT_SHARING)
    without_pip = ["--without-pip"] if shares else []  # for it is shared too
    subprocess.run([interpreter, "-m", "venv", *without_pip, folder], check=True)
    site_packages = folder / "lib" / f"python{client.python}" / "site-packages"
    (site_packages / "shared.pth").write_text("\n".join(paths) + "\n", encoding="utf-8")
    _install(python, packages, seconds)


def _install(python: Path, packages: Sequence[str], seconds: float) -> None:
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise NotInstalledError(f"pip was not done within {seconds:.0f} s") from error
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        raise NotInstalledError(errors[-1] if errors else f"pip ended with status {done.returncode}")
