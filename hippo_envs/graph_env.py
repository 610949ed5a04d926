"""Graph worlds as Gymnasium environments: one at a time, and many in NumPy arrays, over the same worlds."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from hippo_envs.worlds import World, WorldFamily, Worlds

Info = dict[str, Any]


class GraphEnv(gym.Env[Any, Any]):
    """Walk on a world of `build_family(**arguments)`; action = move, reward 0. Subclasses document one task each."""

    metadata: dict[str, Any] = {"render_modes": [], "render_fps": 4}  # noqa: RUF012 (as Gymnasium has it)
    build_family: ClassVar[Callable[..., WorldFamily]]

    def __init__(self, *, render_mode: str | None = None, **arguments: Any) -> None:
        self.family = self.build_family(**arguments)
        self.render_mode = render_mode
        self.observation_space = gym.spaces.Discrete(self.family.n_observations)
        self.action_space = gym.spaces.Discrete(self.family.n_actions)
        self._n_actions = self.family.n_actions
        # Plain lists: indexing them with Python ints is several times faster than indexing arrays.
        union = self.family.union
        self._arrival: list[list[int]] = union.arrival.tolist()
        self._available = union.available
        self._first_place: list[int] = union.first_place.tolist()
        self._offset, self._place = 0, -1
        self._observation_at: list[int] = []
        self.world: World | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, Info]:
        """Draw a new world and start in it. `options` is accepted and has none to offer."""
        super().reset(seed=seed)
        self.world = self.family.draw(self.np_random)
        self._offset = self._first_place[self.world.graph_index]
        self._place = self._offset + self.world.start_node
        self._observation_at = self.world.observation_at.tolist()
        return self._observation_at[self.world.start_node], self._info(self.world.start_node)

    def step(self, action: int) -> tuple[int, float, bool, bool, Info]:
        """Move along an edge; stay put where there is none.

        Raises:
            ValueError: if the action is not one of the action space.
            gymnasium.error.ResetNeeded: before the first reset.
        """
        if not 0 <= action < self._n_actions:
            raise ValueError(f"Action {action!r} does not exist: use one of 0..{self._n_actions - 1}.")
        if self._place < 0:
            raise gym.error.ResetNeeded("There is no world yet: call reset() before step().")
        self._place = self._arrival[self._place][action]
        node = self._place - self._offset
        return self._observation_at[node], 0.0, False, False, self._info(node)

    def action_masks(self) -> NDArray[np.bool_]:
        """Which actions lead along an edge from here, (n_actions,); the form that MaskablePPO asks for."""
        if self._place < 0:
            raise gym.error.ResetNeeded("There is no world yet: call reset() before action_masks().")
        return self._available[self._place].astype(bool)

    def _info(self, node: int) -> Info:
        return {"node": node, "action_mask": self._available[self._place].copy()}


class GraphVectorEnv(VectorEnv[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]):
    """`num_envs` worlds of `build_family(**arguments)` stepped together; equal to `SyncVectorEnv` value for value.

    Args:
        num_envs: how many worlds.
        max_episode_steps: steps after which an episode is truncated; None for never.
        autoreset_mode: "NextStep", "SameStep" or "Disabled", or the `AutoresetMode` of that value.
        arguments: those of the single environment.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 (as Gymnasium has it)
        "autoreset_mode": AutoresetMode.NEXT_STEP,
        "render_modes": [],
    }
    build_family: ClassVar[Callable[..., WorldFamily]]

    def __init__(
        self,
        num_envs: int,
        *,
        max_episode_steps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        **arguments: Any,
    ) -> None:
        if num_envs < 1:
            raise ValueError(f"num_envs must be at least 1, got {num_envs}.")
        self.family = self.build_family(**arguments)
        self.num_envs = num_envs
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = dict(self.metadata, autoreset_mode=self.autoreset_mode)
        self.render_mode = render_mode
        self.single_observation_space = gym.spaces.Discrete(self.family.n_observations)
        self.single_action_space = gym.spaces.Discrete(self.family.n_actions)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.max_episode_steps = max_episode_steps
        self._generators = [seeding.np_random()[0] for _ in range(num_envs)]
        self._union = self.family.union
        self._arrival = self._union.arrival.ravel()
        self._rows = np.arange(num_envs)
        self._steps = np.zeros(num_envs, dtype=np.int64)
        self._ended = np.zeros(num_envs, dtype=bool)
        self._offset = np.zeros(num_envs, dtype=np.int64)
        self._place = np.zeros(num_envs, dtype=np.int64)
        self._observation_at = np.empty((num_envs, max(graph.n_nodes for graph in self.family.graphs)), dtype=np.int64)
        self._needs_reset = True

    @property
    def np_random(self) -> tuple[np.random.Generator, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One generator for each world, as `SyncVectorEnv` has."""
        return tuple(self._generators)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.int64], Info]:
        """Draw new worlds: all of them, or those of `options["reset_mask"]`, a bool array (num_envs,).

        An integer seed gives world i the seed `seed + i`; without a seed each world's own stream goes on.
        """
        mask = _checked_reset_mask((options or {}).get("reset_mask"), self.num_envs)
        if self._needs_reset and not mask.all():
            raise gym.error.ResetNeeded("The first reset draws every world: call reset() without a reset_mask.")
        for world, world_seed in enumerate(_seed_of_each(seed, self.num_envs)):
            if world_seed is not None and mask[world]:
                self._generators[world] = seeding.np_random(world_seed)[0]
        self._needs_reset = False
        self._draw_worlds(mask)
        return self._observe(), self._info(mask)

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Info]:
        """Move in every world; with NEXT_STEP, a world that ended is drawn anew and its action ignored.

        Raises:
            ValueError: if there is not one action of the action space for every world.
            gymnasium.error.ResetNeeded: before the first reset, or, with DISABLED, where an ended world was not reset.
        """
        if self._needs_reset:
            raise gym.error.ResetNeeded("There are no worlds yet: call reset() before step().")
        resetting = self._ended if self._ended.any() else None
        if resetting is not None and self.autoreset_mode is AutoresetMode.DISABLED:
            raise gym.error.ResetNeeded(
                f"World {resetting.argmax()} has ended: reset it with options={{'reset_mask': ...}} before step()."
            )
        actions = self._checked(actions, resetting)
        self._place = self._arrival.take(self._place * self.family.n_actions + actions)
        self._steps += 1
        if resetting is not None:
            self._draw_worlds(resetting)
        if self.max_episode_steps is None:
            truncated = np.zeros(self.num_envs, dtype=bool)
        else:
            truncated = self._steps >= self.max_episode_steps
        info: Info = {}
        if self.autoreset_mode is AutoresetMode.SAME_STEP and truncated.any():
            info = self._final(truncated)
            self._draw_worlds(truncated)
        elif self.autoreset_mode is not AutoresetMode.SAME_STEP:
            self._ended = truncated.copy()
        info.update(self._info(np.ones(self.num_envs, dtype=bool)))
        return self._observe(), np.zeros(self.num_envs), np.zeros(self.num_envs, dtype=bool), truncated, info

    def _checked(self, actions: NDArray[np.int64], resetting: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        actions = np.asarray(actions)
        if actions.shape != (self.num_envs,) or not np.issubdtype(actions.dtype, np.integer):
            raise ValueError(
                f"step() needs one whole number for each of the {self.num_envs} worlds, "
                f"got {actions.dtype} of shape {actions.shape}."
            )
        if resetting is not None:
            actions = np.where(resetting, 0, actions)
        if actions.min() < 0 or actions.max() >= self.family.n_actions:
            world = int(np.argmax((actions < 0) | (actions >= self.family.n_actions)))
            raise ValueError(
                f"Action {actions[world]} in world {world} does not exist: use one of 0..{self.family.n_actions - 1}."
            )
        return actions

    def _draw_worlds(self, mask: NDArray[np.bool_]) -> None:
        rows = np.flatnonzero(mask)
        worlds = Worlds.of(self.family, [self.family.draw(self._generators[row]) for row in rows])
        self._observation_at[rows] = worlds.observation_at
        self._offset[rows] = self._union.first_place[worlds.graph_index]
        self._place[rows] = self._offset[rows] + worlds.start_node
        self._steps[rows] = 0
        self._ended[rows] = False

    def _observe(self) -> NDArray[np.int64]:
        return self._observation_at[self._rows, self._place - self._offset]

    def _info(self, mask: NDArray[np.bool_]) -> Info:
        """Each key with the mask of worlds that it is about, in Gymnasium's form; 0 in the others."""
        info = {"node": self._place - self._offset, "action_mask": self._union.available[self._place]}
        if not mask.all():
            for values in info.values():
                values[~mask] = 0
        return info | {f"_{key}": mask.copy() for key in info}

    def _final(self, ended: NDArray[np.bool_]) -> Info:
        """What the ended worlds showed last, before they are drawn anew in the same step."""
        final_obs = np.full(self.num_envs, None, dtype=object)
        final_obs[ended] = self._observe()[ended]
        return {
            "final_obs": final_obs,
            "_final_obs": ended.copy(),
            "final_info": self._info(ended),
            "_final_info": ended.copy(),
        }


def _seed_of_each(seed: int | Sequence[int | None] | None, num_envs: int) -> Sequence[int | None]:
    if seed is None:
        return [None] * num_envs
    if isinstance(seed, int | np.integer):
        return [int(seed) + world for world in range(num_envs)]
    if len(seed) != num_envs:
        raise ValueError(f"A list of seeds needs one for each of the {num_envs} worlds, got {len(seed)}.")
    return seed


def _checked_reset_mask(mask: Any, num_envs: int) -> NDArray[np.bool_]:
    if mask is None:
        return np.ones(num_envs, dtype=bool)
    if not isinstance(mask, np.ndarray) or mask.dtype != bool or mask.shape != (num_envs,) or not mask.any():
        raise ValueError(
            f"options['reset_mask'] must be a bool array ({num_envs},) with at least one True, got {mask!r}."
        )
    return mask
