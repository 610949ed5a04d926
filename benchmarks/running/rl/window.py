"""The last steps as one observation, and a TEM-t that reads them: a memory learned from reward alone."""

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.running.rl.memory import shown_by

Windows = dict[str, NDArray[np.int64]]


class WindowVecEnv(VecEnvWrapper):
    """Observations become the last W of each, the latest last; before the start they are filled up with "none".

    Both are boxes of whole numbers from 0 to "none", which is the first number that is no symbol, or no action.

    Args:
        envs: a view that shows `observation` and `next_action`, both `Discrete`.
        window: W.

    Raises:
        ValueError: if the envs show something else.
    """

    def __init__(self, envs: VecEnv, window: int) -> None:
        self.none = {name: int(space.n) for name, space in shown_by(envs).items()}
        boxes: dict[str, spaces.Space[Any]] = {
            name: spaces.Box(0, none, (window,), np.int64) for name, none in self.none.items()
        }
        super().__init__(envs, spaces.Dict(boxes))
        self._windows: Windows = {
            name: np.full((envs.num_envs, window), none, np.int64) for name, none in self.none.items()
        }

    def reset(self) -> Windows:
        for name, none in self.none.items():
            self._windows[name][:] = none
        return self._push(self.venv.reset())

    def step_wait(self) -> VecEnvStepReturn:
        observations, rewards, dones, infos = self.venv.step_wait()
        for world in np.flatnonzero(dones):
            last = infos[world]["terminal_observation"]
            infos[world]["terminal_observation"] = {
                name: np.append(of_all[world, 1:], last[name]) for name, of_all in self._windows.items()
            }
            for name, none in self.none.items():
                self._windows[name][world] = none
        return self._push(observations), rewards, dones, infos

    def _push(self, shown: Any) -> Windows:
        for name, window in self._windows.items():
            window[:, :-1] = window[:, 1:]
            window[:, -1] = shown[name]
        return {name: window.copy() for name, window in self._windows.items()}


class WindowMap(BaseFeaturesExtractor):
    """What was shown where the coming step leads, (K,): TEM-t over a window, for any policy of stable-baselines3.

    Whittington, Warren and Behrens (2022), ICLR, with a path integration that needs no loop over time: every action
    turns every module of the position code by an angle of its own, and turns commute, so where the walk stands,
    relative to each earlier step, is a sum of angles. Squares, hexagons and lines are such worlds, trees are not. Two
    places are as similar as the mean cosine of the angles between them (the product of their codes); the symbols
    attended to are the features. An empty slot takes the attention where no memory is similar.

    Args:
        shown: the observation space of `WindowVecEnv`.
        n_modules: M, angles an action has.
    """

    def __init__(self, shown: spaces.Dict, n_modules: int = 32) -> None:
        symbols, actions = (shown[name] for name in ("observation", "next_action"))
        assert isinstance(symbols, spaces.Box)
        assert isinstance(actions, spaces.Box)
        self.n_symbols, n_actions = int(symbols.high.max()), int(actions.high.max())
        super().__init__(shown, features_dim=self.n_symbols)
        self.turns = nn.Embedding(n_actions + 1, n_modules, padding_idx=n_actions)
        self.log_temperature = nn.Parameter(torch.tensor(2.5))
        self.empty = nn.Parameter(torch.tensor(0.5))

    def forward(self, observations: dict[str, Tensor]) -> Tensor:
        symbols, actions = observations["observation"].long(), observations["next_action"].long()
        turned = self.turns(actions).flip(1).cumsum(dim=1).flip(1)  # from each step of the window to the coming one
        similarity = F.pad(turned.cos().mean(dim=-1), (1, 0)) + F.pad(self.empty[None, None], (0, symbols.shape[1]))
        scores = self.log_temperature.exp() * similarity
        nothing = F.pad(symbols == self.n_symbols, (1, 0), value=False)
        weights = scores.masked_fill(nothing, -torch.inf).softmax(dim=-1)[:, 1:]
        shown = F.one_hot(symbols, self.n_symbols + 1)[..., :-1].to(weights)
        return (weights[:, None] @ shown)[:, 0]
