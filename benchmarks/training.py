"""The one training loop: new worlds at every update, progress that a person can watch, curves that are kept."""

import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.utils.tensorboard import SummaryWriter

from agents.base import Agent, Batch
from benchmarks.evaluate import predicted_observations
from benchmarks.progress import Watcher
from benchmarks.world_seeds import VALIDATION_SEEDS, training_seeds
from hippo_envs import WorldFamily, sample_walks
from hippo_envs.scoring import answers_of, score

WARM_UP = 50
UPDATES_SAMPLED_AT_ONCE = 16
N_VALIDATION_WORLDS = 32
N_REPORTS = 20
WATCHED_MASKS = ("loop_closure", "revisit")


class Schedule(NamedTuple):
    """How long to train, on what, and how fast to learn."""

    n_updates: int
    batch: int
    walk_length: int
    learning_rate: float


def train(
    agent: Agent[Any],
    family: WorldFamily,
    schedule: Schedule,
    run_seed: int,
    device: torch.device,
    directory: Path,
    watcher: Watcher,
) -> None:
    """Train an agent in place, writing curves to `directory` (metrics.jsonl and TensorBoard events)."""
    optimiser = torch.optim.Adam(agent.parameters(), fused=device.type == "cpu")
    generator = torch.Generator().manual_seed(run_seed)
    agent.train()
    report_every = max(1, schedule.n_updates // N_REPORTS)
    started = time.perf_counter()
    with SummaryWriter(directory) as board, (directory / "metrics.jsonl").open("w") as metrics_file:
        for update, batch in enumerate(training_batches(family, schedule, run_seed, device), start=1):
            rate = learning_rate(update - 1, schedule)
            for group in optimiser.param_groups:
                group["lr"] = rate
            losses = agent.update(batch, optimiser, (update - 1) / schedule.n_updates, generator)
            if update % report_every == 0 or update in (1, schedule.n_updates):
                speed = update / (time.perf_counter() - started)
                scores = validation_accuracy(agent, family, schedule.walk_length, device)
                named_losses = {f"loss/{name}": loss.item() for name, loss in losses.items()}
                metrics = {**scores, **named_losses, "learning_rate": rate, "updates_per_second": speed}
                _record(metrics, update, board, metrics_file)
                watcher.report(update, speed, scores)
            watcher.advance()


def training_batches(
    family: WorldFamily, schedule: Schedule, run_seed: int, device: torch.device, first_update: int = 0
) -> Iterator[Batch]:
    """One batch for each update; sampled for several updates at once, which costs a quarter as much."""
    for first in range(first_update, schedule.n_updates, UPDATES_SAMPLED_AT_ONCE):
        updates = range(first, min(first + UPDATES_SAMPLED_AT_ONCE, schedule.n_updates))
        seeds = [seed for update in updates for seed in training_seeds(run_seed, update, schedule.batch)]
        walks = sample_walks(family, seeds, schedule.walk_length)
        arrays = (walks.observations, walks.actions, walks.revisit)
        for parts in zip(*(torch.from_numpy(array).split(schedule.batch) for array in arrays), strict=True):
            yield Batch(*(part.to(device) for part in parts))


def learning_rate(update: int, schedule: Schedule) -> float:
    """A linear warm-up, then a cosine to 0."""
    cosine = 0.5 * (1 + math.cos(math.pi * update / schedule.n_updates))
    return schedule.learning_rate * min(1.0, (update + 1) / WARM_UP) * cosine


def validation_accuracy(
    agent: Agent[Any], family: WorldFamily, walk_length: int, device: torch.device
) -> dict[str, float]:
    """Accuracy on a few held-out worlds that are not those of the score."""
    walks = sample_walks(family, VALIDATION_SEEDS[:N_VALIDATION_WORLDS], walk_length)
    predictions = predicted_observations(agent, walks, device, seed=0)
    counts = score(answers_of(predictions, walks), walks, WATCHED_MASKS)
    return {mask: counts[mask].accuracy(family.n_observations) for mask in WATCHED_MASKS}


def _record(metrics: dict[str, float], update: int, board: SummaryWriter, metrics_file: Any) -> None:
    for name, value in metrics.items():
        board.add_scalar(name, value, update)
    finite = {name: value if math.isfinite(value) else None for name, value in metrics.items()}
    metrics_file.write(json.dumps({"update": update, **finite}) + "\n")
    metrics_file.flush()
