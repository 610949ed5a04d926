"""How walks are sampled: the worlds and walks that seeds or uniform numbers stand for."""

from collections.abc import Sequence, Sized

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arguments import whole_number
from hippo_envs.arrays import Floats, Ints
from hippo_envs.conditioned_steps import ConditionedSteps
from hippo_envs.walking.first_visits import few_at_once
from hippo_envs.walking.generators import generators
from hippo_envs.walking.walk_policies import WalkPolicy
from hippo_envs.walks import ALL, Walks, take_along
from hippo_envs.worlds import WorldFamily, Worlds

STRETCH = 2**15  # draws prepared at once

Entries = NDArray[np.int32]


def sample_walks(
    family: WorldFamily, seeds: Sequence[int], walk_length: int, policy: WalkPolicy | None = None
) -> Walks:
    """Walk `walk_length` steps in one world for each seed.

    World i is the world of `env.reset(seed=seeds[i])`; its walk depends on that seed alone, so neither the rest of the
    batch nor a longer `walk_length` changes it. The start is step 0.

    Args:
        family: what the worlds are drawn from, e.g. `rectangle_family(width=10)` or `env.unwrapped.family`.
        seeds: one non-negative integer for each world.
        walk_length: steps T, at least 1.
        policy: how to walk; the family's own policy if None.

    Raises:
        ValueError: if there is no seed, or `walk_length` is below 1.
        TypeError: if `family` is none, `seeds` are not several, or one is no whole number.

    Where a task has an end (`Graph.end_nodes`), a walk that is longer stays there.
    """
    if not isinstance(family, WorldFamily):
        raise TypeError(
            f"family is what worlds are drawn from, such as make_family('hippo/Rectangle-v0'), got {family!r}."
        )
    if not isinstance(seeds, Sized) or isinstance(seeds, str | bytes) or np.ndim(seeds) == 0:  # pyright: ignore[reportArgumentType]
        raise TypeError(f"seeds needs one seed for each world, such as range(200) or [0], got {seeds!r}.")
    if len(seeds) == 0:
        raise ValueError("sample_walks needs at least one seed, got none.")
    walk_length = whole_number("walk_length", walk_length, at_least=1)
    return _as_walks(*_walk_from_seeds(family, seeds, walk_length, policy))


def n_walk_draws(family: WorldFamily, walk_length: int, policy: WalkPolicy | None = None) -> int:
    """How many uniform numbers make a world and a walk of `walk_length` steps in it."""
    policy = policy or family.policy
    return family.n_draws + (walk_length + 1) * policy.draws_per_step


def walks_from(family: WorldFamily, draws: Floats, walk_length: int, policy: WalkPolicy | None = None) -> Walks:
    """The walks that numbers (B, n_walk_draws) in [0, 1) stand for: first those of the world, then step after step."""
    return _as_walks(*_walk(family, draws, walk_length, policy or family.policy))


def _walk_from_seeds(
    family: WorldFamily, seeds: Sequence[int], walk_length: int, policy: WalkPolicy | None
) -> tuple[Worlds, Entries, Entries]:
    """As `_walk`, with the draws of each seed; their memory, most of what a walk takes, is free again afterwards."""
    draws = np.empty((len(seeds), n_walk_draws(family, walk_length, policy)))
    for world_draws, generator in zip(draws, generators(seeds), strict=True):
        generator.random(out=world_draws)
    return _walk(family, draws, walk_length, policy or family.policy)


def _walk(family: WorldFamily, draws: Floats, walk_length: int, policy: WalkPolicy) -> tuple[Worlds, Entries, Entries]:
    """The worlds, and the entries of the step table (T, B) that are meant and those that happen.

    The first draws of a walk begin it; all others are prepared in stretches so short that they stay in the cache.
    """
    table, n_walks = family.step_table, len(draws)
    worlds = family.worlds(draws[:, : family.n_draws])
    walk_draws = draws[:, family.n_draws :].reshape(n_walks, walk_length + 1, policy.draws_per_step).transpose(2, 1, 0)
    # A few columns too many: rows a power of two apart would share few lines of the cache, and transpose slowly.
    entries = np.empty((walk_length, n_walks + 16), dtype=np.int32)[:, :n_walks]
    slips = _Slips(worlds) if family.conditions.slip else None
    happened = entries.copy() if slips else entries
    prepare = policy.start(family.union, table, walk_draws[:, 0])
    rows = worlds.start_place * table.width
    at_once = max(STRETCH // n_walks, 1)
    for first in range(0, walk_length, at_once):
        choose = prepare(walk_draws[:, 1 + first : 1 + first + at_once].copy(order="C"))
        for t, taken in enumerate(entries[first : first + at_once]):
            taken[:] = chosen = choose(t, rows)
            if slips:
                happened[first + t] = chosen = slips.entries(chosen, rows, first + t + 1)
            rows = table.arrival_row.take(chosen)
    return worlds, entries, happened


class _Slips:
    """Which entries of the step table happen instead of those that walks mean to take."""

    def __init__(self, worlds: Worlds) -> None:
        self._table, self._steps = worlds.family.step_table, ConditionedSteps(worlds.family, len(worlds))
        self._steps.begin(ALL, worlds)

    def entries(self, meant: Ints, rows: Ints, step: int) -> Ints:
        """(B,), arriving at a step from the rows of the table (B,)."""
        table, arrivals = self._table, np.full(len(rows), step)
        moves = self._steps.slipped(table.action.take(meant), rows // table.width, arrivals)
        return rows + table.first_action + moves


def _as_walks(worlds: Worlds, entries: Entries, happened: Entries) -> Walks:
    table = worlds.family.step_table
    nodes, observations, actions = (np.empty(entries.T.shape, dtype=np.int64) for _ in range(3))
    for some in few_at_once(len(worlds)):
        taken = entries[:, some].T.astype(np.int64, order="C")
        nodes[some] = table.node.take(taken)
        observations[some] = _observations(worlds, nodes, some)
        actions[some] = table.action.take(taken)
    moves = actions if happened is entries else table.action.take(happened.T.astype(np.int64))
    if worlds.meaning is not None:
        actions = take_along(worlds.meaning.argsort(axis=1), actions)
    return Walks(worlds, nodes, observations, actions, moves)


def _observations(worlds: Worlds, nodes: Ints, some: slice) -> Ints:
    """What the nodes (B, T) of some walks show."""
    nodes, change = nodes[some], worlds.family.remap_after
    observations = take_along(worlds.observation_at[some], nodes)
    if change is not None:
        observations[:, change:] = take_along(worlds.observation_later[some], nodes[:, change:])
    return observations
