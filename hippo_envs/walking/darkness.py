"""Which steps of a walk are dark."""

import numpy as np

from hippo_envs.arrays import Floats, Ints, Mask
from hippo_envs.conditions import Conditions
from hippo_envs.walking.step_noise import DARK, chance


def is_dark(conditions: Conditions, noise: Floats | None, steps: Ints) -> Mask:
    """Whether it is dark at each of some steps; `noise` and `steps` have shapes that go together."""
    if conditions.dark_after is None:
        return np.zeros(np.shape(steps), dtype=bool)
    late = steps >= conditions.dark_after
    return (
        late
        if noise is None or conditions.dark_share == 1
        else late & (chance(noise, steps, DARK) < conditions.dark_share)
    )
