"""Programs of studies: what they compute. One table, a row each; `reports.figures.draw` has how each is drawn."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.experiments.study import Outcome, Settings, Steps
from benchmarks.running.programs.case_sequence import case_sequence
from benchmarks.running.programs.clone_graphs import new_rooms, overlapping_rooms
from benchmarks.running.programs.retention import retention


def reinforcement(settings: Settings, seeds: Sequence[int], steps: Steps) -> list[Outcome]:
    """Learning from reward; the only program that needs stable-baselines3, which is therefore imported late."""
    from benchmarks.running.rl import learning

    return learning.reinforcement(settings, seeds, steps)


# Each is given settings and seeds, and counts its steps as it goes.
PROGRAMS: Mapping[str, Callable[[Settings, Sequence[int], Steps], list[Outcome]]] = {
    "retention": retention,
    "structured_retention": retention,
    "case_sequence": case_sequence,
    "overlapping_rooms": overlapping_rooms,
    "new_rooms": new_rooms,
    "reinforcement": reinforcement,
}
