"""A trained memory in front of a learner without one: the learner observes what the agent predicts."""

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from agents.base import Agent
from benchmarks.evaluation.answers import check_fit


class MemoryVecEnv(VecEnvWrapper):
    """Observations become what a frozen agent expects of the coming step: probabilities of all symbols, (K,).

    The agent hears the symbol and the action that follows, as in training; it learns nothing here.

    Args:
        envs: a view that shows `observation` and `next_action`, both `Discrete`, whose worlds end together.
        agent: trained on walks of the same stream.
        seed: of the agent's own randomness, its initial states.

    Raises:
        ValueError: if the envs show something else, or the agent was built for other numbers of symbols and actions.
    """

    def __init__(self, envs: VecEnv, agent: Agent[Any], seed: int = 0) -> None:
        shown = shown_by(envs)
        check_fit(agent, int(shown["observation"].n), int(shown["next_action"].n))
        super().__init__(envs, spaces.Box(0.0, 1.0, (int(shown["observation"].n),), np.float32))
        self.agent = agent.eval()
        self._generator = torch.Generator().manual_seed(seed)
        self._state: Any = None

    def reset(self) -> NDArray[np.float32]:
        observations = self.venv.reset()
        self._forget()
        return self._expect(observations)

    def step_wait(self) -> VecEnvStepReturn:
        observations, rewards, dones, infos = self.venv.step_wait()
        if dones.any():
            if not dones.all():
                raise ValueError("A memory needs worlds that end at the same step: some ended before the others.")
            last = [info["terminal_observation"] for info in infos]
            ends = self._expect({name: np.array([shown[name] for shown in last]) for name in last[0]})
            for info, end in zip(infos, ends, strict=True):
                info["terminal_observation"] = end
            self._forget()
        return self._expect(observations), rewards, dones, infos

    def _forget(self) -> None:
        self._state = self.agent.initial_state(self.num_envs, self._generator)

    def _expect(self, shown: Any) -> NDArray[np.float32]:
        with torch.no_grad():
            symbols, actions = (torch.from_numpy(shown[name]) for name in ("observation", "next_action"))
            self._state = self.agent.observe(self._state, symbols, actions)
            return self.agent.predict(self._state).softmax(dim=-1).numpy()


def shown_by(envs: VecEnv) -> dict[str, spaces.Discrete]:
    """The spaces of the symbol and of the action that follows; a ValueError if a view shows anything else."""
    shown = envs.observation_space
    if (
        not isinstance(shown, spaces.Dict)
        or set(shown.spaces) != {"observation", "next_action"}
        or not all(isinstance(space, spaces.Discrete) for space in shown.values())
    ):
        raise ValueError(
            "A memory needs `observation` and `next_action`, both Discrete, as the views -Predict and -Explore give "
            f"them with window=1, got {shown}."
        )
    return {name: space for name, space in shown.items() if isinstance(space, spaces.Discrete)}
