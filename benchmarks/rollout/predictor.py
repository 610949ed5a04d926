"""An agent that steps beside a world: its predictions and its internal state, as plain arrays.

Before every step a predictor is asked for the next observation, then shown it, then told which action follows: the
order of `predict` and `observe`, in which agents are scored.
"""

from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from agents.base import Agent
from benchmarks.evaluation.answers import listening
from hippo_envs.arrays import Floats

MEMORY = "memory"  # the activity that is attention to memories, the last T of them those of the T steps so far
RECALLED, STORED = "predicted", "grounded"  # where memory is a matrix: what it gave, and what was put into it
SHARPNESS = 4  # power of the cosine between the two, so that only what is nearly the same stands out


class Predictor(Protocol):
    """Who predicts.

    `activity` has what every unit did at each step so far, arrays (T, N) by name; `attention` where memory looked at
    the last step, (T,) over all steps so far, or None where it is not reported; `attention_is` says what that is.
    """

    attention_is: str

    @property
    def activity(self) -> dict[str, Floats]: ...
    @property
    def attention(self) -> Floats | None: ...

    def begin(self) -> None:
        """Forget the last world."""
        ...

    def expect(self) -> Floats:
        """How likely each symbol is to come, (K,)."""
        ...

    def meet(self, observation: int) -> None:
        """Take in what came."""
        ...

    def choose(self, is_open: NDArray[np.bool_]) -> int | None:
        """Which action to take next, of those that are open, (A,); None for a predictor that is led."""
        ...

    def leave(self, action: int) -> None:
        """Take in which action follows."""
        ...


class AgentPredictor:
    """One of our agents, or any with their contract.

    Args:
        agent: on the CPU.
        seed: of the randomness that a walk begins with; that of a run for what its score was made of.
    """

    def __init__(self, agent: Agent[Any], seed: int = 0) -> None:
        self.agent, self.seed = agent, seed
        self.begin()

    def begin(self) -> None:
        self._state = self._start()
        self._observations: list[int] = []
        self._actions: list[int] = []
        self.activity: dict[str, Floats] = {}
        self.attention: Floats | None = None
        self.attention_is = ""

    def expect(self) -> Floats:
        with listening(self.agent):
            return self.agent.predict(self._state)[0].double().softmax(dim=0).numpy(force=True)

    def meet(self, observation: int) -> None:
        self._observations.append(observation)
        # An action that is not known yet: no unit hears of it before the next step.
        now = self._activity(self._observations[-1:], [0], self._state)
        for name, units in now.items():
            if name != MEMORY:
                before = self.activity.get(name, units[:0])
                self.activity[name] = np.concatenate([before, units])
        self._look(MEMORY in now)

    def _look(self, names_memory: bool) -> None:
        """Find out where memory looked at this step, if the agent says so in one of three ways."""
        n_steps = len(self._observations)
        attends = getattr(self.agent, "attention", None)
        if names_memory:
            whole = self._activity(self._observations, [*self._actions, 0], self._start())
            self.attention, self.attention_is = whole[MEMORY][-1, -n_steps:], "where its memory looks"
        elif attends is not None:
            with listening(self.agent):
                weights = attends(self._state)[0].double().numpy(force=True)
            self.attention, self.attention_is = np.zeros(n_steps), "where its attention goes"
            self.attention[n_steps - 1 - len(weights) : -1] = weights
        elif {RECALLED, STORED} <= self.activity.keys():
            recalled, stored = self.activity[RECALLED][-1], self.activity[STORED][:-1]
            lengths = np.linalg.norm(stored, axis=1) * np.linalg.norm(recalled)
            likeness = (stored @ recalled / np.maximum(lengths, 1e-12)).clip(0, 1)
            self.attention, self.attention_is = np.append(likeness**SHARPNESS, 0.0), "memories like what it recalls"

    def choose(self, is_open: NDArray[np.bool_]) -> int | None:
        return None

    def leave(self, action: int) -> None:
        self._actions.append(action)
        with listening(self.agent):
            came, follows = torch.tensor(self._observations[-1:]), torch.tensor([action])
            self._state = self.agent.observe(self._state, came, follows)

    def _start(self) -> Any:
        with listening(self.agent):
            return self.agent.initial_state(1, torch.Generator().manual_seed(self.seed))

    def _activity(self, observations: list[int], actions: list[int], state: Any) -> dict[str, Floats]:
        with listening(self.agent):
            named = self.agent(torch.tensor([observations]), torch.tensor([actions]), state).activity
        return {name: units[0].double().numpy(force=True) for name, units in named.items()}
