"""The index: what was made of a file is kept until the file, or the program, is another."""

import os

import pytest

from benchmarks.records import index


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Makes again what is asked for, and notes of which files it had to be made."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(index, "FEW", 2)
    monkeypatch.setattr(index, "_program", lambda: "program")
    paths = [tmp_path / str(n) for n in range(3)]
    for path in paths:
        path.write_text(path.name)

    def of_all():
        asked = []
        kept = list(index.kept_of(paths, lambda path: (asked.append(path.name), [path.read_text()])[1], tmp_path, "x"))
        return kept, asked

    return of_all


def test_what_was_made_is_kept(made):
    assert made() == ([["0"], ["1"], ["2"]], ["0", "1", "2"])
    assert made() == ([["0"], ["1"], ["2"]], [])


def test_a_file_that_changed_is_read_anew_though_size_and_time_are_as_before(made, tmp_path):
    made()
    before = (tmp_path / "1").stat()
    (tmp_path / "1").write_text("9")
    os.utime(tmp_path / "1", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert made() == ([["0"], ["9"], ["2"]], ["1"])


def test_another_program_makes_all_anew(made, monkeypatch):
    made()
    monkeypatch.setattr(index, "_program", lambda: "another")
    assert made()[1] == ["0", "1", "2"]


def test_without_a_place_for_it_or_with_a_broken_one_all_is_made_as_before(made, tmp_path, monkeypatch):
    made()
    (broken,) = (tmp_path / "cache" / "hippo-envs").iterdir()
    broken.write_text("no database" * 1_000)
    assert made() == ([["0"], ["1"], ["2"]], ["0", "1", "2"])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "0"))  # a file
    assert made()[1] == ["0", "1", "2"]


def test_results_lie_alone_in_their_folder(made, tmp_path):
    made()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2", "cache"]
