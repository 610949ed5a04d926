"""An episode of pattern memory drawn: units as a field of bits, in colours or as text."""

import numpy as np
from numpy.typing import NDArray

from hippo_envs.arrays import Mask
from hippo_envs.drawing.scene import BitField, BitScene
from hippo_envs.envs.pattern_task import UNTRAINED, Bits, PatternTask

UNITS_A_LINE = 50


def bit_scene(
    task: PatternTask, shown: Bits, ages: NDArray[np.int64], targets: Bits, step: int, answer: Mask | None
) -> BitScene:
    """An episode after so many steps, with the answer just given to a cue, if one was."""
    fields = [BitField(described(task, step, int(ages[step])), task.unpacked(shown[step]).view(bool))]
    caption = f"step {step} of {task.n_steps}"
    if answer is not None:
        cue = step - 1 - task.n_stored
        target = task.unpacked(targets[cue]).view(bool)
        fields += [
            BitField("the cue before", task.unpacked(shown[step - 1]).view(bool)),
            BitField("recalled", answer, target),
            BitField("its pattern", target),
        ]
        caption += f", recovered {task.recovered(answer, targets[cue]):.0%}"
    return BitScene(tuple(fields), (caption,))


def described(task: PatternTask, step: int, age: int) -> str:
    """What is shown after so many steps.

    >>> described(PatternTask(n_stored=2, n_recalled=1), 2, age=1)
    'recall, age 1'
    """
    if step < task.n_stored:
        return "store"
    if step == task.n_steps:
        return "the end"
    return "recall, untrained" if age == UNTRAINED else f"recall, age {age}"


def draw_step(task: PatternTask, shown: Bits, step: int, age: int) -> str:
    """A line that says what is shown, and its units, 50 a line: `#` for those that are on.

    >>> print(draw_step(PatternTask(n_units=9, n_ones=2), np.packbits([0, 1, 0, 0, 0, 0, 0, 0, 1]), 3, 0))
    step 3: store
    .#......#
    """
    units = "".join("#" if unit else "." for unit in task.unpacked(shown).tolist())
    lines = [units[first : first + UNITS_A_LINE] for first in range(0, task.n_units, UNITS_A_LINE)]
    return "\n".join([f"step {step}: {described(task, step, age)}", *lines])
