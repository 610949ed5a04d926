"""Build the site, from pages, docstrings and results: python -m website [folder]."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from website.links import broken_links
from website.staging import ROOT, stage

HERE = Path(__file__).parent


def build(site: Path) -> int:
    """Write the site into a folder; the status is 1 if a page has a warning or a link leads nowhere."""
    source = site.with_name(f"{site.name}-source")
    for folder in (site, source):
        shutil.rmtree(folder, ignore_errors=True)
    stage(source)
    sphinx = [sys.executable, "-m", "sphinx", "--builder", "html", "--fail-on-warning", "--quiet", "--conf-dir", HERE]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    if subprocess.run([*sphinx, source, site], check=False, env=variables).returncode:
        return 1
    board = [sys.executable, "-m", "benchmarks", "leaderboard", "--output", str(site / "leaderboard")]
    subprocess.run(board, check=True, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL)
    broken = broken_links(site)
    for link in broken:
        print(link, file=sys.stderr)
    print(f"{site / 'index.html'}: {len(list(site.rglob('*.html')))} pages")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "site").resolve()))
