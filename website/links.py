"""Find links of a site that lead to no file or to no place in one."""

from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """The addresses that a page names, and the places in it that can be named."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.places = {"", "top"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.places.add(value)
            if name in ("href", "src") and value:
                self.addresses.append(value)


def broken_links(site: Path) -> list[str]:
    """Each link within the site that leads nowhere, with its page, in order."""
    pages = {path: _Page(path) for path in sorted(site.rglob("*.html"))}
    broken: dict[str, list[str]] = defaultdict(list)
    for path, page in pages.items():
        for address in page.addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            places = pages[target].places if target in pages else {"", parts.fragment}
            if not target.exists() or unquote(parts.fragment) not in places:
                broken[address].append(str(path.relative_to(site)))
    return [f"{pages_with[0]}: {address} leads nowhere" for address, pages_with in broken.items()]
