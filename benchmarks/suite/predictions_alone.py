"""A row from predictions alone, of a model in any framework: it can be counted again, but nobody can step its model."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents import AGENTS, OF_ONE_TASK
from benchmarks.evaluation.scored import scored
from benchmarks.experiments.suite import Suite
from benchmarks.records.files import PREDICTIONS, RESULT
from benchmarks.records.predictions import predictions_hash, write_predictions
from benchmarks.records.provenance import walks_hash
from benchmarks.records.result import Result
from benchmarks.records.settings import RunSettings
from benchmarks.suite.score_walks import read_predictions
from benchmarks.suite.specification import ROWS, departure, published, task_settings
from benchmarks.suite.submission import new_folder, write_manifest
from hippo_envs import Walks

SEED = re.compile(r"0|[1-9]\d*", re.ASCII)  # 00 would be 0 again
NAME = re.compile(r"\w([\w.-]*\w)?", re.ASCII)


class Model(NamedTuple):
    """What a row says of a model beside its predictions, on trust: its name, its size, and what a run took."""

    name: str
    n_parameters: int
    cpu_seconds: float


def submit_predictions(suite: Suite, folder: Path, model: Model, output: Path) -> list[Path]:
    """Score predictions on the published walks, and write a submission of a result for each task and seed.

    Args:
        suite: whose walks they are of.
        folder: a folder for each seed, named by it, with <task>.<kind>.npz as for `score_walks.py`.
        model: whose they are.
        output: a new folder.

    Raises:
        ValueError: if the name is taken or there are no predictions; of a file, if it is missing or does not fit.
    """
    _check_model(suite, model)
    seeds = _seeds_in(folder)
    found = {seed: [task for task in suite.tasks if list((folder / str(seed)).glob(f"{task}.*.npz"))] for seed in seeds}
    if not any(found.values()):
        raise ValueError(f"There are no predictions in {folder / str(seeds[0])}: name files as those of `walks`.")
    for seed in seeds:
        _check_files(folder / str(seed), suite)
    with new_folder(output) as whole:
        for task in suite.tasks:
            of_task = [seed for seed in seeds if task in found[seed]]
            walks = task_settings(suite.tasks[task].experiment, suite.preset).evaluation_walks() if of_task else {}
            for seed in of_task:
                predictions = _read(folder / str(seed), task, walks)
                result = _result(suite, task, seed, model, predictions, walks)
                write_predictions(predictions, whole / task / model.name / str(seed) / PREDICTIONS)
                result.write(whole / task / model.name / str(seed) / RESULT)
        write_manifest(suite, whole)
    return sorted(path for path in output.rglob("*") if path.is_file())


def _check_model(suite: Suite, model: Model) -> None:
    if not NAME.fullmatch(model.name):
        raise ValueError(f"--name is {model.name!r}: use letters, digits, _ and, in between, . and -.")
    taken = {*suite.variants, *AGENTS, *OF_ONE_TASK, *ROWS}
    if model.name in taken:
        raise ValueError(f"--name {model.name} is a row or an agent of this repository: give your model another name.")
    if model.n_parameters < 1 or not 0 <= model.cpu_seconds < np.inf:
        raise ValueError(
            "Say how large the model is and what a run took, as in --parameters 120000 --cpu-seconds 95; got "
            f"{model.n_parameters} and {model.cpu_seconds:g}."
        )


def _seeds_in(folder: Path) -> list[int]:
    """Predictions that lie elsewhere than in the folder of a seed would be left out without a word."""
    seeds = {path: int(path.name) for path in folder.glob("*") if path.is_dir() and SEED.fullmatch(path.name)}
    if odd := sorted({path.parent for path in folder.rglob("*.npz")} - set(seeds)):
        raise ValueError(f"{odd[0]} is not the folder of a seed: put the files of seed 0 into {folder / '0'}.")
    if not seeds:
        raise ValueError(f"There is no folder of a seed in {folder}: put the files of seed 0 into {folder / '0'}.")
    return sorted(seeds.values())


def _check_files(folder: Path, suite: Suite) -> None:
    """A misspelt file would be left out without a word."""
    for path in sorted(folder.glob("*.npz")):
        task, _, kind = path.stem.partition(".")
        kinds = task_settings(suite.tasks[task].experiment, suite.preset).worlds if task in suite.tasks else ()
        if kind not in kinds:
            raise ValueError(f"{path} is of no task of {suite.name}: name it as one of the files of `walks`.")


def _read(folder: Path, task: str, walks: Mapping[str, Walks]) -> dict[str, NDArray[np.integer]]:
    """Predictions of every kind of worlds of a task."""
    predictions = {}
    for kind, of_kind in walks.items():
        path = folder / f"{task}.{kind}.npz"
        if not path.exists():
            raise ValueError(f"There is no {path}: a task needs predictions for all its kinds, {', '.join(walks)}.")
        predictions[kind] = read_predictions(path, of_kind.nodes.shape)
        most = of_kind.worlds.family.n_observations - 1
        if predictions[kind].min() < 0 or predictions[kind].max() > most:
            raise ValueError(f"{path}: predictions are symbols from 0 to {most}.")
    return predictions


def _result(
    suite: Suite,
    task: str,
    seed: int,
    model: Model,
    predictions: Mapping[str, NDArray[np.integer]],
    walks: Mapping[str, Walks],
) -> Result:
    experiment = suite.tasks[task].experiment
    shared = task_settings(experiment, suite.preset)
    settings = RunSettings(
        **vars(shared),
        experiment=experiment.name,
        variant=model.name,
        preset=suite.preset,
        seed=seed,
        agent=model.name,
        sizes={},
        learning_rate=0.0,  # of an optimiser that is not ours: not known
        warm_up=0,
        max_gradient_norm=0.0,
        measurements=(),
    )
    result = Result(
        experiment=experiment.name,
        preset=suite.preset,
        variant=model.name,
        seed=seed,
        settings=settings.as_json(),
        **scored(predictions, walks, shared.masks)._asdict(),
        measurements={},
        provenance={
            "versions": {},
            "commit": None,
            "device": "not stated",
            "n_parameters": model.n_parameters,
            "train_cpu_seconds": float(model.cpu_seconds),
            "evaluation_hash": {kind: walks_hash(of_kind) for kind, of_kind in walks.items()},
            "weights_hash": None,
            "predictions_hash": predictions_hash(predictions),
        },
    )
    departs = departure(result, suite, task, published(suite))
    if departs is not None:
        raise ValueError(f"Seed {seed} of {task} does not meet the specification of {suite.name}: {departs}.")
    return result
