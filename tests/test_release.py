"""The rehearsal of a release: one version everywhere, and a list of what only a person can do."""

import re
import shutil
import subprocess
import sys

import pytest

from release.left_to_do import disagreements, left_to_do, version_of
from tests.helpers.paths import ROOT

FILES = ("pyproject.toml", "CITATION.cff", "README.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md")


@pytest.fixture
def copy(tmp_path):
    for file in FILES:
        shutil.copyfile(ROOT / file, tmp_path / file)
    return tmp_path


def test_every_file_names_one_version():
    assert not list(disagreements(ROOT))


@pytest.mark.parametrize("file", ["CITATION.cff", "README.md", "CHANGELOG.md"])
def test_a_file_with_another_version_is_named(file, copy):
    text = (copy / file).read_text()
    (copy / file).write_text(text.replace(version_of(ROOT), "7.0.0"))
    (told,) = disagreements(copy)
    assert told.startswith(f"{file} names version 7.0.0")


def test_what_a_person_has_filled_in_is_no_longer_asked_for(copy):
    before = list(left_to_do(copy))
    assert [line.split(":")[0] for line in before][:4] == ["CITATION.cff"] * 4
    filled = "  - family-names: Who\ndate-released: 2027-01-01\nrepository-code: https://example.org\ndoi: 10.0/1\n"
    (copy / "CITATION.cff").write_text((copy / "CITATION.cff").read_text() + filled)
    with (copy / "pyproject.toml").open("a") as file:
        file.write('\n[project.urls]\nRepository = "https://example.org"\n')
    (copy / "CHANGELOG.md").write_text(f"## {version_of(ROOT)} (2027-01-01)\n")
    (copy / "CODE_OF_CONDUCT.md").write_text("Write to conduct@example.org.\n")
    (copy / "README.md").write_text("![](https://example.org/docs/figures/a.png)")
    assert [line.split(":")[0].split(",")[0] for line in left_to_do(copy)] == ["PyPI", "Publish"]


def test_every_trained_agent_is_offered_to_the_hub():
    offered = re.findall(r"push_to_hub\('([\w-]+)'", "\n".join(left_to_do(ROOT)))
    assert offered == sorted(path.parent.name for path in (ROOT / "agents" / "trained").glob("*/README.md"))


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.name)
def test_workflows_and_forms_are_what_github_reads(path):
    yaml = pytest.importorskip("yaml", reason="ray brings it")
    read = yaml.safe_load(path.read_text())
    if path.parent.name == "workflows":
        assert {"name", "permissions", "jobs"} <= set(read)
    elif path.name != "config.yml":
        assert {"name", "description", "body"} <= set(read)
        fields = [field["id"] for field in read["body"]]
        assert len(set(fields)) == len(fields) >= 3


@pytest.mark.slow
def test_a_release_is_built_and_passes_the_check_of_pypi(tmp_path):
    pytest.importorskip("twine", reason="the extra release brings it")
    rehearse = [sys.executable, "-m", "release", str(tmp_path / "dist")]
    done = subprocess.run(rehearse, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.suffix for path in (tmp_path / "dist").iterdir()} == {".whl", ".gz"}
    assert done.stdout.count("PASSED") == 2
    assert "Nothing was published" in done.stdout
