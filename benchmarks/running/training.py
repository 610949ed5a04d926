"""The training loop: new or lasting worlds, learning curves, and checkpoints so that a stopped run resumes."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch

from agents.base import Agent, Batch
from agents.data_parallel import n_processes, rank
from benchmarks.evaluation.answers import predicted_observations
from benchmarks.evaluation.inputs import actions_of
from benchmarks.experiments.metric import HEADLINES
from benchmarks.experiments.world_seeds import VALIDATION_SEEDS, training_seeds
from benchmarks.records.run import Run
from benchmarks.running.checkpoint import NOT_A_CHECKPOINT, Checkpoint, refusal
from benchmarks.running.curves import Curves
from benchmarks.running.distributed import any_asks, check_equal_weights, share_of, shared_initial_states
from benchmarks.running.lasting_worlds import Chunk, lasting_batches
from benchmarks.running.progress import Watcher
from benchmarks.running.schedule import Schedule, learning_rate
from benchmarks.running.signals import RunInterruptedError, stop_on_signal
from hippo_envs import WorldFamily, sample_walks
from hippo_envs.scoring import answers_of, mask_of, score

UPDATES_SAMPLED_AT_ONCE = 16
N_VALIDATION_WORLDS = 32
N_REPORTS = 20
SECONDS_BETWEEN_CHECKPOINTS = 60


class Stopwatch:
    """Wall and CPU seconds of training, over all its sessions; validation is not counted."""

    def __init__(self, wall: float = 0.0, cpu: float = 0.0) -> None:
        self._wall_start, self._cpu_start = time.perf_counter() - wall, time.process_time() - cpu

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count what is done meanwhile."""
        wall, cpu = self.wall, self.cpu
        yield
        self._wall_start += self.wall - wall
        self._cpu_start += self.cpu - cpu

    @property
    def wall(self) -> float:
        return time.perf_counter() - self._wall_start

    @property
    def cpu(self) -> float:
        return time.process_time() - self._cpu_start


class Trainer:
    """Trains one agent in one directory, from its last checkpoint if there is one.

    On the CPU an interrupted run ends with the same weights, bit for bit, as one that was left alone.

    Args:
        agent: trained in place.
        run: its settings, of which a checkpoint of others is refused; its worlds; and its folder, to which the first of
            the processes that train together writes the checkpoint and the curves.
        device: where the agent is.
    """

    def __init__(self, agent: Agent[Any], run: Run, device: torch.device) -> None:
        self.agent, self.run, self.settings, self.device = agent, run, run.settings, device
        self.schedule = Schedule.of(run.settings)
        self.optimiser = torch.optim.Adam(agent.parameters(), fused=device.type == "cpu")
        self.generator = torch.Generator().manual_seed(run.settings.seed)
        self.stopwatch = Stopwatch()
        self.update = 0
        self.state: Any = None  # of the agent along the rows' walks, where worlds last over many updates
        if self.schedule.lasting and n_processes() > 1:
            raise ValueError("Worlds that last over many updates are trained on in one process: leave out torchrun.")

    def train(self, watcher: Watcher) -> None:
        """Go on from the last checkpoint to the end of the schedule.

        Raises:
            ValueError: if there is a checkpoint that cannot be used, or a loss is no number.
            RunInterruptedError: if asked to stop by Ctrl-C or SIGTERM, after having saved a checkpoint.
        """
        # Agents with dropout draw from PyTorch's global generator: borrow it, and give it back as it was.
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self.settings.seed)
            self._resume()
            self.agent.train()
            with (
                stop_on_signal() as stop,
                self._curves() as curves,
                shared_initial_states(self.agent),
                without_denormals() if self.schedule.lasting else nullcontext(),
            ):
                watcher.start_from(self.update)
                saved = time.monotonic()
                for batch in self._batches():
                    losses = self._one_update(batch)
                    if self._is_reported():
                        check_equal_weights(self.agent)
                        if curves is not None:
                            self._report(losses, curves, watcher)
                    watcher.advance()
                    stops = any_asks(stop.requested)
                    if stops or time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                        self._save()
                        saved = time.monotonic()
                    if stops:
                        raise RunInterruptedError(stop.number)
            self._save()

    def _batches(self) -> Iterator[Batch | Chunk]:
        settings = self.settings
        which = self.run.family, self.schedule, settings.seed, self.device, self.update, settings.learns
        return lasting_batches(*which) if self.schedule.lasting else training_batches(*which, self.agent.told_places)

    def _one_update(self, batch: Batch | Chunk) -> dict[str, torch.Tensor]:
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.update, self.schedule)
        progress = self.update / self.schedule.n_updates
        self.update += 1
        if isinstance(batch, Batch):
            return self.agent.update(share_of(batch), self.optimiser, progress, self.generator)
        losses, self.state = self.agent.update_from(
            self.state, batch.begins, batch.steps, self.optimiser, progress, self.generator
        )
        return losses

    def _is_reported(self) -> bool:
        every = max(1, self.schedule.n_updates // N_REPORTS)
        return self.update % every == 0 or self.update in (1, self.schedule.n_updates)

    def _report(self, losses: Mapping[str, torch.Tensor], curves: Curves, watcher: Watcher) -> None:
        with self.stopwatch.paused():
            settings, masks = self.settings, self.settings.masks
            # Walks of lasting worlds would take longer than the updates between two reports.
            n_steps = settings.evaluation_length if settings.lasting else settings.walk_length
            scores = validation_accuracy(self.agent, self.run.family, n_steps, self.device, masks)
        numbers = {name: loss.item() for name, loss in losses.items()}
        for name, loss in numbers.items():
            if not math.isfinite(loss):
                raise ValueError(
                    f"Training has diverged: {name} is {loss} at update {self.update}, with a learning rate of "
                    f"{self.schedule.learning_rate:g}. Use a smaller one; its curves are in {self.run.folder}."
                )
        named_losses = {f"loss/{name}": loss for name, loss in numbers.items()}
        rate = learning_rate(self.update - 1, self.schedule)
        times = {"seconds": self.stopwatch.wall, "cpu_seconds": self.stopwatch.cpu}
        curves.record(self.update, {**scores, **named_losses, "learning_rate": rate, **times})
        watcher.report(self.update, scores)

    def _curves(self) -> AbstractContextManager[Curves | None]:
        return Curves(self.run.folder, self.update) if rank() == 0 else nullcontext()

    def _save(self) -> None:
        if rank():
            return
        Checkpoint(
            settings=self.settings.as_json(),
            update=self.update,
            weights=self.agent.state_dict(),
            optimiser=self.optimiser.state_dict(),
            generator=self.generator.get_state(),
            global_generator=torch.get_rng_state(),
            wall_seconds=self.stopwatch.wall,
            cpu_seconds=self.stopwatch.cpu,
            gpu_generator=torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
            # A part of a larger tensor would be saved with all of it.
            state=None if self.state is None else tuple(tensor.clone() for tensor in self.state),
        ).write(self.run.checkpoint)

    def _resume(self) -> None:
        if not self.run.checkpoint.exists():
            return
        checkpoint = Checkpoint.read(self.run.checkpoint, self.settings.as_json())
        try:
            self._restore(checkpoint)
        except NOT_A_CHECKPOINT as error:
            raise refusal(self.run.checkpoint, error) from error

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Take on what was saved; errors of many kinds say what does not fit this run."""
        self.update = _checked_update(checkpoint.update, self.schedule.n_updates)
        self.agent.load_state_dict(checkpoint.weights)
        self.optimiser.load_state_dict(dict(checkpoint.optimiser))
        _check_moments(self.optimiser)
        self.generator.set_state(checkpoint.generator)
        torch.set_rng_state(checkpoint.global_generator)
        if checkpoint.gpu_generator is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(checkpoint.gpu_generator, self.device)
        self.stopwatch = Stopwatch(checkpoint.wall_seconds, checkpoint.cpu_seconds)
        if self.schedule.lasting and self.update:
            self.state = self._restored_state(checkpoint.state or ())

    def _restored_state(self, saved: Sequence[torch.Tensor]) -> Any:
        """A memory may have any number of rows; how many tensors there are, and of how many walks, is fixed."""
        fresh, n_walks = self.agent.initial_state(1), self.schedule.batch
        wanted = [(n_walks, tensor.dim()) for tensor in fresh]
        if [(*tensor.shape[:1], tensor.dim()) for tensor in saved] != wanted:
            shapes = [tuple(tensor.shape) for tensor in saved]
            raise ValueError(f"its state of {n_walks} walks has the shapes {shapes}")
        return type(fresh)(*(tensor.to(self.device) for tensor in saved))


def _checked_update(update: object, n_updates: int) -> int:
    if not isinstance(update, int) or isinstance(update, bool) or not 0 <= update <= n_updates:
        raise ValueError(f"it is of update {update!r}, and there are {n_updates:,}")
    return update


def _check_moments(optimiser: torch.optim.Optimizer) -> None:
    """Of the weights' shapes, which PyTorch finds out at the next update only."""
    for weights, state in optimiser.state.items():
        for name, kept in state.items():
            if name != "step" and kept.shape != weights.shape:
                raise ValueError(f"its {name} has the shape {tuple(kept.shape)}, not {tuple(weights.shape)}")


@contextmanager
def without_denormals() -> Iterator[None]:
    """Numbers too small for full precision are 0, as they are on a GPU.

    A memory that lasts takes them along: while lambda is as small as in TEM's first 200 updates, they make an update
    last six times as long. Memories of one update are left as they were, down to the last bit.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def training_batches(
    family: WorldFamily,
    schedule: Schedule,
    run_seed: int,
    device: torch.device,
    first_update: int = 0,
    learns: str = "revisit",
    told_places: bool = False,
) -> Iterator[Batch]:
    """One batch for each update, known on a mask; sampled for several at once, at a quarter of the cost."""
    for first in range(first_update, schedule.n_updates, UPDATES_SAMPLED_AT_ONCE):
        updates = range(first, min(first + UPDATES_SAMPLED_AT_ONCE, schedule.n_updates))
        seeds = [seed for update in updates for seed in training_seeds(run_seed, update, schedule.batch)]
        walks = sample_walks(family, seeds, schedule.walk_length)
        observations, known, heard = (
            torch.from_numpy(array) for array in (walks.observations, mask_of(walks, learns), walks.heard)
        )
        arrays = (observations, actions_of(walks, told_places), known, heard)
        for parts in zip(*(array.to(device).split(schedule.batch) for array in arrays), strict=True):
            yield Batch(*parts)


def validation_accuracy(
    agent: Agent[Any],
    family: WorldFamily,
    walk_length: int,
    device: torch.device,
    masks: Sequence[str] = HEADLINES,
) -> dict[str, float]:
    """Accuracy on a few held-out worlds that are not those of the score."""
    walks = sample_walks(family, VALIDATION_SEEDS[:N_VALIDATION_WORLDS], walk_length)
    predictions = predicted_observations(agent, walks, device, seed=0)
    counts = score(answers_of(predictions, walks), walks, masks)
    return {mask: counts[mask].accuracy(family.n_observations) for mask in masks}
