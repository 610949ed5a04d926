"""Build what would be published, check it, and say what a person has left to do: python -m release."""

import shutil
import subprocess
import sys
from pathlib import Path

from release.left_to_do import disagreements, left_to_do, version_of

ROOT = Path(__file__).parents[1]


def rehearse(dist: Path) -> int:
    """Source and wheel in a folder, as they would be uploaded; the status is 1 if they may not be."""
    wrong = list(disagreements(ROOT))
    for line in wrong:
        print(line, file=sys.stderr)
    shutil.rmtree(dist, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "build", "--outdir", dist, ROOT], check=True, stdout=subprocess.DEVNULL)
    files = sorted(dist.iterdir())
    checked = subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *files], check=False)
    for file in files:
        print(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB")
    print(f"\nNothing was published. Left for a person to do for {version_of(ROOT)}:\n")
    for number, line in enumerate(left_to_do(ROOT), start=1):
        print(f"{number}. {line}")
    return 1 if wrong or checked.returncode else 0


if __name__ == "__main__":
    sys.exit(rehearse(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").resolve()))
