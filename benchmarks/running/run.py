"""One run: from settings to a folder with weights and a result."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from safetensors import SafetensorError
from safetensors.torch import save

from agents.base import Agent
from agents.data_parallel import n_processes, rank, wait
from agents.imported import is_imported
from agents.weights import load_weights, weights_hash
from benchmarks.evaluation.answers import check_stepping, predicted_observations, stepped_observations
from benchmarks.evaluation.contract import check_agent
from benchmarks.evaluation.measurements import MEASUREMENTS
from benchmarks.evaluation.scored import scored
from benchmarks.experiments.console import say
from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.metric import HELD_OUT
from benchmarks.records.files import write_whole
from benchmarks.records.predictions import predictions_hash, write_predictions
from benchmarks.records.provenance import commit, versions, walks_hash
from benchmarks.records.result import Result
from benchmarks.records.run import Run, without_weights
from benchmarks.records.settings import settings_of
from benchmarks.running.curves import learning_curve
from benchmarks.running.measure import subject_of
from benchmarks.running.progress import Watcher
from benchmarks.running.reuse import trained_before
from benchmarks.running.training import Trainer


def run(
    experiment: Experiment, variant: str, preset: str, seed: int, device: torch.device, runs: Path, console: Console
) -> Result:
    """Train and score one agent with one seed.

    A run that has finished is read back, not repeated; one that was interrupted resumes from its last checkpoint;
    one that differs from a finished run only in scoring and measurements reuses its weights; one that begins with the
    weights of another variant has that one run first.

    Raises:
        RunInterruptedError: if asked to stop, after having saved itself.
        ValueError: if a checkpoint or result is in the way that is not this run's own, if another process is at work on
            the same run, or if an agent of one's own does not keep the contract.
    """
    wanted = Run.within(runs, settings_of(experiment, variant, preset, seed))
    title = f"{experiment.name} {preset} {variant} seed {seed}"
    wait()  # until the first process has written what all look for
    finished = wanted.finished()
    if finished is not None:
        say(f"{title}: finished before, in {wanted.folder}", console)
        if rank() == 0:
            wanted.tidy_up()
        if not wanted.weights.exists():
            say(f"Its weights are gone: {without_weights(wanted.folder, finished.settings)}", console)
        return finished
    if is_imported(wanted.settings.agent):
        check_agent(wanted.agent(device), wanted.family, device)
    agent = wanted.agent(device)
    after = experiment.begins_with(variant)
    if after is not None:
        first = run(experiment, after, preset, seed, device, runs, console)
        agent.load_state_dict(_weights_of(first, runs))
    if rank():
        return _train_along(agent, wanted, device, runs)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    with wanted.alone():
        before = trained_before(wanted.settings, runs)
        if before:
            say(f"{title}: reuses the weights of {before.result.experiment}", console)
            agent.load_state_dict(before.weights)
            times, learning = before.times, before.result.learning
        else:
            times, learning = _train(agent, wanted, device, title, console)
        write_whole(wanted.weights, save(agent.state_dict()))
        result = _score(agent, wanted, device, times, learning)
        result.write(wanted.result)
        wanted.tidy_up()
    wait()
    return result


def _weights_of(result: Result, runs: Path) -> dict[str, torch.Tensor]:
    """The weights of a finished run."""
    first = Run.within(runs, result.run_settings)
    try:
        return load_weights(first.weights, result.provenance["weights_hash"], "they are not those of its result")
    except (OSError, SafetensorError, ValueError) as error:
        otherwise = without_weights(first.folder, result.settings)
        raise ValueError(f"The weights in {first.weights} cannot be used ({error}): {otherwise}") from error


def _train(
    agent: Agent[Any], run: Run, device: torch.device, title: str, console: Console
) -> tuple[dict[str, Any], Mapping[str, list[float | None]]]:
    """Train in place; the provenance of the weights, and the learning curve."""
    trainer = Trainer(agent, run, device)
    with Watcher(title, run.settings.n_updates, console) as watcher:
        trainer.train(watcher)
    seconds = {"train_wall_seconds": trainer.stopwatch.wall, "train_cpu_seconds": trainer.stopwatch.cpu}
    times = {name: round(spent, 2) for name, spent in seconds.items()}
    return times, learning_curve(run.folder, run.settings.masks)


def _train_along(agent: Agent[Any], run: Run, device: torch.device, runs: Path) -> Result:
    """What the other processes do while the first one trains, scores and writes."""
    if trained_before(run.settings, runs) is None:
        with Watcher("", run.settings.n_updates, Console(quiet=True)) as watcher:
            Trainer(agent, run, device).train(watcher)
    wait()
    result = run.finished()
    assert result is not None, "the first process has written it"
    return result


def _score(
    agent: Agent[Any],
    run: Run,
    device: torch.device,
    times: Mapping[str, Any],
    learning: Mapping[str, list[float | None]],
) -> Result:
    started, settings, walks = time.perf_counter(), run.settings, run.evaluation_walks
    check_stepping(agent, walks[HELD_OUT], device)
    predict = stepped_observations if settings.stepped else predicted_observations
    predictions = {kind: predict(agent, kind_walks, device, settings.seed) for kind, kind_walks in walks.items()}
    if settings.stepped:
        write_predictions(predictions, run.predictions)
    subject = subject_of(run, agent, device)
    measurements: dict[str, Any] = {}
    for name in settings.measurements:
        measurements |= MEASUREMENTS[name](subject)
    return Result(
        experiment=settings.experiment,
        preset=settings.preset,
        variant=settings.variant,
        seed=settings.seed,
        settings=settings.as_json(),
        **scored(predictions, walks, settings.masks)._asdict(),
        measurements=measurements,
        learning=learning,
        provenance={
            "versions": versions(),
            "commit": commit(),
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
            "n_threads": torch.get_num_threads(),
            **({"n_processes": n_processes()} if n_processes() > 1 else {}),
            "n_parameters": sum(parameter.numel() for parameter in agent.parameters()),
            **times,
            "score_wall_seconds": round(time.perf_counter() - started, 2),
            "evaluation_hash": {kind: walks_hash(kind_walks) for kind, kind_walks in walks.items()},
            "weights_hash": weights_hash(agent.state_dict()),
            **({"predictions_hash": predictions_hash(predictions)} if settings.stepped else {}),
        },
    )
