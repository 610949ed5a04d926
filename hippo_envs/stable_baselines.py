"""The native vector environments for Stable-Baselines3, which accepts only its own `VecEnv`."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from hippo_envs.arrays import Mask
from hippo_envs.envs.base.worlds_vector_env import Info, WorldsVectorEnv
from hippo_envs.registration import ENVIRONMENTS, checked_id

try:
    from stable_baselines3.common.vec_env import VecEnv
    from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn
except ModuleNotFoundError as error:
    raise ImportError(
        "hippo_envs.stable_baselines needs Stable-Baselines3: pip install stable-baselines3", name=error.name
    ) from error

# The native environment has these for the whole batch; under the same names SB3 expects those of one world.
SPACES = {"observation_space": "single_observation_space", "action_space": "single_action_space"}
METHODS_OF_ONE_WORLD = ("action_masks", "render")
METHODS_OF_ALL_WORLDS = ("reset", "step")


def make_sb3_vec_env(
    environment_id: str,
    num_envs: int,
    *,
    seed: int | None = None,
    max_episode_steps: int | None = None,
    info_keys: Sequence[str] = (),
    **arguments: Any,
) -> "HippoVecEnv":
    """The native vector form of an environment, for Stable-Baselines3.

    It records no returns: put SB3's `VecMonitor` around it to find them in the logs.

    Args:
        environment_id: e.g. "hippo/Rectangle-v0".
        num_envs: how many worlds are stepped together.
        seed: at the first reset world i gets the seed `seed + i`; None for any worlds.
        max_episode_steps: steps after which an episode is truncated; None for as many as registered.
        info_keys: what of the environment's own info to pass on, see `HippoVecEnv`.
        arguments: those of the environment.

    Raises:
        ValueError: if no environment of that id is registered here, or if an argument has a wrong value.
        TypeError: if the environment has no such argument.

    >>> envs = make_sb3_vec_env("hippo/Rectangle-v0", num_envs=3, seed=0)
    >>> envs.reset().shape
    (3,)
    """
    environment_id = checked_id(environment_id).removeprefix("hippo_envs:")
    if environment_id not in ENVIRONMENTS:
        raise ValueError(f"There is no environment {environment_id!r} here: use one of {', '.join(ENVIRONMENTS)}.")
    if max_episode_steps is not None:
        arguments["max_episode_steps"] = max_episode_steps
    native: Any = gym.make_vec(
        environment_id,
        num_envs=num_envs,
        vectorization_mode="vector_entry_point",
        autoreset_mode=AutoresetMode.SAME_STEP,
        **arguments,
    )
    envs = HippoVecEnv(native, info_keys)
    if seed is not None:
        envs.seed(seed)
    return envs


class HippoVecEnv(VecEnv):
    """A native vector environment as Stable-Baselines3 wants it: what its `DummyVecEnv` shows, several times as fast.

    A world that ends is drawn anew in the same step, and the info of that step has `terminal_observation` and
    `TimeLimit.truncated`, and `is_success` where there are rewards, of which SB3 logs the mean as `success_rate`. Apart
    from that infos hold `info_keys` only, by default nothing: to fill 64 dicts takes longer than the step. `seed()` and
    `set_options()` count at the next `reset()`, once.

    All worlds are one object: `get_attr` and `env_method` answer the same for each index, but for what every world has
    of its own: its `action_masks` (which MaskablePPO asks for), `render` and `np_random`.

    Args:
        native: a `WorldsVectorEnv` made with `autoreset_mode="SameStep"`.
        info_keys: what of the environment's own info to pass on, e.g. ("action_mask",).

    Raises:
        ValueError: if `native` is no such environment.
    """

    def __init__(self, native: WorldsVectorEnv, info_keys: Sequence[str] = ()) -> None:
        if not isinstance(native, WorldsVectorEnv):
            raise ValueError(f"HippoVecEnv takes a native vector environment of hippo_envs, got {native!r}.")
        if native.autoreset_mode is not AutoresetMode.SAME_STEP:
            raise ValueError(
                "Stable-Baselines3 resets a world in the step in which it ends: make the native environment with "
                f"autoreset_mode='SameStep', got {native.autoreset_mode.value!r}."
            )
        self.native = native
        self.info_keys = (info_keys,) if isinstance(info_keys, str) else tuple(info_keys)
        self._actions: Any = None
        super().__init__(native.num_envs, native.single_observation_space, native.single_action_space)
        self.metadata = native.metadata
        self.spec = native.spec

    def reset(self) -> VecEnvObs:
        """Draw all worlds anew: observations (num_envs, ...), or a dict of them.

        Raises:
            ValueError: if the environment does not tell one of `info_keys`.
        """
        observations, shown = self.native.reset(seed=self._seeds, options=self._options[0])
        self._reset_seeds()
        self._reset_options()
        for key in self.info_keys:
            if key not in shown:
                known = ", ".join(name for name in shown if not name.startswith("_"))
                raise ValueError(f"This environment does not tell {key!r}: let info_keys be some of {known}.")
        self.reset_infos = self._infos(shown)
        return observations

    def step_async(self, actions: NDArray[Any]) -> None:
        """Take note of the actions (num_envs, ...); `step_wait` does the rest."""
        self._actions = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Take the step: observations (num_envs, ...), rewards (num_envs,) float32, dones (num_envs,), infos.

        Raises:
            ValueError: if there was not one action of the action space for every world.
            gymnasium.error.ResetNeeded: before the first reset.
        """
        observations, rewards, terminated, truncated, shown = self.native.step(self._actions)
        infos = self._infos(shown)
        if "final_obs" in shown:
            self._end_episodes(infos, shown, terminated)
        return observations, rewards.astype(np.float32), terminated | truncated, infos

    def _infos(self, shown: Info) -> list[Info]:
        # New dicts every time, for wrappers write into them; that costs an eighth of the step.
        infos: list[Info] = [{} for _ in range(self.num_envs)]
        for key in self.info_keys:
            values = shown[key].tolist() if shown[key].ndim == 1 else shown[key]
            for info, value in zip(infos, values, strict=True):
                info[key] = value
        return infos

    def _end_episodes(self, infos: list[Info], shown: Info, terminated: Mask) -> None:
        """Put what ended worlds showed last in `infos`, and what their successors began with in `reset_infos`."""
        last = self._infos(shown["final_info"])
        for world in np.flatnonzero(shown["_final_obs"]).tolist():
            self.reset_infos[world] = infos[world]
            infos[world] = last[world]
            if "is_success" in shown["final_info"]:  # SB3 logs the share of episodes in which it is true
                infos[world]["is_success"] = bool(shown["final_info"]["is_success"][world])
            infos[world]["terminal_observation"] = shown["final_obs"][world]
            infos[world]["TimeLimit.truncated"] = not terminated[world]

    def action_masks(self) -> Mask:
        """Which actions are open now, (num_envs, n_actions); MaskablePPO asks for it with `env_method`.

        Raises:
            AttributeError: if the environment masks no actions.
            gymnasium.error.ResetNeeded: before the first reset.
        """
        return self._masks_of_native()()

    def _masks_of_native(self) -> Callable[[], Mask]:
        masks = getattr(self.native, "action_masks", None)
        if masks is None:
            raise AttributeError(f"{type(self.native).__name__} masks no actions.")
        return masks

    def close(self) -> None:
        self.native.close()

    def set_options(self, options: list[dict[str, Any]] | dict[str, Any] | None = None) -> None:
        """The options of the next `reset()`: one dict, or a list of as many equal ones as there are worlds.

        Raises:
            ValueError: if they differ between worlds, or ask for a reset of some of them only.
        """
        of_each = options if isinstance(options, list) else [options or {}] * self.num_envs
        if len(of_each) != self.num_envs or any(some != of_each[0] for some in of_each):
            raise ValueError(f"The {self.num_envs} worlds share their options: give one dict for all, got {options}.")
        if "reset_mask" in of_each[0]:
            raise ValueError("Stable-Baselines3 resets all worlds together: leave out the option 'reset_mask'.")
        super().set_options(of_each)

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """A picture of each world with the render mode "rgb_array", None for each without.

        Worlds as text, with the render mode "ansi", are had by `env_method("render")`: `render()` is for pictures.
        """
        if self.render_mode != "rgb_array":
            return [None] * self.num_envs
        return self.env_method("render")

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """The attribute for each index; an AttributeError if there is none."""
        worlds = self._worlds(indices)
        if attr_name == "action_masks":
            self._masks_of_native()
        if attr_name in METHODS_OF_ONE_WORLD:
            return [partial(self._call, attr_name, world) for world in worlds]
        value = getattr(self.native, SPACES.get(attr_name, attr_name))
        return [value[world] if attr_name == "np_random" else value for world in worlds]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Set an attribute of all worlds; a ValueError if `indices` leaves some out, for they share it."""
        if len(set(self._worlds(indices))) < self.num_envs:
            raise ValueError(f"All {self.num_envs} worlds share {attr_name!r}: leave out the indices.")
        setattr(self.native, SPACES.get(attr_name, attr_name), value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: VecEnvIndices = None, **method_kwargs: Any
    ) -> list[Any]:
        """What the method returns, for each index; it is called once for all of them.

        Raises:
            ValueError: for `reset` and `step`, of which the worlds have none of their own.
        """
        worlds = self._worlds(indices)
        if method_name in METHODS_OF_ALL_WORLDS:
            raise ValueError(f"All {self.num_envs} worlds {method_name} together: call {method_name}() of the VecEnv.")
        owner = self if method_name == "action_masks" else self.native
        returned = getattr(owner, method_name)(*method_args, **method_kwargs)
        if method_name in METHODS_OF_ONE_WORLD and returned is not None:
            return [returned[world] for world in worlds]
        return [returned for _ in worlds]

    def _call(self, method_name: str, world: int) -> Any:
        return self.env_method(method_name, indices=world)[0]

    def env_is_wrapped(
        self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: VecEnvIndices = None
    ) -> list[bool]:
        """False for each index: there is nothing around the worlds."""
        return [False for _ in self._worlds(indices)]

    def _worlds(self, indices: VecEnvIndices) -> list[int]:
        """The numbers of the worlds meant; an IndexError if there is none of such a number."""
        every = range(self.num_envs)
        return [every[world] for world in self._get_indices(indices)]
