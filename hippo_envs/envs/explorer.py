"""What an explorer with a perfect map earns on Explore: the ceiling that the views of this kind are measured by."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from hippo_envs.arrays import Floats
from hippo_envs.success import least_return
from hippo_envs.worlds import WorldFamily

N_WORLDS = 64
MOST_NODES = N_WORLDS * 4_096  # of all of them: of larger worlds there are fewer
FIRST_STEPS = 128
MOST_STEPS = 4_096  # an episode that is longer is compared with one of so many


@dataclass(frozen=True)
class Explorer:
    """One who knows the map and where it is, takes edges not taken yet first, and of them those into seen nodes.

    Its returns are means over a few worlds, the same in every process. A planner that looks further may earn more.

    Args:
        specification: of the family of worlds, as text: those with the same one share what was computed.
        n_answers: how many symbols may be the answer.
        n_worlds: 64, or fewer where one has more than 4,096 nodes.
        make_envs: that many worlds of Explore, given their number.
    """

    specification: str
    n_answers: int
    n_worlds: int
    make_envs: Callable[[int], Any] = field(compare=False)

    @classmethod
    def of(cls, family: WorldFamily, make_envs: Callable[[int], Any]) -> "Explorer":
        n_worlds = min(N_WORLDS, max(1, MOST_NODES // family.max_nodes))
        return cls(json.dumps(family.specification(), sort_keys=True), family.n_answers, n_worlds, make_envs)

    def ceiling(self, n_steps: int) -> Floats:
        """Its mean return after 0 to `n_steps` steps or more; after 4,096 it is taken to earn no more."""
        longest = FIRST_STEPS
        while longest < min(n_steps, MOST_STEPS):
            longest *= 2
        returns = _mean_returns(self, longest)
        # Twice as many, so that whoever asks step after step is not answered by copies of all before.
        return np.append(returns, np.full(2 * max(n_steps - longest, 0), returns[-1]))

    def floor(self, n_steps: int) -> Floats:
        """The same for one who makes these moves and guesses the symbols."""
        return self.ceiling(n_steps) / self.n_answers

    def bounds(self, n_steps: int) -> tuple[float, float]:
        """Floor and ceiling after so many steps."""
        n_steps = min(n_steps, MOST_STEPS)  # "never" may be spelled as any number
        return float(self.floor(n_steps)[n_steps]), float(self.ceiling(n_steps)[n_steps])

    def least_returns(self, n_steps: int) -> Floats:
        """What returns are compared with after 0 to `n_steps` steps or more."""
        return least_return(self.floor(n_steps), self.ceiling(n_steps))


@lru_cache(maxsize=64)
def _mean_returns(explorer: Explorer, n_steps: int) -> Floats:
    """(n_steps + 1,), by playing."""
    return explorer.make_envs(explorer.n_worlds).mapped_returns(n_steps)
