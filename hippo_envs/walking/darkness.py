"""Which steps of a walk are dark."""

from hippo_envs.arrays import Ints, Mask
from hippo_envs.conditions import Conditions
from hippo_envs.walking.step_noise import Words, happens


def is_dark(conditions: Conditions, keys: Words | None, steps: Ints) -> Mask:
    """Whether it is dark at each of some steps; `keys` (None where chance has no say) and `steps` go together."""
    if conditions.dark_after is None:
        return steps < 0
    late = steps >= conditions.dark_after
    return late if keys is None or conditions.dark_share == 1 else late & happens(keys, steps, conditions.dark_share)
