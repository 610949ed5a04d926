"""Check a result: does it match the specification, do counts follow from predictions, and predictions from weights?"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError

from agents.imported import is_imported
from agents.weights import load_weights
from benchmarks.evaluation.scored import Scored, scored
from benchmarks.evaluation.statistics import Interval, over_worlds
from benchmarks.experiments.console import visible
from benchmarks.experiments.metric import Metric
from benchmarks.experiments.suite import Suite
from benchmarks.experiments.suites import SUITES
from benchmarks.records.files import PREDICTIONS, RESULT, WEIGHTS, read_json
from benchmarks.records.own_agent import hash_of, sources_in, sources_of
from benchmarks.records.predictions import predictions_hash, read_predictions
from benchmarks.records.provenance import file_hash, walks_hash
from benchmarks.records.result import Result
from benchmarks.records.settings import RunSettings
from benchmarks.suite.batch_independence import check_alone
from benchmarks.suite.same_run import SeenRuns
from benchmarks.suite.specification import counted, departure, published, task_settings
from benchmarks.suite.stepping import SECONDS_TO_STEP, step_all_in_process, way_here
from benchmarks.suite.tiers import Tier, tier_of
from hippo_envs import Walks, sample_walks
from hippo_envs.scoring import answers_of, score

MANIFEST, CODE = "submission.json", "code"
FORMAT = 1  # of a manifest
# Rounding on another processor may turn a prediction between two symbols that are as likely. As many turn to the right
# as to the wrong one: what counts may not come out better by more than this share of it either.
MAY_DIFFER = 1e-3
# An honest agent is less accurate on fresh worlds by more than 2.5 standard errors of the difference in one run of 160,
# and of 2 in one of 44. Of honest submissions of 17 tasks, which have 85 runs, 86 % would have a run refused at 2, and
# 41 % have at 2.5. Verified again such a run has another chance, which one that cheats by much has not.
# A two-sided interval of this confidence has half widths of 2.5 standard errors.
CONFIDENCE = 0.9876
LONGEST_REASON = 400  # letters


@dataclass
class Checked:
    """What became of one result; `refused` says why it is none, if it is not, `missing` what would have shown more.

    `noted` says that a note had its tier already, and that it was not stepped again.
    """

    path: Path
    result: Result | None = None
    tier: Tier = Tier.SELF_REPORTED
    refused: str | None = None
    missing: tuple[str, ...] = ()
    found: dict[str, Any] = field(default_factory=dict)
    noted: bool = False


def verify(
    paths: Sequence[Path], n_fresh: int | None = None, results: Path | None = None, sandboxed: bool = False
) -> list[Checked]:
    """What `verify_each` finds, when all is checked."""
    return list(verify_each(paths, n_fresh, results, sandboxed))


def verify_each(
    paths: Sequence[Path], n_fresh: int | None = None, results: Path | None = None, sandboxed: bool = False
) -> Iterator[Checked]:
    """Check every result in files and folders, as far as what lies beside it allows, one after the other.

    Args:
        paths: files and folders.
        n_fresh: how many fresh worlds the agents are stepped on; as many as are published for the task if None.
        results: a folder of results, whose weights and learning curves a run of another seed cannot have, and where a
            result takes no other's place; one that is noted there as reproduced is not stepped again.
        sandboxed: never step an agent where this system has no sandbox for it.

    Raises:
        ValueError: if there is no result at all, or no sandbox.
    """
    if sandboxed and not way_here().encloses:
        raise ValueError("There is no sandbox here: install bubblewrap (bwrap), or leave out --sandboxed.")
    if not paths:
        raise ValueError("Name what to verify: a submission, folders of runs, or result files.")
    files = sorted({file for path in paths for file in _results_in(path)})
    if not files:
        raise ValueError(f"There is no {RESULT} in {', '.join(map(str, paths))}.")
    seen = SeenRuns(results)
    for file in files:
        one = Checked(file)
        try:
            _check(one, n_fresh, seen, results)
        except (ValueError, OSError, SafetensorError, RuntimeError) as error:
            one.refused = _reason((str(error).splitlines() or [type(error).__name__])[0])
        except KeyError as error:
            one.refused = _reason(f"it has no {error}")
        except Exception as error:  # others wrote the files: what is wrong with one must not keep the others unchecked
            one.refused = _reason(f"it is malformed ({type(error).__name__}: {error})")
        yield one


def _reason(said: str) -> str:
    """One short line: what is quoted of a submission must not fill a terminal, and be read as a line of ours there."""
    line = visible(" ".join(said.split()))
    return line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON]}..."


def rescore(result: Result, folder: Path, suite: Suite, task: str) -> dict[str, Walks]:
    """Make the worlds again, and every count from the predictions; the walks, if all is as the result says.

    Measurements are refused: nothing here could make them again, and no task asks for any.

    Raises:
        ValueError: that names what differs.
    """
    settings = task_settings(suite.tasks[task].experiment, suite.preset)
    walks = settings.evaluation_walks()
    made = {kind: walks_hash(kind_walks) for kind, kind_walks in walks.items()}
    if made != published(suite)["tasks"][task]["walks"]:
        raise ValueError(f"this version does not make the walks that {suite.name} published for {task}")
    predictions = read_predictions(folder / PREDICTIONS, walks)
    if predictions_hash(predictions) != result.provenance.get("predictions_hash"):
        raise ValueError("its predictions do not match their hash")
    again = scored(predictions, walks, settings.masks)
    for name in Scored._fields:
        if _as_json(getattr(again, name)) != _as_json(getattr(result, name)):
            raise ValueError(f"its {name} do not follow from its predictions")
    if result.measurements:
        named = ", ".join(result.measurements)
        raise ValueError(f"it has measurements, {named}, and a task of {suite.name} asks for none: take them out")
    return walks


def task_of(result: Result) -> tuple[Suite, str]:
    """The suite and task that a result is of; a ValueError if it is of none."""
    for suite in SUITES.values():
        for name, task in suite.tasks.items():
            if task.experiment.name == result.experiment:
                return suite, name
    raise ValueError(f"{result.experiment} is not a task of a suite")


def least_fresh() -> int:
    """As many fresh worlds as make a note of any task's results worth the name: as many as are published for it."""
    return max(
        of_task["n_evaluation_worlds"] for suite in SUITES.values() for of_task in published(suite)["tasks"].values()
    )


def _check(one: Checked, n_fresh: int | None, seen: SeenRuns, results: Path | None) -> None:
    one.result = result = Result.read(one.path)
    suite, task = task_of(result)
    _check_manifest(one.path, suite)
    departs = departure(result, suite, task, published(suite))
    if departs is not None:
        raise ValueError(departs)
    if results is not None:
        _check_place(result, results)
    folder = one.path.parent
    seen.add(result, folder / WEIGHTS)
    best = Tier.REPRODUCED if way_here().encloses else Tier.NOT_SANDBOXED
    noted = None if results is None else tier_of(result, results, published(suite)["specification_hash"])
    if noted in (best, Tier.REPRODUCED):
        _check_agent(result, folder)
        one.tier, one.noted = noted, True
        return
    one.missing = tuple(
        name for name in (PREDICTIONS, WEIGHTS) if one.path.name != RESULT or not (folder / name).exists()
    )
    if PREDICTIONS in one.missing:
        return
    walks = rescore(result, folder, suite, task)
    one.tier = Tier.RESCORED
    if WEIGHTS not in one.missing:
        _check_agent(result, folder)
        fresh = result.run_settings.n_evaluation_worlds if n_fresh is None else n_fresh
        one.found = _reproduce(result, folder, walks, suite, task, fresh)
        one.tier = best


def _check_place(result: Result, results: Path) -> None:
    place = result.path_in(results)
    if place.exists() and Result.read(place).content_hash() != result.content_hash():
        raise ValueError(f"{place} is another result: move it away, or give another folder as --results")


def _check_agent(result: Result, folder: Path) -> None:
    """Weights and code that lie beside a result are those that it was made with."""
    if (folder / WEIGHTS).exists():
        load_weights(folder / WEIGHTS, result.provenance["weights_hash"], "its weights do not match their hash")
        sources_for(result.run_settings, folder)


def _check_manifest(path: Path, suite: Suite) -> None:
    """A submission says of which specification it is, and what its files hold."""
    root = _submission_of(path)
    if root is None:
        return
    manifest = read_json(root / MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or not isinstance(manifest["files"], dict):
        raise ValueError(f"its {MANIFEST} is of another format than {FORMAT}: submit again with this version")
    if manifest["specification_hash"] != published(suite)["specification_hash"]:
        raise ValueError(f"it was made for another specification of {suite.name}: run it again with this version")
    path = path.absolute()
    of_run = {file for file in (path, path.with_name(PREDICTIONS), path.with_name(WEIGHTS)) if file.exists()}
    code = {file for file in (root / CODE).rglob("*") if file.is_file()}
    code |= {root / name for name in manifest["files"] if name.startswith(f"{CODE}/")}
    for file in sorted(of_run | code):
        name = file.relative_to(root).as_posix()
        if not file.is_file() or manifest["files"].get(name) != file_hash(file):
            raise ValueError(f"{name} is not the file that was submitted")


def sources_for(settings: RunSettings, folder: Path) -> dict[str, Path]:
    """The files by module of the agent of a run in a folder; none for ours.

    They are those submitted with it; outside a submission, those that `import` would find. Nothing is imported.

    Raises:
        ValueError: if they are missing, or are not those that the run had.
    """
    name = settings.agent
    if not is_imported(name):
        return {}
    root = _submission_of(folder / RESULT)
    sources = sources_of(name) if root is None else sources_in(root / CODE, name)
    if hash_of(sources) != settings.agent_source:
        raise ValueError(f"the code of {name} is not that of its run")
    return sources


def _reproduce(
    result: Result, folder: Path, walks: Mapping[str, Walks], suite: Suite, task: str, n_fresh: int
) -> dict[str, Any]:
    """Step the agent on the published worlds and on fresh ones, whose seeds nobody can have known."""
    settings = result.run_settings
    sources, metric = sources_for(settings, folder), Metric.parse(suite.tasks[task].metric)
    # Of an agent of one's own, nobody but its own code could count them.
    n_parameters = None if is_imported(settings.agent) else result.provenance["n_parameters"]
    step = partial(
        step_all_in_process,
        settings,
        folder / WEIGHTS,
        sources=sources,
        n_parameters=n_parameters,
        until=monotonic() + SECONDS_TO_STEP,
    )
    recorded = read_predictions(folder / PREDICTIONS, walks)
    fresh = _fresh_walks(settings, metric.worlds, n_fresh)
    # Both in one process, which takes as long to start as many an agent to step.
    together = {kind: [of_kind, fresh] if kind == metric.worlds else [of_kind] for kind, of_kind in walks.items()}
    answers = {kind: step(of_kind) for kind, of_kind in together.items()}
    stepped = {kind: on_published for kind, (on_published, *_) in answers.items()}
    for kind, steps in stepped.items():
        share = float((steps != recorded[kind]).mean())
        if share > MAY_DIFFER:
            raise ValueError(f"stepped again, the agent predicts differently in {share:.1%} of steps of {kind} worlds")
    here = _accuracy(stepped[metric.worlds], walks[metric.worlds], metric, result)
    said = result.accuracy(suite.tasks[task].metric)
    if not said - here.value <= MAY_DIFFER:
        raise ValueError(f"stepped again, the agent scores {here.value:.4f}, not {said:.4f}")
    there = _accuracy(answers[metric.worlds][1], fresh, metric, result)
    if not here.value - there.value <= np.hypot(here.high - here.value, there.high - there.value):
        raise ValueError(f"on fresh worlds it scores {there.value:.3f}, on the published ones {here.value:.3f}")
    kind = metric.worlds
    check_alone(lambda alone: step([alone])[0], walks[kind], stepped[kind], counted(metric, settings, walks[kind]))
    return {"fresh_accuracy": round(there.value, 4), "n_fresh_worlds": n_fresh}


def _accuracy(predictions: NDArray[np.integer], walks: Walks, metric: Metric, result: Result) -> Interval:
    """Of predictions in place of those that the result counts, over worlds."""
    counts = score(answers_of(predictions, walks), walks, (metric.mask,), result.bins)
    stepped = replace(result, scores={metric.worlds: counts})
    return over_worlds(stepped.counts(metric), result.n_answers, CONFIDENCE)


def _fresh_walks(settings: RunSettings, kind: str, n_worlds: int) -> Walks:
    seeds = [secrets.randbits(62) for _ in range(n_worlds)]
    return sample_walks(settings.evaluation_family(kind), seeds, settings.evaluation_length)


def _results_in(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [*path.rglob(RESULT)]


def _submission_of(path: Path) -> Path | None:
    return next((folder for folder in path.absolute().parents if (folder / MANIFEST).exists()), None)


def _as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=lambda array: array.tolist())
