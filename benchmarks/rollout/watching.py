"""Watch an agent think: in a window, or recorded to a file."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.rollout.page import Frame, Page
from benchmarks.rollout.prediction_panel import PLAIN, View
from benchmarks.rollout.recording import record
from benchmarks.rollout.watched import Watched
from benchmarks.rollout.watched_walk import WatchedWalk

WINDOW_SIZE = (1280, 720)


def walk_of(watched: Watched, n_steps: int | None, has_person: bool = False) -> WatchedWalk:
    """Walks as long as those that it learnt from, unless told otherwise."""
    length = watched.walk_length if n_steps is None else n_steps
    return WatchedWalk(watched.family, watched.predictor, watched.name, watched.masks, length, has_person)


def origin_of(watched: Watched) -> str:
    """Where the predictor comes from, and where it is."""
    return f"{watched.origin}  ·  {watched.environment}"


def frames(
    watched: Watched, seed: int, n_steps: int | None, skip: int, size: tuple[int, int], view: View
) -> Iterator[Frame]:
    """Pictures of a walk after its first `skip` steps; each is overwritten by the next."""
    walk = walk_of(watched, n_steps)
    page = Page(size, watched.name, f"{origin_of(watched)}, world {seed}", walk.n_steps)
    for moment in walk.moments(seed):
        if moment.step >= skip or moment.has_ended:
            yield page.draw(moment, view)


def record_rollout(
    watched: Watched,
    path: Path,
    seed: int,
    n_steps: int | None = None,
    skip: int = 0,
    fps: float = 2.0,
    size: tuple[int, int] = WINDOW_SIZE,
    view: View = PLAIN,
) -> None:
    """Record a walk, without any display.

    Raises:
        ValueError: if nothing of the walk is left after the steps to skip.
    """
    length = walk_of(watched, n_steps).n_steps
    if skip >= length:
        raise ValueError(f"--skip {skip} leaves nothing of a walk of {length} steps: skip fewer, or give more --steps.")
    record(path, frames(watched, seed, n_steps, skip, size, view), fps)


def watch(
    watched: Watched, seed: int, n_steps: int | None, human: bool, size: tuple[int, int], view: View = PLAIN
) -> None:
    """Open a window, and stay until it is closed.

    Raises:
        ValueError: if there is no display to open it on.
    """
    from benchmarks.rollout.human import HumanRollout
    from benchmarks.rollout.window import RolloutWindow
    from hippo_envs.drawing.window import Window

    try:
        window = Window(f"hippo-envs: {watched.name}", size)
    except OSError as error:
        raise ValueError(f"{error} Use --output file.gif, or set DISPLAY.") from error
    show = HumanRollout if human else RolloutWindow
    walk = walk_of(watched, n_steps, has_person=human)
    with closing(window):
        show(walk, watched.name, origin_of(watched), seed, window, view.unit).run()
