"""A submission to check, shared by the tests of submitting and of verifying; its fixtures are in `conftest.py`."""

from dataclasses import replace

import torch
from rich.console import Console

from benchmarks.experiment import Variant
from benchmarks.run import run
from benchmarks.suite.submission import submit
from benchmarks.suite.suites import SUITES

LINE = SUITES["hippo-1"].tasks["line"].experiment


def prepare(folder):
    """Of an agent that has learnt for three updates only, which is less than is allowed."""
    lazy = replace(LINE, variants={"lstm": Variant("lstm", 5e-3, n_updates={"quick": 3})})
    run(lazy, "lstm", "quick", 0, torch.device("cpu"), folder / "runs", Console(quiet=True))
    submit([folder / "runs"], folder / "submitted")
    return folder / "submitted"


def the_run(submission):
    return submission / "line" / "lstm" / "0"


def only(found):
    (one,) = found
    return one
