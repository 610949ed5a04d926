"""What only a person can do before and at a release, as far as the files of the repository tell."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

PERSONAL = {
    "family-names": "the authors' names, each with family-names, given-names and orcid, in the place of the developers",
    "repository-code": "the address of the repository",
    "date-released": "the day of the release",
    "doi": "the DOI, which Zenodo gives a repository before its first release",
}


def version_of(root: Path) -> str:
    """The version, which stands in pyproject.toml and follows from nothing else."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def disagreements(root: Path) -> Iterator[str]:
    """Files that name another version than pyproject.toml."""
    version = version_of(root)
    named = {
        "CITATION.cff": r"^version: (\S+)$",
        "README.md": r"^  version = \{(\S+)\},$",
        "CHANGELOG.md": r"^## (\S+)",
    }
    for file, pattern in named.items():
        found = re.search(pattern, (root / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
        if found is None or found[1] != version:
            yield f"{file} names version {found[1] if found else 'none'}, pyproject.toml {version}: make them agree."


def left_to_do(root: Path) -> Iterator[str]:
    """One line for each thing, in the order in which they are done."""
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    for field, what in PERSONAL.items():
        if not re.search(rf"^\s*(?:- )?{field}:", citation, flags=re.MULTILINE):
            yield f"CITATION.cff: add `{field}`, {what}."
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if "urls" not in project:
        yield "pyproject.toml: add [project.urls] with Repository, Documentation and Changelog."
    version = version_of(root)
    if re.search(
        rf"^## {re.escape(version)} \(unreleased\)", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.M
    ):
        yield f"CHANGELOG.md: put the day in the place of (unreleased) after {version}."
    if not re.search(r"^[^#\n]*\S+@\S+", (root / "CODE_OF_CONDUCT.md").read_text(encoding="utf-8"), re.M):
        yield "CODE_OF_CONDUCT.md: name an address to which reports go."
    if "](docs/figures/" in (root / "README.md").read_text(encoding="utf-8"):
        yield "README.md: PyPI shows pictures with whole addresses only, so give those of the repository."
    asking = [
        path.name for path in sorted((root / "docs").glob("*.ipynb")) if "/OWNER/" in path.read_text(encoding="utf-8")
    ]
    if asking:
        yield f"{', '.join(asking)}: put the owner of the repository in the place of OWNER, in the first cell."
    yield "PyPI, once: add a trusted publisher for this repository, workflow release.yml, environment pypi."
    yield f"Publish: git tag v{version} && git push origin v{version}, which starts .github/workflows/release.yml."
    for card in sorted((root / "agents" / "trained").glob("*/README.md")):
        name = card.parent.name
        yield f"Hub, if wanted: benchmarks.running.publishing.push_to_hub({name!r}, 'OWNER/{name}')."
