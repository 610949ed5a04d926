"""Where the repository and its golden files are."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
OF_OTHER_PAGES = ("task-", "rat-path")  # how names of pictures begin that are of no experiment
PICTURES = sorted(
    path for path in (ROOT / "docs" / "figures").glob("*.png") if not path.name.startswith(OF_OTHER_PAGES)
)
