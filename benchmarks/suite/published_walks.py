"""The evaluation walks of a suite as plain arrays, with a scorer that needs only NumPy."""

import io
import json
import shutil
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks.experiments.metric import Metric
from benchmarks.experiments.suite import Suite
from benchmarks.records.collect import in_order, one_each
from benchmarks.records.files import write_whole
from benchmarks.records.provenance import walks_hash
from benchmarks.records.result import RESULTS
from benchmarks.suite import score_walks
from benchmarks.suite.outcomes import outcomes
from benchmarks.suite.specification import (
    CEILING,
    FIXED_ROWS,
    as_written,
    counted,
    published,
    specification,
    task_settings,
)
from hippo_envs import Walks
from hippo_envs.ceilings import CEILINGS
from hippo_envs.scoring import mask_of


def write_walks(suite: Suite, folder: Path) -> list[Path]:
    """Write `<task>.<kind>.npz` for every task and kind of worlds, the specification, the board and the scorer.

    An array holds walks by steps: `observations`, `actions` (the one at step t leads to t + 1), `nodes` (ground truth,
    not for agents), `mask_<name>` (kinds of steps), `counted` (the steps of the task's score), `ceiling_correct` (where
    the exact Bayes filter is right); where it may be dark also `heard`, which agents get instead of observations.
    Besides, `floor` and `ceiling` of the score, `n_observations` and `hash`.
    """
    asked, paths = specification(suite), []
    for name, task in suite.tasks.items():
        settings, metric = task_settings(task.experiment, suite.preset), Metric.parse(task.metric)
        for kind, walks in settings.evaluation_walks().items():
            nothing = np.zeros(walks.nodes.shape, dtype=bool)
            arrays = {
                **_arrays(walks, settings.masks),
                "counted": counted(metric, settings, walks) if kind == metric.worlds else nothing,
                "floor": np.float64(asked["tasks"][name]["floor"]),
                "ceiling": np.float64(asked["fixed_rows"]["ceiling"][name]),
                "n_observations": np.int64(settings.n_observations),
            }
            buffer = io.BytesIO()
            np.savez_compressed(buffer, **arrays)
            paths.append(folder / f"{name}.{kind}.npz")
            write_whole(paths[-1], buffer.getvalue())
    write_whole(folder / "specification.json", as_written(asked))
    write_whole(folder / "board.json", (json.dumps(board_scores(suite, RESULTS), indent=1) + "\n").encode())
    shutil.copyfile(Path(score_walks.__file__), folder / "score_walks.py")
    return [*paths, *(folder / name for name in ("specification.json", "board.json", "score_walks.py"))]


def board_scores(suite: Suite, folder: Path) -> dict[str, dict[str, dict[str, float]]]:
    """By task, the scores that the scorer prints beside one's own: of the agents of a board, and of simple memories.

    Args:
        suite: as published: a row of another specification is left out.
        folder: of results; the mean over the runs of an agent.
    """
    known, found = published(suite), {}
    for name, task in suite.tasks.items():
        floor, ceiling = known["tasks"][name]["floor"], known["fixed_rows"]["ceiling"][name]
        of_task = [
            (run.variant, run.accuracy)
            for run in in_order(one_each(outcomes(suite, name, folder, known)[0]), task.experiment)
        ]
        agents = {agent: fmean(a for of, a in of_task if of == agent) for agent, _ in of_task}
        memories = {row: known["fixed_rows"][row][name] for row in FIXED_ROWS}
        rows = {"agents on the board": agents, "simple memories": memories}
        found[name] = {
            kind: {row: round((accuracy - floor) / (ceiling - floor), 4) for row, accuracy in of_kind.items()}
            for kind, of_kind in rows.items()
        }
    return found


def _arrays(walks: Walks, masks: tuple[str, ...]) -> dict[str, Any]:
    """What is the same for every kind of worlds."""
    heard = ("heard",) if walks.worlds.family.conditions.can_be_dark else ()
    steps = {name: getattr(walks, name) for name in ("observations", "actions", "nodes", *heard)}
    smallest = {name: values.astype(np.min_scalar_type(values.max())) for name, values in steps.items()}
    by_mask = {f"mask_{name}": mask_of(walks, name) for name in masks}
    return {**smallest, **by_mask, "ceiling_correct": CEILINGS[CEILING](walks).correct, "hash": walks_hash(walks)}
