"""A submission to check or to forge, shared by tests of submitting and verifying; fixtures are in `conftest.py`."""

import json
from dataclasses import replace

import torch
from rich.console import Console

from benchmarks.experiments.experiment import Variant
from benchmarks.experiments.suites import SUITES
from benchmarks.records.files import RESULT
from benchmarks.records.provenance import file_hash
from benchmarks.records.result import Result
from benchmarks.running.run import run
from benchmarks.suite.stepping import way_here
from benchmarks.suite.submission import submit
from benchmarks.suite.tiers import Tier
from benchmarks.suite.verification import MANIFEST

LINE = SUITES["hippo-1"].tasks["line"].experiment


def prepare(folder):
    """Of an agent that has learnt for three updates only, which is less than is allowed."""
    lazy = replace(LINE, variants={"lstm": Variant("lstm", 5e-3, n_updates={"quick": 3})})
    run(lazy, "lstm", "quick", 0, torch.device("cpu"), folder / "runs", Console(quiet=True))
    submit([folder / "runs"], folder / "submitted")
    return folder / "submitted"


def the_run(submission):
    return submission / "line" / "lstm" / "0"


def reproduced_here():
    """The tier of what is reproduced, which is another where there is no sandbox."""
    return Tier.REPRODUCED if way_here().encloses else Tier.NOT_SANDBOXED


def only(found):
    (one,) = found
    return one


def sign(submission):
    """What a forger does last: write the manifest anew, so that it is of these files."""
    manifest = json.loads((submission / MANIFEST).read_text())
    kept = [name for name in manifest["files"] if (submission / name).exists()]
    kept += [str(path.relative_to(submission)) for path in (submission / "code").rglob("*.py")]
    manifest["files"] = {name: file_hash(submission / name) for name in kept}
    (submission / MANIFEST).write_text(json.dumps(manifest))


def rewrite(submission, **changes):
    path = the_run(submission) / RESULT
    replace(Result.read(path), **changes).write(path)
    sign(submission)
