"""The site: pages are staged in the Markdown of Sphinx, and no link of the built pages leads nowhere."""

import html
import os
import re
import subprocess
import sys

import pytest

from tests.helpers.paths import ROOT
from website.links import broken_links
from website.staging import LINK, stage


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site-source")
    stage(folder)
    return folder


def test_every_page_is_staged_with_its_pictures_and_the_files_it_links_to(staged):
    pages = list(staged.rglob("*.md"))
    assert len(pages) > 100
    for page in pages:
        for match in LINK.finditer(page.read_text()):
            assert (page.parent / match[2]).exists(), (page.name, match[2])


def test_every_page_is_in_a_tree_of_the_index(staged):
    listed = re.findall(r"^[\w/.-]+\.(?:md|ipynb)$", (staged / "index.md").read_text(), flags=re.MULTILINE)
    pages = {str(page.relative_to(staged)) for ending in ("md", "ipynb") for page in staged.rglob(f"*.{ending}")}
    assert pages - set(listed) == {"index.md"}


def test_environments_show_an_episode_and_mathematics_is_that_of_the_site(staged):
    assert "![An episode, step by step](../gallery/rectangle.gif)" in (staged / "environments/rectangle.md").read_text()
    metrics = (staged / "metrics.md").read_text()
    assert "$B$" in metrics
    assert "$`" not in metrics
    assert "```math" not in metrics


@pytest.mark.parametrize(
    ("link", "is_broken"),
    [
        ('<a href="other.html#here">', False),
        ('<a href="other.html#there">', True),
        ('<a href="#here">', True),
        ('<img src="missing.png">', True),
        ('<a href="https://example.org/#x">', False),
        ('<a href="folder/">', False),
    ],
)
def test_links_that_lead_nowhere_are_found(link, is_broken, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "index.html").write_text("")
    (tmp_path / "other.html").write_text('<h1 id="here">')
    (tmp_path / "page.html").write_text(link)
    assert bool(broken_links(tmp_path)) == is_broken


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_site_is_built_without_a_warning_and_without_a_network(tmp_path):
    for package in ("sphinx", "myst_nb", "furo"):
        pytest.importorskip(package, reason="the extra site brings it")
    nowhere = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    build = [sys.executable, "-m", "website", str(tmp_path / "site")]
    done = subprocess.run(build, cwd=ROOT, env=os.environ | nowhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    contract = (tmp_path / "site" / "reference" / "agents.html").read_text()
    signatures = html.unescape(re.sub(r"<[^>]*>", "", contract))
    assert "observations: Int[Tensor, 'B T']" in signatures, "shapes of tensors are in the signatures"
    assert (tmp_path / "site" / "leaderboard" / "index.html").exists()
    built = [page.read_text() for page in (tmp_path / "site").rglob("*.html")]
    assert not [page for page in built if re.search(r'<script[^>]*src="http', page)]
