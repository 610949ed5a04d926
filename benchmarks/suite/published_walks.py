"""The evaluation walks of a suite as plain arrays, with a scorer that needs only NumPy."""

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.experiments.metric import Metric
from benchmarks.experiments.suite import Suite
from benchmarks.records.files import write_whole
from benchmarks.records.provenance import walks_hash
from benchmarks.suite import score_walks
from benchmarks.suite.specification import CEILING, counted, fixed_rows, floor_of, publish, task_settings
from hippo_envs import Walks
from hippo_envs.ceilings import CEILINGS
from hippo_envs.scoring import mask_of


def write_walks(suite: Suite, folder: Path) -> list[Path]:
    """Write `<task>.<kind>.npz` for every task and kind of worlds, the specification and the scorer.

    An array holds walks by steps: `observations`, `actions` (the one at step t leads to t + 1), `nodes` (ground truth,
    not for agents), `mask_<name>` (kinds of steps), `counted` (the steps of the task's score), `ceiling_correct` (where
    the exact Bayes filter is right); where it may be dark
    also `heard`, which agents get instead of observations. Besides, `floor` and `ceiling` of the score,
    `n_observations` and `hash`.
    """
    ceilings, paths = fixed_rows(suite)["ceiling"], []
    for name, task in suite.tasks.items():
        settings, metric = task_settings(task.experiment, suite.preset), Metric.parse(task.metric)
        for kind, walks in settings.evaluation_walks().items():
            nothing = np.zeros(walks.nodes.shape, dtype=bool)
            arrays = {
                **_arrays(walks, settings.masks),
                "counted": counted(metric, settings, walks) if kind == metric.worlds else nothing,
                "floor": np.float64(floor_of(task, settings.n_answers)),
                "ceiling": np.float64(ceilings[name]),
                "n_observations": np.int64(settings.n_observations),
            }
            buffer = io.BytesIO()
            np.savez_compressed(buffer, **arrays)
            paths.append(folder / f"{name}.{kind}.npz")
            write_whole(paths[-1], buffer.getvalue())
    publish(suite, folder / "specification.json")
    shutil.copyfile(Path(score_walks.__file__), folder / "score_walks.py")
    return [*paths, folder / "specification.json", folder / "score_walks.py"]


def _arrays(walks: Walks, masks: tuple[str, ...]) -> dict[str, Any]:
    """What is the same for every kind of worlds."""
    heard = ("heard",) if walks.worlds.family.conditions.can_be_dark else ()
    steps = {name: getattr(walks, name) for name in ("observations", "actions", "nodes", *heard)}
    smallest = {name: values.astype(np.min_scalar_type(values.max())) for name, values in steps.items()}
    by_mask = {f"mask_{name}": mask_of(walks, name) for name in masks}
    return {**smallest, **by_mask, "ceiling_correct": CEILINGS[CEILING](walks).correct, "hash": walks_hash(walks)}
