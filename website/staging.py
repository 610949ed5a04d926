"""Copy the pages of the repository to where Sphinx reads them, in its Markdown and with links that hold there."""

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS, REFERENCE = ROOT / "docs", Path(__file__).parent / "reference"
OUTER = "repository"  # where pages and files from outside of docs are put
PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")
LINK = re.compile(r"(!?\[[^\]]*\]\()(?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")
BOARD = '\n<p><a href="leaderboard/index.html">The whole board</a>: every score, sorted as you like.</p>\n'
TREES = {"Agents": "agents", "Environments": "environments", "Claims": "claims", "Reference": "reference"}


def stage(folder: Path) -> None:
    """Write all pages, their pictures, and the files that they link to."""
    for path in [*DOCS.rglob("*"), *(ROOT / page for page in PAGES), *REFERENCE.glob("*.md")]:
        if path.is_file() and path.suffix != ".svg":
            _put(path, folder)
    index = folder / "index.md"
    index.write_text(index.read_text(encoding="utf-8") + _trees(folder), encoding="utf-8")


def place(path: Path) -> Path:
    """Where a file of the repository is in the site."""
    if path == DOCS / "README.md":
        return Path("index.md")
    if path.is_relative_to(REFERENCE):
        return Path("reference") / path.name
    return path.relative_to(DOCS) if path.is_relative_to(DOCS) else Path(OUTER) / path.relative_to(ROOT)


def _put(path: Path, folder: Path) -> None:
    target = folder / place(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".md":
        shutil.copyfile(path, target)
        return
    text = path.read_text(encoding="utf-8")
    for linked in _linked(path, text):
        if not linked.is_relative_to(DOCS) and linked.is_file() and linked.relative_to(ROOT).as_posix() not in PAGES:
            _put_file(linked, folder)
    target.write_text(_in_myst(path, text), encoding="utf-8")


def _put_file(path: Path, folder: Path) -> None:
    target = folder / place(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _linked(page: Path, text: str) -> Iterable[Path]:
    return ((page.parent / match[2]).resolve() for match in LINK.finditer(text))


def _in_myst(page: Path, text: str) -> str:
    """A page with links between places in the site, the mathematics of MyST, and its picture."""
    text = LINK.sub(lambda match: _moved(page, match, place(page)), text)
    if page == DOCS / "README.md":
        text = _introduction() + text.replace("# Documentation\n", "## Documentation\n", 1)
    text = re.sub(r"\$`([^`]+)`\$", r"$\1$", text).replace("```math\n", "```{math}\n")
    picture = DOCS / "gallery" / f"{page.stem}.gif"
    if page.parent.name == "environments" and picture.exists():
        first, rest = text.split("\n\n", 1)
        text = f"{first}\n\n![An episode, step by step](../gallery/{picture.name})\n\n{rest}"
    return text + BOARD if page == DOCS / "board.md" else text


def _introduction() -> str:
    """What the repository begins with, up to its first heading, as the beginning of the index."""
    page = ROOT / "README.md"
    text = page.read_text(encoding="utf-8").partition("\n## ")[0]
    return LINK.sub(lambda match: _moved(page, match, Path("index.md")), text) + "\n"


def _moved(page: Path, match: re.Match[str], at: Path) -> str:
    """A link of a page, where that is put at a place in the site."""
    linked = (page.parent / match[2]).resolve()
    if linked.is_dir():
        return match[0].removeprefix("[").partition("](")[0]  # a folder of the repository has no page
    return f"{match[1]}{os.path.relpath(place(linked), at.parent)}{match[3] or ''})"


def _trees(folder: Path) -> str:
    """What the sidebar lists: guides in the order of the index, then a list for each kind of page."""
    index = (DOCS / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
    guides = [match[2] for match in LINK.finditer(index) if "/" not in match[2]]
    trees = [_tree("Guides", guides)]
    for caption, kind in TREES.items():
        trees.append(_tree(caption, sorted(f"{kind}/{path.name}" for path in (folder / kind).glob("*.md"))))
    trees.append(_tree("Repository", [f"{OUTER}/{page}" for page in PAGES]))
    return "\n".join(trees)


def _tree(caption: str, pages: Iterable[str]) -> str:
    listed = "\n".join(dict.fromkeys(pages))
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```\n"
