"""A progress bar for a terminal; where there is none (a log, CI), a line now and then."""

import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.experiments.console import say, visible


class Watcher:
    """Shows how far a run is: updates done, updates per second, time left, current scores."""

    def __init__(self, title: str, n_updates: int, console: Console) -> None:
        self._console = console
        self._title = title
        self._n_updates = n_updates
        self._first_update, self._started = 0, time.perf_counter()
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[scores]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(visible(title), total=n_updates, rate="", scores="")

    def __enter__(self) -> "Watcher":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def start_from(self, update: int) -> None:
        """Say where the run resumes, and count the time from now."""
        self._first_update, self._started = update, time.perf_counter()
        self._progress.update(self._task, completed=update)
        if update:
            self._say(f"{self._title}: resuming from update {update:,}")

    def advance(self) -> None:
        """Count one update."""
        self._progress.advance(self._task)

    def report(self, update: int, scores: Mapping[str, float]) -> None:
        """Show the speed since the start and the current scores."""
        rate = f"{(update - self._first_update) / (time.perf_counter() - self._started):.1f}/s"
        shown = "  ".join(f"{name} {value:.3f}" for name, value in scores.items())
        self._progress.update(self._task, rate=rate, scores=shown)
        if not self._console.is_terminal:
            self._say(f"{self._title}  {update:,}/{self._n_updates:,}  {rate}  {shown}")

    def _say(self, line: str) -> None:
        say(line, self._console)
