"""Preparing a submission: what `verify` needs, and nothing else, in one folder."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from agents.imported import is_imported
from benchmarks.files import write_whole
from benchmarks.own_agent import sources_of
from benchmarks.result import Result, file_hash, folder_of
from benchmarks.suite.predictions import PREDICTIONS
from benchmarks.suite.specification import departure, published
from benchmarks.suite.suite import Suite
from benchmarks.suite.verification import CODE, MANIFEST, RESULT, WEIGHTS, rescore, task_of

FORMAT = 1


def submit(runs: Sequence[Path], output: Path) -> list[Path]:
    """Copy finished runs of one suite with their predictions and weights, each checked, and write the manifest last.

    Raises:
        ValueError: if there is no run, a run is not of the suite's specification, or the folder is not empty.
    """
    results = sorted({file for run in runs for file in run.rglob(RESULT)})
    if not results:
        raise ValueError(f"There is no finished run in {', '.join(map(str, runs))}: make some with `run` or `sweep`.")
    if output.exists() and any(output.iterdir()):
        raise ValueError(f"{output} is not empty: give --output a new folder.")
    suites = {_copy(file, output).name for file in results}
    if len(suites) > 1:
        shutil.rmtree(output)
        raise ValueError(f"A submission is of one suite, these runs are of {', '.join(sorted(suites))}.")
    suite = task_of(Result.read(results[0]))[0]
    files = sorted(path for path in output.rglob("*") if path.is_file())
    manifest = {
        "format": FORMAT,
        "suite": suite.name,
        "specification_hash": published(suite)["specification_hash"],
        "files": {str(path.relative_to(output)): file_hash(path) for path in files},
    }
    write_whole(output / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
    return [*files, output / MANIFEST]


def _copy(file: Path, output: Path) -> Suite:
    result = Result.read(file)
    suite, task = task_of(result)
    departs = departure(result, suite, task, published(suite))
    if departs is not None:
        raise ValueError(f"{file} is not of the specification of {suite.name}: {departs}.")
    for name in (PREDICTIONS, WEIGHTS):
        if not file.with_name(name).exists():
            raise ValueError(f"There is no {name} beside {file}: give the folder of the run, not of its results.")
    rescore(result, file.parent, suite, task)
    to = output / task / folder_of(result.variant) / str(result.seed)
    if to.exists():
        raise ValueError(f"There are two runs of {task} {result.variant} seed {result.seed}: give one of them.")
    to.mkdir(parents=True)
    for name in (RESULT, PREDICTIONS, WEIGHTS):
        shutil.copyfile(file.with_name(name), to / name)
    _copy_code(result.settings["agent"], output / CODE)
    return suite


def _copy_code(agent: str, folder: Path) -> None:
    """The files of an agent that is not ours, where `import` finds them from the folder."""
    if not is_imported(agent):
        return
    for module, source in sources_of(agent).items():
        parts = Path(*module.split("."))
        to = folder / (parts / "__init__.py" if source.stem == "__init__" else parts.with_suffix(".py"))
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, to)
