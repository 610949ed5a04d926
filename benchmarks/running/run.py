"""One run: settings to a directory, weights and a result."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from rich.console import Console
from safetensors.torch import load_file, save_file

from agents import find_agent, find_config, make_agent
from agents.base import Agent
from agents.data_parallel import n_processes, rank, wait
from agents.imported import is_imported
from benchmarks.evaluation.answers import check_stepping, predicted_observations, stepped_observations
from benchmarks.evaluation.contract import check_agent
from benchmarks.evaluation.measurements import MEASUREMENTS
from benchmarks.evaluation.measurements.subject import Subject
from benchmarks.evaluation.scored import scored
from benchmarks.experiments.experiment import WARM_UP, Experiment
from benchmarks.experiments.metric import HELD_OUT, scored_masks
from benchmarks.experiments.world_seeds import check_run_seed
from benchmarks.records.own_agent import source_hash
from benchmarks.records.predictions import PREDICTIONS, predictions_hash, write_predictions
from benchmarks.records.provenance import commit, settings_hash, versions, walks_hash, weights_hash
from benchmarks.records.result import Result, folder_of
from benchmarks.records.settings import evaluation_walks, plain, world_settings
from benchmarks.running.curves import learning_curve
from benchmarks.running.progress import Watcher
from benchmarks.running.reuse import WEIGHTS, trained_before, training_arguments, training_of
from benchmarks.running.training import Trainer
from hippo_envs import WorldFamily, make_family

RESULT = "result.json"


def settings_of(experiment: Experiment, variant: str, preset: str, seed: int) -> dict[str, Any]:
    """Everything that decides a run's numbers, as plain data; a ValueError names an unknown variant, preset or seed."""
    chosen, spent = experiment.variant(variant), experiment.preset(preset)
    check_run_seed(seed)
    after = settings_of(experiment, chosen.after, preset, seed) if chosen.after else None
    own = is_imported(chosen.agent)
    sizes = {} if own else {**chosen.sizes, **spent.sizes}
    return {
        "experiment": experiment.name,
        "variant": variant,
        "preset": preset,
        "seed": seed,
        **world_settings(experiment, variant, preset),
        "agent": chosen.agent,
        "sizes": plain(asdict(find_config(chosen.agent, **sizes))),
        "learning_rate": chosen.learning_rate,
        "warm_up": WARM_UP,
        "max_gradient_norm": find_agent(chosen.agent).max_gradient_norm,
        "measurements": list(chosen.measurements),
        **({"agent_source": source_hash(chosen.agent)} if own else {}),
        **(
            {"after": {"variant": chosen.after, "training": settings_hash({"training": training_of(after)})}}
            if after
            else {}
        ),
    }


def run_directory(settings: Mapping[str, Any], runs: Path) -> Path:
    """Where a run of these settings lives, whatever the machine and the commit."""
    name = f"{settings['seed']}-{settings_hash(settings)}"
    return runs / settings["experiment"] / settings["preset"] / folder_of(settings["variant"]) / name


def finished_before(settings: Mapping[str, Any], runs: Path) -> Result | None:
    """The result of a run of these settings, if it has finished; a ValueError if another's is in its place."""
    path = run_directory(settings, runs) / RESULT
    if not path.exists():
        return None
    result = Result.read(path)
    if result.settings != settings:
        raise ValueError(f"{path} is the result of another run: move it away and run again.")
    return result


def run(
    experiment: Experiment, variant: str, preset: str, seed: int, device: torch.device, runs: Path, console: Console
) -> Result:
    """Train and score one agent with one seed.

    A run that has finished is read back, not repeated; one that was interrupted goes on from its last checkpoint; one
    that differs from a finished run only in how it is scored and measured takes its weights; one that begins with the
    weights of another variant has that one run first.

    Raises:
        RunInterruptedError: if asked to stop, after having saved itself.
        ValueError: if a checkpoint or result is in the way that is not this run's own, if another process is at work on
            the same run, or if an agent of one's own does not keep the contract.
    """
    settings = settings_of(experiment, variant, preset, seed)
    directory = run_directory(settings, runs)
    title = f"{experiment.name} {preset} {variant} seed {seed}"
    wait()  # until the first process has written what all look for
    finished = finished_before(settings, runs)
    if finished is not None:
        console.print(f"{title}: finished before, in {directory}", highlight=False, soft_wrap=True)
        return finished
    if is_imported(settings["agent"]):
        check_agent(new_agent(settings, device), training_family(settings), device)
    agent = new_agent(settings, device)
    after = experiment.variant(variant).after
    if after is not None:
        run(experiment, after, preset, seed, device, runs, console)
        agent.load_state_dict(_weights_of(settings_of(experiment, after, preset, seed), runs))
    if rank():
        return _train_along(agent, settings, device, directory, runs)
    directory.mkdir(parents=True, exist_ok=True)
    with alone(directory):
        before = trained_before(settings, runs)
        if before:
            console.print(f"{title}: scored with the weights of {before.result.experiment}", highlight=False)
            agent.load_state_dict(before.weights)
            times, learning = before.times, before.result.learning
        else:
            times, learning = _train(agent, settings, device, directory, title, console)
        save_file(agent.state_dict(), directory / WEIGHTS)
        result = _score(agent, settings, device, times, learning, directory)
        result.write(directory / RESULT)
        (directory / "checkpoint.pt").unlink(missing_ok=True)
    wait()
    return result


def _train(
    agent: Agent[Any], settings: Mapping[str, Any], device: torch.device, directory: Path, title: str, console: Console
) -> tuple[dict[str, Any], Mapping[str, list[float | None]]]:
    """Train in place; the provenance of the weights, and the learning curve."""
    trainer = Trainer(agent, training_family(settings), settings, device, directory)
    with Watcher(title, settings["n_updates"], console) as watcher:
        trainer.train(watcher)
    seconds = {"train_wall_seconds": trainer.stopwatch.wall, "train_cpu_seconds": trainer.stopwatch.cpu}
    return {name: round(spent, 2) for name, spent in seconds.items()}, learning_curve(directory, scored_masks(settings))


def _train_along(
    agent: Agent[Any], settings: Mapping[str, Any], device: torch.device, directory: Path, runs: Path
) -> Result:
    """What the other processes do while the first one trains, scores and writes."""
    if trained_before(settings, runs) is None:
        with Watcher("", settings["n_updates"], Console(quiet=True)) as watcher:
            Trainer(agent, training_family(settings), settings, device, directory).train(watcher)
    wait()
    result = finished_before(settings, runs)
    assert result is not None, "the first process has written it"
    return result


def _lock_of(directory: Path) -> Path:
    """Beside the directory, which holds nothing but the run."""
    return directory.with_name(f".{directory.name}.lock")


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the directory against other processes; the system lets go of it when this one ends, however it does."""
    lock = FileLock(_lock_of(directory), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ValueError(
            f"Another process is at work on {directory}: wait for it, or give this one another folder with --runs."
        ) from None
    try:
        yield
    finally:
        lock.release()


def training_family(settings: Mapping[str, Any]) -> WorldFamily:
    """What the worlds of training are drawn from."""
    return make_family(settings["environment"], **training_arguments(settings))


def _weights_of(settings: Mapping[str, Any], runs: Path) -> dict[str, torch.Tensor]:
    """The weights of a finished run."""
    return load_file(run_directory(settings, runs) / WEIGHTS)


def new_agent(settings: Mapping[str, Any], device: torch.device) -> Agent[Any]:
    """The agent of these settings, as it is before any training."""
    family = training_family(settings)
    # PyTorch initialises layers from its global state: borrow it, seed it, give it back as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings["seed"])
        agent = make_agent(settings["agent"], family.n_observations, family.n_actions, **settings["sizes"])
    return agent.to(device)


def _score(
    agent: Agent[Any],
    settings: Mapping[str, Any],
    device: torch.device,
    times: Mapping[str, Any],
    learning: Mapping[str, list[float | None]],
    directory: Path,
) -> Result:
    started, seed, stepped = time.perf_counter(), settings["seed"], settings.get("stepped", False)
    walks = evaluation_walks(settings)
    check_stepping(agent, walks[HELD_OUT], device)
    predict = stepped_observations if stepped else predicted_observations
    predictions = {kind: predict(agent, of_kind, device, seed) for kind, of_kind in walks.items()}
    if stepped:
        write_predictions(predictions, directory / PREDICTIONS)
    subject = Subject(agent, new_agent(settings, device), walks[HELD_OUT], device, seed, training_family(settings))
    measurements: dict[str, Any] = {}
    for name in settings["measurements"]:
        measurements |= MEASUREMENTS[name](subject)
    return Result(
        experiment=settings["experiment"],
        preset=settings["preset"],
        variant=settings["variant"],
        seed=seed,
        settings=settings,
        **scored(predictions, walks, settings)._asdict(),
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
            "evaluation_hash": {kind: walks_hash(of_kind) for kind, of_kind in walks.items()},
            "weights_hash": weights_hash(agent.state_dict()),
            **({"predictions_hash": predictions_hash(predictions)} if stepped else {}),
        },
    )
