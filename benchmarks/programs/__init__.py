"""Programs of studies: what they compute and how it is drawn. One table, a row each."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.programs.case_sequence import case_sequence
from benchmarks.programs.case_sequence_figures import draw_case_sequence
from benchmarks.programs.reinforcement_figures import draw_reinforcement
from benchmarks.programs.retention import retention
from benchmarks.programs.retention_figures import draw_retention
from benchmarks.programs.structured_figures import draw_structured
from benchmarks.result import Result
from benchmarks.study import Outcome, Settings, Steps, Study


def reinforcement(settings: Settings, seeds: Sequence[int], steps: Steps) -> list[Outcome]:
    """Learning from reward; the only program that needs stable-baselines3, which is therefore imported late."""
    from benchmarks.rl import learning

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
