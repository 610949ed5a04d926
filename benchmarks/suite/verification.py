"""Checking a result: is it of the specification, do counts follow from predictions, and these from the weights?"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.torch import load_file

from benchmarks.metric import Metric
from benchmarks.result import Result, file_hash, walks_hash, weights_hash
from benchmarks.run import evaluation_walks
from benchmarks.statistics import over_worlds
from benchmarks.suite.predictions import PREDICTIONS, Scored, predictions_hash, read_predictions, scored
from benchmarks.suite.specification import departure, published, task_settings
from benchmarks.suite.stepping import step_in_process
from benchmarks.suite.suite import Suite
from benchmarks.suite.suites import SUITES
from benchmarks.suite.tiers import Tier
from hippo_envs import Walks, make_family, sample_walks
from hippo_envs.scoring import answers_of, score

RESULT, WEIGHTS, MANIFEST, CODE = "result.json", "weights.safetensors", "submission.json", "code"
N_FRESH = 100
# Rounding on another processor may turn a prediction between two symbols that are as likely.
MAY_DIFFER = 1e-3
# Fresh worlds are others, so their accuracy is: by no more than this many half widths of a 95 % interval of both.
MAY_FALL_SHORT = 2.0


@dataclass
class Checked:
    """What became of one result; `refused` says why it is none, if it is not."""

    path: Path
    result: Result | None = None
    tier: Tier = Tier.SELF_REPORTED
    refused: str | None = None
    found: dict[str, Any] = field(default_factory=dict)


def verify(paths: Sequence[Path], n_fresh: int = N_FRESH) -> list[Checked]:
    """Check every result in files and folders, as far as what lies beside it allows.

    Raises:
        ValueError: if there is no result at all.
    """
    files = sorted({file for path in paths for file in _results_in(path)})
    if not files:
        raise ValueError(f"There is no {RESULT} in {', '.join(map(str, paths))}.")
    checked, seen = [], {}
    for file in files:
        one = Checked(file)
        checked.append(one)
        try:
            _check(one, n_fresh, seen)
        except (ValueError, OSError, SafetensorError, RuntimeError, KeyError) as error:
            reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            one.refused = (reason.splitlines() or [type(error).__name__])[0]
    return checked


def rescore(result: Result, folder: Path, suite: Suite, task: str) -> dict[str, Walks]:
    """Make the worlds again, and every count from the predictions; the walks, if all is as the result says.

    Raises:
        ValueError: that names what differs.
    """
    settings = task_settings(suite.tasks[task].experiment, suite.preset)
    walks = evaluation_walks(settings)
    made = {kind: walks_hash(of_kind) for kind, of_kind in walks.items()}
    if made != published(suite)["tasks"][task]["walks"]:
        raise ValueError(f"this version does not make the walks that {suite.name} published for {task}")
    predictions = read_predictions(folder / PREDICTIONS)
    shapes = {kind: of_kind.nodes.shape for kind, of_kind in walks.items()}
    if {kind: steps.shape for kind, steps in predictions.items()} != shapes:
        raise ValueError(f"its predictions are not of the shapes {shapes}")
    if predictions_hash(predictions) != result.provenance.get("predictions_hash"):
        raise ValueError("its predictions are not those of its hash")
    again = scored(predictions, walks, settings)
    for name in Scored._fields:
        if _as_json(getattr(again, name)) != _as_json(getattr(result, name)):
            raise ValueError(f"its {name} do not follow from its predictions")
    return walks


def task_of(result: Result) -> tuple[Suite, str]:
    """The suite and task that a result is of; a ValueError if it is of none."""
    for suite in SUITES.values():
        for name, task in suite.tasks.items():
            if task.experiment.name == result.experiment:
                return suite, name
    raise ValueError(f"{result.experiment} is no task of a suite")


def _check(one: Checked, n_fresh: int, seen: dict[tuple[str, ...], Path]) -> None:
    one.result = result = Result.read(one.path)
    suite, task = task_of(result)
    _check_manifest(one.path, suite)
    departs = departure(result, suite, task, published(suite))
    if departs is not None:
        raise ValueError(departs)
    for kind in ("weights_hash", "predictions_hash"):
        if kind in result.provenance:
            key = (task, result.variant, kind, result.provenance[kind])
            if key in seen:
                raise ValueError(f"its {kind} is that of {seen[key]}: it is the same run under another seed")
            seen[key] = one.path
    folder = one.path.parent
    if one.path.name != RESULT or not (folder / PREDICTIONS).exists():
        return
    walks = rescore(result, folder, suite, task)
    one.tier = Tier.RESCORED
    if (folder / WEIGHTS).exists():
        _check_weights(result, folder)
        one.found = _reproduce(result, folder, walks, suite, task, n_fresh)
        one.tier = Tier.REPRODUCED


def _check_manifest(path: Path, suite: Suite) -> None:
    """A submission says of which specification it is, and what its files hold."""
    root = _submission_of(path)
    if root is None:
        return
    manifest = json.loads((root / MANIFEST).read_text())
    if manifest["specification_hash"] != published(suite)["specification_hash"]:
        raise ValueError(f"it was made for another specification of {suite.name}: run it again with this version")
    for file in (path, path.with_name(PREDICTIONS), path.with_name(WEIGHTS)):
        if file.exists() and manifest["files"].get(str(file.relative_to(root))) != file_hash(file):
            raise ValueError(f"{file.name} is not the file that was submitted")


def _check_weights(result: Result, folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    if weights_hash(weights) != result.provenance["weights_hash"]:
        raise ValueError("its weights are not those of its hash")


def _reproduce(
    result: Result, folder: Path, walks: Mapping[str, Walks], suite: Suite, task: str, n_fresh: int
) -> dict[str, Any]:
    """Step the agent on the published worlds and on fresh ones, whose seeds nobody can have known."""
    root = _submission_of(folder / RESULT)
    code = root / CODE if root is not None else None
    recorded = read_predictions(folder / PREDICTIONS)
    for kind, of_kind in walks.items():
        stepped = step_in_process(result.settings, folder / WEIGHTS, of_kind, code)
        share = float((stepped != recorded[kind]).mean())
        if share > MAY_DIFFER:
            raise ValueError(f"stepped anew, the agent predicts otherwise in {share:.1%} of the steps of {kind} worlds")
    metric = Metric.parse(suite.tasks[task].metric)
    fresh = _fresh_walks(result.settings, metric.worlds, n_fresh)
    answers = answers_of(step_in_process(result.settings, folder / WEIGHTS, fresh, code), fresh)
    on_fresh = replace(result, scores={metric.worlds: score(answers, fresh, (metric.mask,), result.bins)})
    there = over_worlds(on_fresh.counts(metric), result.n_observations)
    here = over_worlds(result.counts(metric), result.n_observations)
    allowed = MAY_FALL_SHORT * float(np.hypot(here.high - here.value, there.high - there.value))
    if not here.value - there.value <= max(allowed, 0.02):
        raise ValueError(f"on fresh worlds it is right in {there.value:.3f}, on the published ones in {here.value:.3f}")
    return {"fresh_accuracy": round(there.value, 4), "n_fresh_worlds": n_fresh}


def _fresh_walks(settings: Mapping[str, Any], kind: str, n_worlds: int) -> Walks:
    changed = settings["evaluations"].get(kind, {})
    family = make_family(settings["environment"], **{**settings["arguments"], **changed})
    return sample_walks(family, [secrets.randbits(62) for _ in range(n_worlds)], settings["evaluation_length"])


def _results_in(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [*path.rglob(RESULT)]


def _submission_of(path: Path) -> Path | None:
    return next((folder for folder in path.absolute().parents if (folder / MANIFEST).exists()), None)


def _as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=lambda array: array.tolist())
