"""What an update of TEM costs: that it is measured, and told beside its bar; how much it is, is no test."""

from benchmarks.reports.timings import update_speed
from benchmarks.reports.timings.update_speed import BARS, TIMED, Cost, as_table, cost_of, verdicts


def test_seconds_are_those_of_one_chunk_and_memory_that_of_the_process(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(update_speed.time, "process_time", lambda: next(clock))
    cost = cost_of("tem-t", n_walks=1)
    assert cost.cpu_seconds == 1 / update_speed.N_CHUNKS, "a second passed between two looks at the clock"
    assert cost.yardsticks == cost.cpu_seconds
    assert 50 < cost.megabytes < 20_000


def test_every_bar_is_told_with_what_was_reached():
    costs = {name: Cost(0.25, 10.0, 500.0) for name in TIMED}
    assert set(BARS) <= set(costs)
    assert verdicts(costs) == [
        "tem: 0.25 CPU seconds an update, bar 0.2: not met",
        "tem: 500 MB, bar 600: met",
    ]
    assert as_table(costs).row_count == len(TIMED)
