"""The versions of Python and Gymnasium that this package is tested on, and where to find an interpreter."""

import shutil
import subprocess
import sys

THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
OTHER_VERSIONS = (  # of Python, and of Gymnasium with it
    *((THIS_PYTHON, version) for version in ("1.1.*", "1.2.*", "1.3.*", "1.4.*")),
    *(("3.12", "1.*"), ("3.13", "1.*")),
)


def find_python(version: str) -> str | None:
    """An interpreter of that version; None if there is none on the path that starts."""
    found = sys.executable if version == THIS_PYTHON else shutil.which(f"python{version}")
    if found is None or subprocess.run([found, "--version"], capture_output=True, check=False).returncode:
        return None
    return found
