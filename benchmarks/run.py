"""One run: settings to a directory, weights and a result."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from safetensors.torch import save_file

from agents import find_config, make_agent
from agents.base import Agent
from benchmarks.evaluate import activity_maps, curve_bins, curves, predicted_observations
from benchmarks.experiment import Experiment
from benchmarks.progress import Watcher
from benchmarks.result import Result, commit, rounded, settings_hash, versions, walks_hash, weights_hash
from benchmarks.training import Schedule, train
from benchmarks.world_seeds import EVALUATION_SEEDS
from hippo_envs import ENVIRONMENTS, WorldFamily, make_family, sample_walks
from hippo_envs.scoring import answers_of, score, step_bins


def settings_of(experiment: Experiment, variant: str, preset: str, seed: int) -> dict[str, Any]:
    """Everything that decides a run's numbers, as plain data; a ValueError names an unknown variant or preset."""
    chosen, spent = experiment.variant(variant), experiment.preset(preset)
    if seed < 0:
        raise ValueError(f"A seed is 0 or more, got {seed}.")
    return {
        "experiment": experiment.name,
        "variant": variant,
        "preset": preset,
        "seed": seed,
        "environment": experiment.environment,
        "arguments": {
            name: list(value) if isinstance(value, tuple) else value for name, value in experiment.arguments.items()
        },
        "n_observations": make_family(experiment.environment, **experiment.arguments).n_observations,
        "agent": chosen.agent,
        "sizes": asdict(find_config(chosen.agent, **chosen.sizes)),
        "learning_rate": chosen.learning_rate,
        **{name: value for name, value in asdict(spent).items() if name != "seeds"},
    }


def run_directory(settings: Mapping[str, Any], runs: Path) -> Path:
    """Where a run of these settings lives, whatever the machine and the commit."""
    name = f"{settings['seed']}-{settings_hash(settings)}"
    return runs / settings["experiment"] / settings["preset"] / settings["variant"] / name


def run(
    experiment: Experiment, variant: str, preset: str, seed: int, device: torch.device, runs: Path, console: Console
) -> Result:
    """Train and score one agent with one seed; a run that has finished is read back, not repeated."""
    settings = settings_of(experiment, variant, preset, seed)
    directory = run_directory(settings, runs)
    finished = directory / "result.json"
    title = f"{experiment.name} {preset} {variant} seed {seed}"
    if finished.exists():
        console.print(f"{title}: finished before, in {directory}", highlight=False)
        return Result.read(finished)
    directory.mkdir(parents=True, exist_ok=True)
    family = make_family(experiment.environment, **experiment.arguments)
    agent = _new_agent(settings, family, device)
    wall, cpu = time.perf_counter(), time.process_time()
    schedule = Schedule(*(settings[name] for name in Schedule._fields))
    with Watcher(title, schedule.n_updates, console) as watcher:
        train(agent, family, schedule, seed, device, directory, watcher)
    times = {"train_wall_seconds": time.perf_counter() - wall, "train_cpu_seconds": time.process_time() - cpu}
    save_file(agent.state_dict(), directory / "weights.safetensors")
    result = _score(agent, family, settings, experiment.variant(variant).rate_maps_of, device, times)
    result.write(finished)
    return result


def _new_agent(settings: Mapping[str, Any], family: WorldFamily, device: torch.device) -> Agent[Any]:
    # PyTorch initialises layers from its global state: borrow it, seed it, give it back as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings["seed"])
        agent = make_agent(settings["agent"], family.n_observations, family.n_actions, **settings["sizes"])
    return agent.to(device)


def _score(
    agent: Agent[Any],
    family: WorldFamily,
    settings: Mapping[str, Any],
    rate_maps_of: str | None,
    device: torch.device,
    times: Mapping[str, float],
) -> Result:
    started = time.perf_counter()
    seeds = EVALUATION_SEEDS[: settings["n_evaluation_worlds"]]
    walks = sample_walks(family, seeds, settings["evaluation_length"])
    predictions = predicted_observations(agent, walks, device, settings["seed"])
    measurements: dict[str, Any] = {}
    if rate_maps_of is not None:
        world = int(walks.worlds.graph_index.argmax())
        maps = activity_maps(agent, rate_maps_of, walks, world, device, settings["seed"])
        measurements["rate_maps"] = {"activity": rate_maps_of, "world_seed": seeds[world], "maps": rounded(maps)}
    return Result(
        experiment=settings["experiment"],
        preset=settings["preset"],
        variant=settings["variant"],
        seed=settings["seed"],
        settings=settings,
        bins=step_bins(walks.walk_length),
        scores=score(answers_of(predictions, walks), walks),
        curve_bins=curve_bins(walks.walk_length),
        curves=curves(predictions, walks),
        measurements=measurements,
        provenance={
            "versions": versions(),
            "commit": commit(),
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
            "n_threads": torch.get_num_threads(),
            "n_parameters": sum(parameter.numel() for parameter in agent.parameters()),
            **{name: round(seconds, 2) for name, seconds in times.items()},
            "score_wall_seconds": round(time.perf_counter() - started, 2),
            "environment_hash": settings_hash(
                {
                    "id": settings["environment"],
                    **settings["arguments"],
                    "entry": list(ENVIRONMENTS[settings["environment"]]),
                }
            ),
            "evaluation_hash": walks_hash(walks),
            "weights_hash": weights_hash(agent.state_dict()),
        },
    )
