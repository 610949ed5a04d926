"""Many worlds stepped together: seeds, autoreset and infos, the same for every kind of task."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from hippo_envs.arguments import no_such_action, whole_number
from hippo_envs.arrays import Mask
from hippo_envs.drawing.scene import BitScene, Scene
from hippo_envs.envs.base.bounded import Bounded
from hippo_envs.envs.base.pictured import RENDER_FPS, RENDER_SIZE, Frame, Picture, checked_render_mode
from hippo_envs.walking.generators import generators

Info = dict[str, Any]
# Under these names the vector environment has what is of the whole batch, and a world has its own.
OF_ONE_WORLD = {"observation_space": "single_observation_space", "action_space": "single_action_space"}
OF_EACH_WORLD = ("action_masks", "node", "np_random", "np_random_seed", "render")
METHODS_OF_ALL_WORLDS = ("reset", "step")
Rows = NDArray[np.intp] | slice  # some of the worlds; a slice where they are neighbours, which is faster


class WorldsVectorEnv(Bounded, VectorEnv[Any, Any, NDArray[Any]], ABC):  # pyright: ignore[reportIncompatibleVariableOverride]
    """`num_envs` worlds stepped together in NumPy arrays; equal to `SyncVectorEnv` value for value.

    A world is a function of `n_draws` uniform numbers from its own generator. A subclass says how worlds begin, move
    and look; everything that Gymnasium asks of a vector environment is here.

    Args:
        num_envs: how many worlds.
        single_observation_space, single_action_space: of one world.
        n_draws: how many numbers make a world.
        max_episode_steps: steps after which an episode is truncated; None for never.
        autoreset_mode: "NextStep", "SameStep" or "Disabled", or the `AutoresetMode` of that value.
        render_mode: None, "rgb_array" or "ansi"; many worlds have no window.
        render_size: pixels of the sides of the picture of each world, or (width, height).
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 (as Gymnasium has it)
        "autoreset_mode": AutoresetMode.NEXT_STEP,
        "render_modes": ["rgb_array", "ansi"],
        "render_fps": RENDER_FPS,
    }

    def __init__(
        self,
        num_envs: int,
        single_observation_space: gym.Space[Any],
        single_action_space: gym.Space[Any],
        n_draws: int,
        max_episode_steps: int | None,
        autoreset_mode: str | AutoresetMode,
        render_mode: str | None,
        render_size: int | tuple[int, int] = RENDER_SIZE,
    ) -> None:
        self.num_envs = num_envs = whole_number("num_envs", num_envs, at_least=1)
        if max_episode_steps is not None and max_episode_steps != -1:  # which is how Gymnasium says "never"
            max_episode_steps = whole_number("max_episode_steps", max_episode_steps, at_least=1)
        self.single_observation_space = single_observation_space
        self.single_action_space = single_action_space
        self.observation_space = batch_space(single_observation_space, num_envs)
        self.action_space = _batched_actions(single_action_space, num_envs)
        self.n_draws = n_draws
        # How many are drawn together: many, but not so many that their numbers would not stay in the processor's cache.
        self.worlds_at_once = max(2**15 // n_draws, 1)
        self.max_episode_steps = None if max_episode_steps == -1 else max_episode_steps
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = dict(self.metadata, autoreset_mode=self.autoreset_mode)
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self._pictures = [Picture(render_size) for _ in range(num_envs if render_mode == "rgb_array" else 0)]
        self._generators = list(generators(np.random.SeedSequence().generate_state(num_envs, np.uint64).tolist()))
        self._seeds = [-1] * num_envs  # as Gymnasium says that a generator was not seeded
        self._steps = np.zeros(num_envs, dtype=np.int64)
        self._ended = np.zeros(num_envs, dtype=bool)
        self._needs_reset = True

    @abstractmethod
    def _begin(self, rows: Rows, draws: NDArray[np.float64]) -> None:
        """Make the worlds in `rows` anew from draws (rows, n_draws)."""

    @abstractmethod
    def _advance(self, actions: Any) -> tuple[NDArray[np.float64], Mask]:
        """Take one step in every world, of which `_steps` says how many it has had; rewards and terminations."""

    @abstractmethod
    def _observe(self) -> Any:
        """What all worlds show now, as the caller's own arrays."""

    @abstractmethod
    def _facts(self) -> Info:
        """What `info` says of all worlds now, as the caller's own arrays."""

    @abstractmethod
    def _checked(self, actions: Any, resetting: Mask | None) -> Any:
        """The actions as arrays, ignored where a world is resetting; a ValueError names a wrong one."""

    @abstractmethod
    def _texts(self) -> tuple[str, ...]:
        """All worlds as text."""

    @abstractmethod
    def _follow(self, actions: Any | None) -> None:
        """Note what pictures will show of the step just taken, or of a reset; only called if there will be any."""

    @abstractmethod
    def _scene(self, world: int) -> Scene | BitScene:
        """What there is to see of one world."""

    def render(self) -> tuple[str, ...] | tuple[Frame, ...] | None:
        """All worlds as frames (height, width, 3) or as text, as the render mode has it; None without one."""
        if self.render_mode is None:
            return None
        if self._needs_reset:
            raise gym.error.ResetNeeded("There are no worlds yet: call reset() before render().")
        if self._pictures:
            return tuple(picture.frame(self._scene(world)) for world, picture in enumerate(self._pictures))
        return self._texts()

    @property
    def np_random(self) -> tuple[np.random.Generator, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One generator for each world, as `SyncVectorEnv` has."""
        return tuple(self._generators)

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """What each was last seeded with, -1 where it was not."""
        return tuple(self._seeds)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, Info]:
        """Draw new worlds: all of them, or those of `options["reset_mask"]`, a bool array (num_envs,).

        An integer seed gives world i the seed `seed + i`; without a seed each world's own stream goes on.
        """
        mask = _checked_reset_mask((options or {}).get("reset_mask"), self.num_envs)
        if self._needs_reset and not mask.all():
            raise gym.error.ResetNeeded("The first reset draws every world: call reset() without a reset_mask.")
        self._seed_worlds(_seed_of_each(seed, self.num_envs), mask.tolist())
        self._needs_reset = False
        self._draw_worlds(mask)
        if self._pictures:
            self._follow(None)
        return self._observe(), self._info(mask)

    def step(self, actions: Any) -> tuple[Any, NDArray[np.float64], Mask, Mask, Info]:
        """Move in every world; with NEXT_STEP, a world that ended is drawn anew and its action ignored.

        Raises:
            ValueError: if there is not one action of the action space for every world.
            gymnasium.error.ResetNeeded: before the first reset, or, with DISABLED, where an ended world was not reset.
        """
        if self._needs_reset:
            raise gym.error.ResetNeeded("There are no worlds yet: call reset() before step().")
        resetting = self._ended if np.count_nonzero(self._ended) else None
        if resetting is not None and self.autoreset_mode is AutoresetMode.DISABLED:
            raise gym.error.ResetNeeded(
                f"World {resetting.argmax()} has ended: reset it with options={{'reset_mask': ...}} before step()."
            )
        actions = self._checked(actions, resetting)
        self._steps += 1
        rewards, terminated = self._advance(actions)
        if resetting is not None:
            rewards[resetting], terminated[resetting] = 0, False
            self._draw_worlds(resetting)
        if self.max_episode_steps is None:
            truncated = np.zeros(self.num_envs, dtype=bool)
        else:
            truncated = self._steps >= self.max_episode_steps
        if self.n_steps is not None:
            truncated |= (self._steps >= self.n_steps) & ~terminated
        ended = terminated | truncated
        info: Info = {}
        if self.autoreset_mode is not AutoresetMode.SAME_STEP:
            self._ended = ended
        elif np.count_nonzero(ended):
            info = self._final(ended)
            self._draw_worlds(ended)
        if self._pictures:
            self._follow(actions)
        info.update(self._info(None))
        return self._observe(), rewards, terminated, truncated, info

    def call(self, name: str, *args: Any, **named: Any) -> tuple[Any, ...]:
        """An attribute of each world, or what a method of that name returns for each, as `SyncVectorEnv` has it.

        All worlds are one object, so a method is called once, and what all share is the same for each.

        Raises:
            AttributeError: if there is none of that name.
            ValueError: for `reset` and `step`, which all worlds do together.
        """
        if name in METHODS_OF_ALL_WORLDS:
            raise ValueError(f"All {self.num_envs} worlds {name} together: call {name}() of the vector environment.")
        value: Any = getattr(self, OF_ONE_WORLD.get(name, name))
        value = value(*args, **named) if callable(value) else value
        if name not in OF_EACH_WORLD or value is None:
            return (value,) * self.num_envs
        return tuple(value.tolist() if isinstance(value, np.ndarray) and value.ndim == 1 else value)

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """The attribute of each world; an AttributeError if there is none of that name."""
        return self.call(name)

    def set_attr(self, name: str, values: Any) -> None:
        """Set what all worlds share, to one value, or to a list or tuple of as many equal ones as there are worlds.

        Raises:
            ValueError: if the values differ, or are not as many as worlds, or if it is what each has of its own.
        """
        if name in OF_EACH_WORLD:
            raise ValueError(f"{name!r} is of each world its own and follows from its seed: call reset(seed=[...]).")
        of_each = list(values) if isinstance(values, list | tuple) else [values]
        if isinstance(values, list | tuple) and len(of_each) != self.num_envs:
            raise ValueError(
                f"{name!r} needs one value, or one for each of {self.num_envs} worlds, got {len(of_each)}."
            )
        if any(value != of_each[0] for value in of_each):
            raise ValueError(f"All {self.num_envs} worlds share {name!r}: give one value, got {values!r}.")
        setattr(self, OF_ONE_WORLD.get(name, name), of_each[0])

    def _seed_worlds(self, seeds: Sequence[int | None], mask: Sequence[bool]) -> None:
        given = {world: seed for world, seed in enumerate(seeds) if seed is not None and mask[world]}
        if all(type(seed) is int and seed >= 0 for seed in given.values()):
            made = generators(list(given.values()))
        else:
            made = [seeding.np_random(seed)[0] for seed in given.values()]  # says what is wrong, as Gymnasium does
        for (world, seed), generator in zip(given.items(), made, strict=True):
            self._generators[world], self._seeds[world] = generator, seed

    def _draw_worlds(self, mask: Mask) -> None:
        every = np.flatnonzero(mask)
        self._steps[every] = 0
        self._ended[every] = False
        draws = np.empty((min(len(every), self.worlds_at_once), self.n_draws))
        for first in range(0, len(every), self.worlds_at_once):
            rows = every[first : first + self.worlds_at_once]
            for row, numbers in zip(rows.tolist(), draws, strict=False):
                self._generators[row].random(out=numbers)
            neighbours = rows[-1] - rows[0] == len(rows) - 1
            self._begin(slice(rows[0], rows[-1] + 1) if neighbours else rows, draws[: len(rows)])

    def _info(self, mask: Mask | None) -> Info:
        """Each key with the mask of worlds that it is about (None for all), in Gymnasium's form; 0 in the others."""
        info = self._facts()
        if mask is None or mask.all():
            of_all = np.ones((len(info), self.num_envs), dtype=bool)
            return info | {f"_{key}": of_all[i] for i, key in enumerate(info)}
        for values in info.values():
            values[~mask] = 0
        return info | {f"_{key}": mask.copy() for key in info}

    def _final(self, ended: Mask) -> Info:
        """What the ended worlds showed last, before they are drawn anew in the same step."""
        shown = self._observe()
        final_obs = np.full(self.num_envs, None, dtype=object)
        for world in np.flatnonzero(ended).tolist():
            final_obs[world] = _of_world(shown, world)
        return {
            "final_obs": final_obs,
            "_final_obs": ended.copy(),
            "final_info": self._info(ended),
            "_final_info": ended.copy(),
        }


def _batched_actions(space: gym.Space[Any], num_envs: int) -> gym.Space[Any]:
    """As Gymnasium has it, but for actions of several numbers: of these it makes a `Box`, which takes no mask."""
    if isinstance(space, gym.spaces.MultiDiscrete):
        return gym.spaces.MultiDiscrete(np.tile(space.nvec, (num_envs, 1)))
    return batch_space(space, num_envs)


def array_of(actions: Any, num_envs: int) -> NDArray[Any]:
    """The actions as an array, of whatever shape; a ValueError if some worlds have more numbers than others."""
    try:
        return np.asarray(actions)
    except ValueError:
        raise ValueError(
            f"step() needs an array, with as many numbers for each of the {num_envs} worlds, got {actions!r}."
        ) from None


def whole_number_actions(
    actions: Any, n_actions: int, num_envs: int, resetting: Mask | None, names: Sequence[str] = ()
) -> NDArray[np.int64]:
    """One action of `Discrete(n_actions)` for every world, 0 where it is resetting; a ValueError names a wrong one."""
    actions = array_of(actions, num_envs)
    if actions.shape != (num_envs,) or actions.dtype.kind not in "iu":
        raise ValueError(
            f"step() needs one whole number for each of the {num_envs} worlds, "
            f"got {actions.dtype} of shape {actions.shape}."
        )
    if resetting is not None:
        actions = np.where(resetting, 0, actions)
    # Read as unsigned numbers, those below 0 are the largest: one look at all of them instead of two.
    unsigned = actions.view(actions.dtype.str.replace("i", "u"))
    if unsigned.max() >= n_actions:
        world = int(np.argmax((actions < 0) | (actions >= n_actions)))
        raise no_such_action(f"Action {actions[world]} in world {world}", n_actions, names)
    return actions.astype(np.int64, copy=False)  # small types would overflow where numbers are computed with


def _of_world(shown: Any, world: int) -> Any:
    """What one world showed, in the types of the single environment."""
    if isinstance(shown, dict):
        return {key: _of_world(values, world) for key, values in shown.items()}
    return shown[world].item() if shown.ndim == 1 else shown[world]


def _seed_of_each(seed: int | Sequence[int | None] | None, num_envs: int) -> Sequence[int | None]:
    if seed is None:
        return [None] * num_envs
    if isinstance(seed, int | np.integer):
        return [int(seed) + world for world in range(num_envs)]
    if len(seed) != num_envs:
        raise ValueError(f"A list of seeds needs one for each of the {num_envs} worlds, got {len(seed)}.")
    return seed


def _checked_reset_mask(mask: Any, num_envs: int) -> Mask:
    if mask is None:
        return np.ones(num_envs, dtype=bool)
    if not isinstance(mask, np.ndarray) or mask.dtype != bool or mask.shape != (num_envs,) or not mask.any():
        raise ValueError(
            f"options['reset_mask'] must be a bool array ({num_envs},) with at least one True, got {mask!r}."
        )
    return mask
