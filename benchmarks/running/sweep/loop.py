"""Submit jobs, watch them, restart those that were killed or stopped from outside, and collect their results."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from rich.console import Console

from benchmarks.records.run import without_weights
from benchmarks.running.signals import RunInterruptedError, StopRequest, stop_on_signal
from benchmarks.running.sweep.executor import Executor, Outcome, Task
from benchmarks.running.sweep.plan import Job
from benchmarks.running.sweep.table import Board, Row, saved_update, shown_time, trained_fraction
from benchmarks.running.sweep.worker import work

SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_BETWEEN_READINGS = 2.0  # of curves, which may lie on a slow disk
N_STARTS = 4  # of a job whose worker is killed, or stopped by others, again and again


class Sweep:
    """Runs jobs on an executor.

    Args:
        jobs: what there is to run; what has finished before is not run again.
        executor: where.
        n_at_once: how many at a time.
        device: as for `run`.
        runs: a folder that all workers see.
        results: where each result is written too, if anywhere.
        console: for the table.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        executor: Executor,
        n_at_once: int,
        device: str,
        runs: Path,
        results: Path | None,
        console: Console,
    ) -> None:
        self.rows = [Row(job) for job in jobs]
        self._executor, self._n_at_once = executor, n_at_once
        self._device, self._runs, self._results = device, runs.resolve(), results
        self._board = Board(self.rows, n_at_once, console)
        self._tasks: list[tuple[Row, Task]] = []
        self._is_stopping = False

    def run(self) -> list[Row]:
        """To the end; the rows, of which some may have failed.

        Raises:
            RunInterruptedError: if asked to stop by Ctrl-C or SIGTERM, after all workers have saved themselves.
            EndedBySignal: if asked again, or if some have not done so in time; `close` of the executor ends these.
        """
        for row in self.rows:
            self._take_in(row, "finished before")
            if row.state == "finished before":
                self._tell_of_lost_weights(row)
        for row in [row for row in self.rows if row.state == "failed"]:
            self._give_up_after(row)
        with stop_on_signal() as stop, self._board:
            try:
                self._work_until(stop)
            except Exception:
                self._stop()
                raise
            if stop.requested:
                self._stop()
                raise RunInterruptedError(stop.number)
        return self.rows

    def _work_until(self, stop: StopRequest) -> None:
        last_reading = time.monotonic()
        while not stop.requested and (self._tasks or self._waiting()):
            for row in self._waiting()[: self._n_at_once - len(self._tasks)]:
                self._start(row)
            self._look()
            if time.monotonic() - last_reading > SECONDS_BETWEEN_READINGS:
                last_reading = time.monotonic()
                for row, _ in self._tasks:
                    row.fraction = trained_fraction(row.job, self._runs)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _waiting(self) -> list[Row]:
        """Those that could start: a job that begins with another's weights waits until that one has finished."""
        done = {row.job for row in self.rows if row.state in ("finished", "finished before")}
        return [
            row
            for row in self.rows
            if row.state == "waiting" and (row.job.begins_with is None or row.job.begins_with in done)
        ]

    def _start(self, row: Row) -> None:
        update, n_updates = saved_update(row.job, self._runs)
        row.fraction = row.fraction_before = update / n_updates
        row.state, row.started = "running", time.monotonic()
        row.n_starts += 1
        self._tasks.append((row, self._executor.submit(partial(work, row.job, self._device, self._runs))))
        again = "started" if row.n_starts == 1 else "started again"
        self._board.changed(row, again + (f", from update {update:,} of {n_updates:,}" if update else ""))

    def _look(self) -> None:
        """Ask every task whether it has ended."""
        for row, task in list(self._tasks):
            outcome = task.poll()
            if outcome is not None:
                self._tasks.remove((row, task))
                self._end(row, outcome)

    def _end(self, row: Row, outcome: Outcome) -> None:
        row.seconds = time.monotonic() - row.started
        row.message = outcome.message or outcome.where
        if outcome.how == "finished":
            self._take_in(row, "finished")
            if row.state == "running":  # by a worker whose folder is not ours
                row.message = f"there is no result in {row.job.within(self._runs).folder}: all workers must see --runs"
                row.state = "failed"
        elif outcome.how == "failed" or (outcome.how == "stopped" and self._is_stopping):
            row.state = outcome.how
        else:  # killed; or stopped by another, such as a cluster that takes a machine away
            row.state = "waiting" if row.n_starts < N_STARTS else "failed"
            if outcome.how == "stopped":
                row.message = row.message or "asked by another than this sweep to stop"
        said = outcome.how if row.state == "waiting" else row.state
        self._board.changed(row, ", ".join(filter(None, (said, row.message, f"after {shown_time(row.seconds)}"))))
        if row.state == "failed":
            self._give_up_after(row)

    def _give_up_after(self, failed: Row) -> None:
        """What begins with the weights of a job that failed cannot be run either."""
        for row in self.rows:
            if row.job.begins_with is failed.job and row.state == "waiting":
                row.state, row.message = "failed", f"begins with {failed.job.title}, which failed"
                self._board.changed(row, f"failed, {row.message}")
                self._give_up_after(row)

    def _take_in(self, row: Row, state: Literal["finished", "finished before"]) -> None:
        """The result of a job, if it is there."""
        try:
            result = row.job.within(self._runs).finished()
        except ValueError as error:
            row.state, row.message = "failed", str(error)
            return
        if result is not None:
            row.job.within(self._runs).tidy_up()
            row.state, row.fraction = state, 1.0
            if self._results is not None:
                result.write(result.path_in(self._results))

    def _tell_of_lost_weights(self, row: Row) -> None:
        """That a finished run has none, and the way out; runs of a study keep no weights."""
        found = row.job.within(self._runs)
        if row.job.experiment.about_walks and not found.weights.exists():
            row.message = f"its weights are gone: {without_weights(found.folder, row.job.settings.as_json())}"
            self._board.changed(row, f"{row.state}, {row.message}")

    def _stop(self) -> None:
        self._is_stopping = True
        for _, task in self._tasks:
            task.stop()
        while self._tasks:
            self._look()
            time.sleep(SECONDS_BETWEEN_LOOKS)
