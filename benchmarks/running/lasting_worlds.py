"""Worlds that last over many updates: each row of a batch continues its walk, and later begins a new world.

As TEM is trained in torch_tem (github: jbakermans/torch_tem, `run.py` and `parameters.py`): rows end at different
times, for the first walks have any length, and later ones a length from a window that slides down.

A row's worlds, and how long it stays in each, follow from the seed of the run alone, so that a run that goes on finds
every row where it was.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool
from numpy.typing import NDArray
from torch import Tensor

from agents.base import Batch
from benchmarks.experiments.experiment import Lasting
from benchmarks.experiments.world_seeds import training_seeds
from benchmarks.running.schedule import Schedule
from hippo_envs import WorldFamily, sample_walks
from hippo_envs.scoring import mask_of


class Chunk(NamedTuple):
    """The next steps of every row's walk; `begins` marks the rows whose walk begins with them."""

    steps: Batch
    begins: Bool[Tensor, " B"]


class Stay(NamedTuple):
    """A row's walk in one world: from the update `first` to the one before `end`."""

    first: int
    end: int
    seed: int


def lasting_batches(
    family: WorldFamily,
    schedule: Schedule,
    run_seed: int,
    device: torch.device,
    first_update: int = 0,
    learns: str = "revisit",
) -> Iterator[Chunk]:
    """One chunk of every row's walk for each update, known on a mask of the whole walk."""
    lasting = checked(schedule)
    rows = [
        _row(family, lasting, stays(schedule, run_seed, row), range(first_update, schedule.n_updates), learns)
        for row in range(schedule.batch)
    ]
    for of_rows in zip(*rows, strict=True):
        *steps, begins = (torch.from_numpy(np.stack(arrays)).to(device) for arrays in zip(*of_rows, strict=True))
        yield Chunk(Batch(*steps), begins)


def stays(schedule: Schedule, run_seed: int, row: int) -> Iterator[Stay]:
    """The worlds of a row, one after the other, until the end of training.

    The seed of a world is that of its row in the update that it begins with, so no two rows, updates or runs share one;
    how long the row stays is in its last digits.
    """
    first = 0
    while first < schedule.n_updates:
        seed = training_seeds(run_seed, first, schedule.batch)[row]
        shortest, window = n_chunks_from(first, schedule)
        end = first + shortest + seed % window
        yield Stay(first, end, seed)
        first = end


def n_chunks_from(update: int, schedule: Schedule) -> tuple[int, int]:
    """Of the walks that begin with an update: the fewest chunks, and how many numbers of chunks from there on occur."""
    lasting = checked(schedule)
    steps = (schedule.walk_length, lasting.shortest, lasting.window)
    longest, shortest, window = (n_steps // lasting.chunk for n_steps in steps)
    if update == 0:  # any length, so that rows do not change worlds together
        return shortest, longest - shortest
    slides = longest - window - shortest
    return longest - window - round(slides * update / schedule.n_updates), window


def checked(schedule: Schedule) -> Lasting:
    """How long worlds last; a ValueError names lengths that chunks do not divide, or a window that cannot slide."""
    lasting = schedule.lasting
    assert lasting is not None, "the trainer asks only where worlds last"
    lengths = (schedule.walk_length, lasting.shortest, lasting.window)
    if any(length < lasting.chunk or length % lasting.chunk for length in lengths):
        raise ValueError(f"Lengths of walks must be multiples of the chunk, {lasting.chunk} steps: got {lengths}.")
    if lasting.shortest + lasting.window > schedule.walk_length:
        raise ValueError(f"The window of {lasting} does not fit below the longest walk, {schedule.walk_length} steps.")
    return lasting


def _row(
    family: WorldFamily, lasting: Lasting, worlds: Iterator[Stay], updates: range, learns: str
) -> Iterator[tuple[NDArray[np.generic], ...]]:
    """The arrays of a `Batch`, a chunk for each update, and whether a walk begins."""
    for stay in worlds:
        here = range(max(stay.first, updates.start), min(stay.end, updates.stop))
        if not here:
            continue
        walks = sample_walks(family, [stay.seed], (stay.end - stay.first) * lasting.chunk)
        arrays = (walks.observations[0], walks.actions[0], mask_of(walks, learns)[0], walks.heard[0])
        for update in here:
            first = (update - stay.first) * lasting.chunk
            yield *(array[first : first + lasting.chunk] for array in arrays), np.asarray(update == stay.first)
