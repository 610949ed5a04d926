"""Score your own predictions on the published walks: python score_walks.py WALKS PREDICTIONS. Needs NumPy only.

WALKS holds one .npz for each task and kind of worlds, PREDICTIONS files of the same names with one array `predictions`
(walks, steps): the observation you expect at each step, said before it is seen, from what came before.
"""

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import numpy as np


def read_walks(path):
    """The arrays of a file of walks, checked against their hash."""
    with np.load(path) as file:
        walks = dict(file)
    heard = ("heard",) if "heard" in walks else ()
    steps = (np.ascontiguousarray(walks[name], dtype="<i8") for name in ("nodes", "observations", "actions", *heard))
    if hashlib.sha256(b"".join(array.tobytes() for array in steps)).hexdigest() != str(walks["hash"]):
        raise ValueError(f"{path} does not hold the walks that were published.")
    return walks


def read_predictions(path, shape):
    """The array of a file of predictions, whole numbers of the shape of the walks."""
    try:
        with np.load(path) as file:
            names = file.files
            predictions = file["predictions"] if "predictions" in names else None
    except (AttributeError, OSError, ValueError, zipfile.BadZipFile):
        raise ValueError(f"{path} is not a .npz file: write it with np.savez(path, predictions=...).") from None
    if predictions is None:
        raise ValueError(f"{path} has no array `predictions`, but {', '.join(names) or 'none'}: name it with np.savez.")
    if predictions.shape != shape or predictions.dtype.kind not in "iu":
        got = f"{predictions.dtype} {predictions.shape}"
        raise ValueError(f"{path}: `predictions` are whole numbers of shape {shape}, got {got}.")
    return predictions


def counts(walks, predictions, mask):
    """How many predictions are right, of how many, where the mask holds."""
    right = (predictions == walks["observations"]) & mask
    return int(right.sum()), int(mask.sum())


def score(name, walks, predictions, board=None):
    """Print the counts of every mask, and where there is one the score, between its floor (0) and its ceiling (1).

    Beside it stand the scores of the task's row in `board.json`, by name: agents and simple memories.
    """
    for mask in sorted(mask for mask in walks if mask == "counted" or mask.startswith("mask_")):
        correct, total = counts(walks, predictions, walks[mask])
        print(f"{name} {mask}: {correct} of {total}, {correct / max(total, 1):.4f}")
    if walks["counted"].any():
        correct, total = counts(walks, predictions, walks["counted"])
        floor, ceiling = float(walks["floor"]), float(walks["ceiling"])
        between = f"accuracy {correct / total:.4f} between floor {floor:.4f} and ceiling {ceiling:.4f}"
        print(f"{name} score: {(correct / total - floor) / (ceiling - floor):.4f} ({between})")
        for kind, scores in (board or {}).items():
            best_first = sorted(scores, key=lambda row: -scores[row])
            print(f"{name} {kind}: " + ", ".join(f"{row} {scores[row]:.4f}" for row in best_first))


def main(arguments):
    """Score every file of predictions that is named as one of walks; whatever keeps from it is told, with status 1."""
    if len(arguments) != 2:
        sys.exit("Give two folders: python score_walks.py WALKS PREDICTIONS")
    of_walks, of_predictions = map(Path, arguments)
    files = sorted(of_walks.glob("*.npz"))
    if not files:
        sys.exit(f"There are no walks in {of_walks}: give the folder that this file was written to.")
    answered = [file for file in files if (of_predictions / file.name).exists()]
    boards = of_walks / "board.json"
    board = json.loads(boards.read_text(encoding="utf-8")) if boards.exists() else {}
    if not answered:
        sys.exit(
            f"There are no predictions in {of_predictions}: name files as those of walks, such as {files[0].name}."
        )
    for path in sorted(of_predictions.glob("*.npz")):
        if not (of_walks / path.name).exists():
            print(f"{path} is left out: there are no walks of that name.", file=sys.stderr)
    for file in answered:
        try:
            walks = read_walks(file)
            predictions = read_predictions(of_predictions / file.name, walks["observations"].shape)
        except ValueError as error:
            sys.exit(str(error))
        score(file.stem, walks, predictions, board.get(file.name.partition(".")[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
