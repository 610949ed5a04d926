"""The specification of a suite, as data with a hash; and the floors, ceilings and reference agents of its tasks.

The specification is published in `benchmarks/suite/published`, so that a change of any environment, world, budget,
walk, floor or ceiling is seen. Results of another specification are not shown beside these.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import Metric
from benchmarks.experiments.suite import Suite, Task
from benchmarks.experiments.world_seeds import EVALUATION_SEEDS
from benchmarks.records.files import write_whole
from benchmarks.records.provenance import walks_hash
from benchmarks.records.result import Result, steps_within
from benchmarks.records.settings import WorldSettings, world_settings
from hippo_envs import Walks
from hippo_envs.ceilings import CEILINGS
from hippo_envs.references import REFERENCES
from hippo_envs.scoring import mask_of, score, step_bins

PUBLISHED = Path(__file__).parent / "published"
# The rows that stand beside the agents on every task; "ceiling" is the exact Bayes filter.
FIXED_ROWS = ("chance", "most-frequent", "two-back", "edge-agent", "inverse-agent", "markov-2", "node-agent")
CEILING = "bayes"
ROWS = (*FIXED_ROWS, "ceiling")  # by name, which no agent has
# Settings of a run that are the task's, whatever the agent; of the budget an agent may spend less.
OF_TASK = (
    *("environment", "arguments", "evaluations", "worlds", "n_observations", "masks", "learns", "stepped"),
    *("batch", "walk_length", "n_evaluation_worlds", "evaluation_length"),
)
# A variant is the name of a folder, and of a note; an agent of one's own has dots and a colon in it.
NAME = re.compile(r"\w([\w.:-]*\w)?", re.ASCII)


def task_settings(experiment: Experiment, preset: str) -> WorldSettings:
    """What its runs share: the settings of the first agent's worlds, with as many updates as are allowed."""
    first = world_settings(experiment, next(iter(experiment.variants)), preset)
    return replace(first, n_updates=experiment.preset(preset).n_updates)


def published_settings(settings: WorldSettings) -> dict[str, Any]:
    """Those of the settings of a run that are the task's, as they are published."""
    written = {**settings.as_json(), "masks": list(settings.masks)}
    return {name: written.get(name) for name in OF_TASK}


def specification(suite: Suite) -> dict[str, Any]:
    """All that a score depends on but the agent, with one hash over it.

    Environments, worlds, budgets, what counts, the evaluation walks by their hashes, and the fixed rows, whose exact
    Bayes filter takes seconds: what only reads a specification reads the `published` one.
    """
    tasks = {name: of_task(suite, name) for name in suite.tasks}
    content = {"suite": suite.name, "preset": suite.preset, "tasks": tasks, "fixed_rows": fixed_rows(suite)}
    return {"specification_hash": content_hash(content), **content}


def of_task(suite: Suite, name: str) -> dict[str, Any]:
    """What is asked in a task, and of which walks, but for the fixed rows."""
    task = suite.tasks[name]
    settings = task_settings(task.experiment, suite.preset)
    return {
        "family": task.family,
        "metric": task.metric,
        "floor": floor_of(task, settings.n_answers),
        **published_settings(settings),
        "n_updates": settings.n_updates,
        "training_seeds": list(suite.budget(name).seeds),
        "evaluation_seeds": [EVALUATION_SEEDS[0], EVALUATION_SEEDS[settings.n_evaluation_worlds - 1]],
        "walks": {kind: walks_hash(of_kind) for kind, of_kind in settings.evaluation_walks().items()},
    }


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of a specification without its hash."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def fixed_rows(suite: Suite) -> dict[str, dict[str, float]]:
    """By row and task, the accuracy of the reference agents and of the ceiling on what counts."""
    rows: dict[str, dict[str, float]] = {name: {} for name in ROWS}
    for name, task in suite.tasks.items():
        settings = task_settings(task.experiment, suite.preset)
        metric = Metric.parse(task.metric)
        walks = settings.evaluation_walks()[metric.worlds]
        first, last = counted_steps(metric, settings)
        bins = step_bins(walks.walk_length)
        for row in rows:
            answers = CEILINGS[CEILING](walks) if row == "ceiling" else REFERENCES[row](walks)
            counts = steps_within(score(answers, walks, (metric.mask,), bins)[metric.mask], bins, first, last)
            # Who knows nothing guesses as well as the floor.
            rows[row][name] = round(counts.accuracy(round(1 / floor_of(task, settings.n_answers))), 4)
    return rows


def floor_of(task: Task, n_answers: int) -> float:
    """What one gets who knows nothing."""
    return 1 / n_answers if task.floor is None else task.floor


def counted_steps(metric: Metric, settings: WorldSettings) -> tuple[int, int]:
    """The first and last step that a metric is about, numbered from 1."""
    return metric.steps or (1, min(settings.walk_length, settings.evaluation_length))


def counted(metric: Metric, settings: WorldSettings, walks: Walks) -> NDArray[np.bool_]:
    """The steps (B, T) that a metric counts."""
    first, last = counted_steps(metric, settings)
    steps = mask_of(walks, metric.mask).copy()
    steps[:, : first - 1] = steps[:, last:] = False
    return steps


def published_path(suite: Suite) -> Path:
    """Where the specification of a suite is committed."""
    return PUBLISHED / f"{suite.name}.json"


def publish(suite: Suite, path: Path) -> None:
    """Write the specification as JSON, the same bytes each time."""
    write_whole(path, as_written(specification(suite)))


def as_written(asked: Mapping[str, Any]) -> bytes:
    """A specification as its file has it."""
    return (json.dumps(asked, indent=1, sort_keys=True) + "\n").encode()


def published(suite: Suite) -> dict[str, Any]:
    """What `publish` wrote for the installed suite; a ValueError says how to write it if it is missing or changed."""
    path = published_path(suite)
    remedy = f"write it with `python -m benchmarks walks --suite {suite.name} --publish`."
    if not path.exists():
        raise ValueError(f"There is no {path}: {remedy}")
    kept = json.loads(path.read_text(encoding="utf-8"))
    content = {name: value for name, value in kept.items() if name != "specification_hash"}
    if content_hash(content) != kept["specification_hash"]:
        raise ValueError(f"{path} does not match its hash: {remedy}")
    return kept


def departure(result: Result, suite: Suite, task: str, known: Mapping[str, Any]) -> str | None:
    """In what a result is not of the published specification, whoever its agent is; None if it is of it."""
    of_task = known["tasks"][task]
    try:
        settings = result.run_settings
    except ValueError as error:
        return str(error)
    found = {"experiment": settings.experiment, "preset": settings.preset, **published_settings(settings)}
    wanted = {"experiment": suite.tasks[task].experiment.name, "preset": suite.preset, **of_task}
    for name, value in found.items():
        if value != wanted[name]:
            return f"its {name} is {value}, not {wanted[name]}"
    for name in ("experiment", "preset", "variant", "seed"):
        if getattr(result, name) != getattr(settings, name):
            return f"its {name} is {getattr(result, name)}, but {getattr(settings, name)} in its settings"
    if not isinstance(result.variant, str) or not NAME.fullmatch(result.variant):
        return f"its variant is {result.variant!r}, which is not a name: use letters, digits, _ and, in between, . : -"
    if result.variant in ROWS:
        return f"its variant is {result.variant}, which is the name of a row beside the agents: give it another name"
    if type(result.seed) is not int or result.seed not in of_task["training_seeds"]:  # True and 1.0 equal 1
        return f"its seed is {result.seed}, and the suite's are {', '.join(map(str, of_task['training_seeds']))}"
    if settings.n_updates > of_task["n_updates"]:
        return f"it had {settings.n_updates} updates, and {of_task['n_updates']} are allowed"
    if settings.after is not None:  # no task has it, so that it is no part of what is published
        first = settings.after.variant
        return f"it began with the weights of another run, {first}, and so had more budget than allowed"
    for name in ("trains_in", "lasting", "chooses"):  # no task has any of them
        if value := getattr(settings, name):
            return f"its {name} is {value}, and a task of {suite.name} has none"
    if result.provenance["evaluation_hash"] != of_task["walks"]:
        return "it was scored on other walks"
    return malformed(result)


def malformed(result: Result) -> str | None:
    """In what a result cannot be noted or shown beside others: by its numbers, or its learning curve, if it has one."""
    for name in ("train_cpu_seconds", "n_parameters"):
        if not _is_number(result.provenance[name]):
            return f"its {name} is {result.provenance[name]!r}, which is not a number"
    columns = result.learning
    for name in ("update", "cpu_seconds", *result.run_settings.masks):
        if columns and name not in columns:
            return f"its learning has no {name}"
    if len({len(column) for column in columns.values()}) > 1:
        return "its learning has columns of different lengths"
    for name, column in columns.items():
        for value in column:
            if value is not None and not _is_number(value):
                return f"its learning has {value!r} among its {name}, which is not a number"
    try:
        result.content_hash()
    except ValueError as error:
        return f"it cannot be written as JSON: {error}"
    return None


def _is_number(value: Any) -> bool:
    """A whole number may be larger than any float; NaN is not below anything."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63
