"""Preparing a submission: what `verify` needs, and nothing else, in one folder."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.experiments.suite import Suite
from benchmarks.records.files import PREDICTIONS, RESULT, WEIGHTS, write_whole
from benchmarks.records.own_agent import copy_sources
from benchmarks.records.provenance import file_hash
from benchmarks.records.result import Result, folder_of
from benchmarks.records.run import without_weights
from benchmarks.suite.specification import departure, published
from benchmarks.suite.verification import CODE, FORMAT, MANIFEST, rescore, sources_for, task_of


class Submission(NamedTuple):
    """What was prepared, and which runs were left out, with the reason."""

    files: list[Path]
    left_out: dict[Path, str]


def submit(runs: Sequence[Path], output: Path, agents: Sequence[str] = ()) -> Submission:
    """Check finished runs of one suite, then copy them with their predictions, weights and code, all or none.

    Runs of experiments that are of no suite, of other budgets and of other agents are left out.

    Args:
        runs: folders that have runs somewhere in them.
        output: a new folder.
        agents: whose runs to take, by their names on the command line; all if empty.

    Raises:
        ValueError: if there is no run, a run is not of the suite's specification, or the folder is not empty.
    """
    if not runs:
        raise ValueError("Name what to submit: folders of runs, such as the one given to `run` as --runs.")
    results = sorted({file for run in runs for file in run.rglob(RESULT)})
    if not results:
        raise ValueError(f"There is no finished run in {', '.join(map(str, runs))}: make some with `run` or `sweep`.")
    _check_new(output)
    read = {file: Result.read(file) for file in results}
    left_out = {file: why for file, result in read.items() if (why := _not_asked_for(result, agents)) is not None}
    taken = {file: result for file, result in read.items() if file not in left_out}
    if not taken:
        why = "; ".join(dict.fromkeys(left_out.values()))
        raise ValueError(f"No run in {', '.join(map(str, runs))} can be submitted: {why}.")
    suite = _only_suite(taken)
    to: dict[Path, Path] = {}
    for file, result in taken.items():
        folder = Path(_check(file, result), folder_of(result.variant), str(result.seed))
        if folder in to.values():
            raise ValueError(f"There are two runs of {folder}: give one of them.")
        to[file] = folder
    with new_folder(output) as whole:
        for file, folder in to.items():
            (whole / folder).mkdir(parents=True)
            for part in (RESULT, PREDICTIONS, WEIGHTS):
                shutil.copyfile(file.with_name(part), whole / folder / part)
            copy_sources(sources_for(taken[file].run_settings, file.parent), whole / CODE)
        write_manifest(suite, whole)
    return Submission(sorted(path for path in output.rglob("*") if path.is_file()), left_out)


@contextmanager
def new_folder(output: Path) -> Iterator[Path]:
    """A folder to write in, which takes its place once it is whole; a ValueError if something is there."""
    _check_new(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as name:
        whole = Path(name) / output.name
        whole.mkdir()
        yield whole
        if output.exists():
            output.rmdir()
        whole.replace(output)


def _check_new(output: Path) -> None:
    if output.exists() and any(output.iterdir()):
        raise ValueError(f"{output} is not empty: give --output a new folder.")


def _not_asked_for(result: Result, agents: Sequence[str]) -> str | None:
    try:
        suite, _ = task_of(result)
    except ValueError as error:
        return str(error)
    if result.preset != suite.preset:
        return f"its preset is {result.preset}, and that of {suite.name} is {suite.preset}"
    if agents and result.variant not in agents:
        return f"{result.variant} is not among the agents asked for"
    return None


def _only_suite(taken: Mapping[Path, Result]) -> Suite:
    suites = {suite.name: suite for suite, _ in map(task_of, taken.values())}
    if len(suites) > 1:
        raise ValueError(f"A submission covers one suite: these runs belong to {', '.join(sorted(suites))}.")
    return next(iter(suites.values()))


def _check(file: Path, result: Result) -> str:
    """The task of a run that has all that `verify` needs, in itself and beside it."""
    suite, task = task_of(result)
    departs = departure(result, suite, task, published(suite))
    if departs is not None:
        raise ValueError(f"{file} does not meet the specification of {suite.name}: {departs}.")
    for name in (PREDICTIONS, WEIGHTS):
        if not file.with_name(name).exists():
            raise ValueError(
                f"There is no {name} beside {file}: give the folder of the run, not of its results; if it is gone, "
                f"{without_weights(file.parent, result.settings)}"
            )
    rescore(result, file.parent, suite, task)
    sources_for(result.run_settings, file.parent)
    return task


def write_manifest(suite: Suite, folder: Path) -> None:
    """Write of which specification a submission is, and the hash of every file in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "format": FORMAT,
        "suite": suite.name,
        "specification_hash": published(suite)["specification_hash"],
        "files": {path.relative_to(folder).as_posix(): file_hash(path) for path in files},
    }
    write_whole(folder / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
