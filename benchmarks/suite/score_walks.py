"""Score your own predictions on the published walks: python score_walks.py WALKS PREDICTIONS. Needs NumPy only.

WALKS holds one .npz for each task and kind of worlds, PREDICTIONS files of the same names with one array `predictions`
(walks, steps): the observation you expect at each step, said before it is seen, from what came before.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np


def read_walks(path):
    """The arrays of a file of walks, checked against their hash."""
    walks = dict(np.load(path))
    steps = (np.ascontiguousarray(walks[name], dtype="<i8") for name in ("nodes", "observations", "actions"))
    if hashlib.sha256(b"".join(array.tobytes() for array in steps)).hexdigest() != str(walks["hash"]):
        sys.exit(f"{path} does not hold the walks that were published.")
    return walks


def counts(walks, predictions, mask):
    """How many predictions are right, of how many, where the mask holds."""
    right = (predictions == walks["observations"]) & mask
    return int(right.sum()), int(mask.sum())


if __name__ == "__main__":
    for file in sorted(Path(sys.argv[1]).glob("*.npz")):
        answers = Path(sys.argv[2]) / file.name
        if answers.exists():
            walks, predictions = read_walks(file), np.load(answers)["predictions"]
            for name in sorted(name for name in walks if name == "counted" or name.startswith("mask_")):
                correct, total = counts(walks, predictions, walks[name])
                print(f"{file.stem} {name}: {correct} of {total}, {correct / max(total, 1):.4f}")
            if walks["counted"].any():
                correct, total = counts(walks, predictions, walks["counted"])
                score = (correct / total - walks["floor"]) / (walks["ceiling"] - walks["floor"])
                print(f"{file.stem} score: {score:.4f}")
