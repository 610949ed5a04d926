"""What a result says of the code that made it is true of that code, wherever it lies."""

import shutil
import subprocess
from importlib.metadata import PackageNotFoundError
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from benchmarks.records import provenance
from benchmarks.records.provenance import commit, versions
from tests.helpers.paths import ROOT

AUTHOR = ("-c", "user.name=Someone", "-c", "user.email=someone@example.org")


def git(folder, *arguments):
    return subprocess.run(["git", *AUTHOR, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository of someone's own."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    folder = tmp_path / "own"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "paper.tex").touch()
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "Begin")
    return folder


def copied_to(folder):
    """This module from a copy of the code in that folder."""
    copy = folder / "benchmarks" / "records" / "provenance.py"
    copy.parent.mkdir(parents=True)
    shutil.copyfile(Path(provenance.__file__), copy)
    spec = spec_from_file_location("copied_provenance", copy)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_commit_is_not_that_of_a_repository_that_the_environment_names(repository, monkeypatch):
    """As in a hook of git, which sets these."""
    before = commit()
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(repository))
    monkeypatch.setenv("GIT_INDEX_FILE", str(repository / ".git" / "index"))
    assert commit() == before
    assert before is None or len(before.removesuffix("-dirty")) == 40


@pytest.mark.parametrize("place", [".", "vendored"])
def test_a_copy_in_a_repository_of_ones_own_has_no_commit(repository, place):
    assert copied_to(repository / place).commit() is None


def test_a_copy_that_was_committed_elsewhere_has_no_commit(repository):
    copied = copied_to(repository / "vendored")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "Add a copy")
    assert copied.commit() is None


def test_a_clone_has_its_commit(repository):
    copied = copied_to(repository)
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "As in a clone")
    assert copied.commit() == git(repository, "rev-parse", "HEAD").strip()


def test_a_checkout_that_is_not_installed_says_its_own_version(monkeypatch):
    told = versions()
    assert list(told) == ["python", "gymnasium", "hippo-envs", "numpy", "torch"]
    assert f'version = "{told["hippo-envs"]}"' in (ROOT / "pyproject.toml").read_text()

    def nowhere(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(provenance, "version", nowhere)
    assert versions() == told
    monkeypatch.setattr(provenance, "version", lambda _: "9.9")
    assert versions()["hippo-envs"] == told["hippo-envs"], "another copy is installed"
