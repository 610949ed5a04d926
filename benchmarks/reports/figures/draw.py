"""All figures of an experiment or a study, by what it is: the tables of who draws what."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.study import Study
from benchmarks.records.collect import results_hash
from benchmarks.records.files import write_whole
from benchmarks.records.provenance import digest
from benchmarks.records.result import Result, folder_of
from benchmarks.reports.figures import png
from benchmarks.reports.figures.accuracy import draw_experiment, draw_learning
from benchmarks.reports.figures.case_sequence import draw_case_sequence
from benchmarks.reports.figures.cells import draw_cells
from benchmarks.reports.figures.clone_graphs import draw_new_rooms, draw_overlapping_rooms
from benchmarks.reports.figures.letters import draw_letters
from benchmarks.reports.figures.memories import draw_memories
from benchmarks.reports.figures.parameter import draw_parameter
from benchmarks.reports.figures.places import draw_place_cells
from benchmarks.reports.figures.reinforcement import draw_reinforcement
from benchmarks.reports.figures.retention import draw_retention
from benchmarks.reports.figures.sizes import draw_sizes
from benchmarks.reports.figures.structured import draw_structured
from benchmarks.reports.figures.worlds import draw_worlds, learns_in_many_worlds

DRAWN_FROM = "results"  # the keyword in a PNG
LONGEST = 80  # characters that a selection may add to the name of a picture
FIT = re.compile(r"[^A-Za-z0-9._-]+")
# Each is given an experiment, results of one preset and a folder, and returns the files it has written: none where it
# has nothing to show.
Draw = Callable[[Any, Sequence[Result], Path], list[Path]]
OF_WALKS: Sequence[Draw] = (
    draw_experiment,
    draw_learning,
    draw_cells,
    draw_place_cells,
    draw_sizes,
    draw_parameter,
    draw_memories,
    draw_letters,
)
OF_PROGRAM: Mapping[str, Draw] = {
    "retention": draw_retention,
    "structured_retention": draw_structured,
    "case_sequence": draw_case_sequence,
    "overlapping_rooms": draw_overlapping_rooms,
    "new_rooms": draw_new_rooms,
    "reinforcement": draw_reinforcement,
}
FIGURES: Mapping[type, Callable[[Any], Sequence[Draw]]] = {
    Experiment: lambda experiment: (draw_worlds,) if learns_in_many_worlds(experiment) else OF_WALKS,
    Study: lambda study: (OF_PROGRAM[study.program],),
}


def draw(
    experiment: Experiment | Study, results: Sequence[Result], folder: Path, selection: str = ""
) -> Iterator[Path]:
    """Draw results of one preset into a folder; the pictures, PNG and SVG, as they are written.

    Args:
        experiment: what they are results of.
        results: all that is drawn; a PNG keeps their hash, so that one that is older can be told.
        folder: where the pictures go.
        selection: which results these are, if not all of the committed ones; a part of the pictures' names.
    """
    named = replace(experiment, name=experiment.name + selection)  # pictures are called as their experiment is
    drawn_from = results_hash(results)
    for draw_one in FIGURES[type(experiment)](named):
        for path in draw_one(named, results, folder):
            if path.suffix == ".png":
                write_whole(path, png.with_text(path.read_bytes(), DRAWN_FROM, drawn_from))
            yield path


def selection_of(agents: Sequence[str], runs: Path | None) -> str:
    """What the names of pictures say of a selection of agents and a folder of runs; nothing for all committed results.

    >>> selection_of(("lstm", "my_agents:Clocks"), Path("runs"))
    '-of-lstm-my_agents.Clocks-from-runs'
    """
    of = f"-of-{'-'.join(map(folder_of, agents))}" if agents else ""
    selection = of if runs is None else f"{of}-from-{FIT.sub('-', runs.resolve().name)}"
    return selection if len(selection) <= LONGEST else f"-of-{digest(selection.encode())[:8]}"
