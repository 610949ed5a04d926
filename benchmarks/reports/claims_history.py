"""Which claims stood before their runs: what `claims` printed at each commit that a committed result names.

A target that is chosen once the numbers are known proves nothing. Whether one was is not a matter of memory: the
commits are in the history. Pages read what was found there from a file, so that a clone without history makes the same.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.records.result import RESULTS

ROOT = RESULTS.parents[1]
HISTORY = RESULTS / "claims-history.json"
FIXED_BEFORE, POST_HOC, UNKNOWN = "fixed before", "post hoc", "unknown"
DIRTY = "-dirty"


class Stated(NamedTuple):
    """What makes two claims the same one."""

    experiment: str
    agent: str
    preset: str
    metric: str
    target: float


class ClaimsHistory(NamedTuple):
    """The claims that stood at each commit, by its full hash."""

    stood: Mapping[str, frozenset[Stated]]

    @classmethod
    def read(cls, path: Path = HISTORY) -> "ClaimsHistory":
        """What `write` wrote; nothing where there is no such file."""
        if not path.exists():
            return cls({})
        kept = json.loads(path.read_text(encoding="utf-8"))
        claims = [Stated(*claim) for claim in kept["claims"]]
        return cls({commit: frozenset(claims[i] for i in standing) for commit, standing in kept["commits"].items()})

    def write(self, path: Path = HISTORY) -> None:
        """Every claim once, and for each commit the places of those that stood in that list."""
        claims = sorted(frozenset().union(*self.stood.values()))
        place = {claim: i for i, claim in enumerate(claims)}
        commits = {commit: sorted(place[claim] for claim in self.stood[commit]) for commit in sorted(self.stood)}
        lines = [f'"claims": [\n{_lines(claims)}\n]', f'"commits": {{\n{_lines_by_name(commits)}\n}}']
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

    def when(self, claim: Stated, commits: Iterable[str]) -> str:
        """Whether a claim stood at all commits that its results name, did not at one, or cannot be said to.

        A commit with changes that were not committed may have had it among them.
        """
        found = {_when(self.stood.get(commit.removesuffix(DIRTY)), claim, commit) for commit in commits}
        return next((word for word in (POST_HOC, UNKNOWN) if word in found), FIXED_BEFORE)


@cache
def kept_history() -> ClaimsHistory:
    """The history that is committed."""
    return ClaimsHistory.read()


def look_up_all(tell: Callable[[str], object]) -> None:
    """Ask every commit that a committed result names and that was not asked before; kept after each one."""
    history = ClaimsHistory.read()
    for commit in _named_by_results(RESULTS):
        if commit not in history.stood:
            history = look_up(commit, history, ROOT, tell)
            history.write()


def look_up(commit: str, known: ClaimsHistory, root: Path, tell: Callable[[str], object]) -> ClaimsHistory:
    """The history with one commit more, checked out and asked; without it where that cannot be done.

    Args:
        commit: its full hash.
        known: what has been found before.
        root: of the repository, with its whole history.
        tell: called with a line of what was found.
    """
    try:
        with _checked_out(commit, root) as folder:
            standing = frozenset(_claims_at(folder))
    except subprocess.CalledProcessError as error:
        tell(f"{commit[:8]} could not be asked: {[*(error.stderr or str(error)).splitlines()][-1]}")
        return known
    tell(f"{commit[:8]}: {len(standing)} claims")
    return ClaimsHistory({**known.stood, commit: standing})


def _named_by_results(folder: Path) -> list[str]:
    """The commits that results name, without the mark of a tree with changes."""
    stored = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/*/*/*.json")))
    named = (result["provenance"].get("commit") for result in stored)
    return sorted({commit.removesuffix(DIRTY) for commit in named if commit})


def _when(standing: frozenset[Stated] | None, claim: Stated, commit: str) -> str:
    if standing is None:
        return UNKNOWN
    if claim in standing:
        return FIXED_BEFORE
    return UNKNOWN if commit.endswith(DIRTY) else POST_HOC


def _claims_at(folder: Path) -> Iterator[Stated]:
    """What the program of a checkout claims, of no runs: those that were committed by then may lack a measurement."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    with tempfile.TemporaryDirectory() as no_runs:
        command = [sys.executable, "-m", "benchmarks", "claims", "--json", "--runs", no_runs]
        done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    for row in json.loads(done.stdout):
        if row["target"] is not None:
            yield Stated(*(row[name] for name in Stated._fields))


@contextmanager
def _checked_out(commit: str, root: Path) -> Iterator[Path]:
    """A commit in a folder of its own, for a while."""
    git = ["git", "-C", str(root), "worktree"]
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / commit
        subprocess.run([*git, "add", "--detach", folder, commit], check=True, capture_output=True, text=True)
        try:
            yield folder
        finally:
            subprocess.run([*git, "remove", "--force", folder], check=True, capture_output=True)


def _lines(values: Iterable[Any]) -> str:
    return ",\n".join(json.dumps(value) for value in values)


def _lines_by_name(values: Mapping[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in values.items())
