"""What the commands cost that read all results: that it is measured, and told beside its bar; how much is no test."""

from benchmarks.reports.timings import command_speed
from benchmarks.reports.timings.command_speed import BARS, as_table, cpu_seconds, measure, verdicts


def test_seconds_are_those_of_a_process_of_its_own():
    assert 0.05 < cpu_seconds(["list"]) < 60


def test_every_command_is_measured_several_times_and_the_least_counts(monkeypatch):
    asked = []
    monkeypatch.setattr(command_speed, "cpu_seconds", lambda arguments: asked.append(arguments[0]) or len(asked))
    assert measure(lambda _: None) == {"claims": 1, "docs": 4, "leaderboard": 7}
    assert asked == [name for name in BARS for _ in range(command_speed.GOES)]


def test_every_bar_is_told_with_what_was_reached():
    seconds = {"claims": 2.0, "docs": 3.5, "leaderboard": 3.0}
    assert verdicts(seconds) == [
        "claims: 2 CPU seconds, bar 3: met",
        "docs: 3.5 CPU seconds, bar 3: not met",
        "leaderboard: 3 CPU seconds, bar 3: met",
    ]
    assert as_table(seconds).row_count == len(BARS)
