"""All figures of an experiment or a study, by what it is: the tables of who draws what."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.experiments.experiment import Experiment
from benchmarks.experiments.study import Study
from benchmarks.records.result import Result
from benchmarks.reports.figures.accuracy import draw_experiment, draw_learning
from benchmarks.reports.figures.case_sequence import draw_case_sequence
from benchmarks.reports.figures.cells import draw_cells
from benchmarks.reports.figures.letters import draw_letters
from benchmarks.reports.figures.memories import draw_memories
from benchmarks.reports.figures.parameter import draw_parameter
from benchmarks.reports.figures.places import draw_place_cells
from benchmarks.reports.figures.reinforcement import draw_reinforcement
from benchmarks.reports.figures.retention import draw_retention
from benchmarks.reports.figures.sizes import draw_sizes
from benchmarks.reports.figures.structured import draw_structured

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
    "reinforcement": draw_reinforcement,
}
FIGURES: Mapping[type, Callable[[Any], Sequence[Draw]]] = {
    Experiment: lambda _: OF_WALKS,
    Study: lambda study: (OF_PROGRAM[study.program],),
}


def draw(experiment: Experiment | Study, results: Sequence[Result], folder: Path) -> Iterator[Path]:
    """Draw results of one preset into a folder; the pictures, PNG and SVG, as they are written."""
    for draw_one in FIGURES[type(experiment)](experiment):
        yield from draw_one(experiment, results, folder)
