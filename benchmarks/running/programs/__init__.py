"""Programs of studies: what they compute and how it is drawn. One table, a row each."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.experiments.study import Outcome, Settings, Steps, Study
from benchmarks.records.result import Result
from benchmarks.reports.figures.case_sequence import draw_case_sequence
from benchmarks.reports.figures.reinforcement import draw_reinforcement
from benchmarks.reports.figures.retention import draw_retention
from benchmarks.reports.figures.structured import draw_structured
from benchmarks.running.programs.case_sequence import case_sequence
from benchmarks.running.programs.retention import retention


def reinforcement(settings: Settings, seeds: Sequence[int], steps: Steps) -> list[Outcome]:
    """Learning from reward; the only program that needs stable-baselines3, which is therefore imported late."""
    from benchmarks.running.rl import learning

    return learning.reinforcement(settings, seeds, steps)


class Program(NamedTuple):
    """A function of settings and seeds, which counts its steps as it goes, and one that draws results of a preset."""

    compute: Callable[[Settings, Sequence[int], Steps], list[Outcome]]
    draw: Callable[[Study, Sequence[Result], Path], list[Path]]


PROGRAMS: Mapping[str, Program] = {
    "retention": Program(retention, draw_retention),
    "structured_retention": Program(retention, draw_structured),
    "case_sequence": Program(case_sequence, draw_case_sequence),
    "reinforcement": Program(reinforcement, draw_reinforcement),
}
