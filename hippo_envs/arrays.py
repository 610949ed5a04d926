"""Types of arrays, by what they hold; shapes are documented where arrays are used."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Answers(NamedTuple):
    """Which answers were given, and which of them were right; bool (B, T) each."""

    correct: Mask
    known: Mask
