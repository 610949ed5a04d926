"""python -m benchmarks rollout | gallery: check the options before anything is loaded."""

import argparse
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console

from agents.foreign_code import exit_is_an_error
from benchmarks.experiments.console import say
from benchmarks.experiments.options import Output, spelled

SMALLEST = 320  # pixels of the shorter side, below which nothing can be read
LEAST = {"seed": 0, "skip": 0, "unit": 1, "steps": 2}
MOST_STEPS = 100_000  # of a walk, all of which is kept in memory with what the agent expected


def rollout(
    agent: tyro.conf.Positional[str],
    env: str | None = None,
    set: tuple[str, ...] = (),  # noqa: A002 (as it is typed)
    seed: Annotated[int, spelled("seed", also="seeds")] = 0,
    steps: int | None = None,
    human: bool = False,
    untrained: bool = False,
    output: Annotated[Path | None, spelled("output", also="record")] = None,
    skip: int = 0,
    fps: float = 2.0,
    size: str = "1280x720",
    unit: int = 1,
    memory: str | None = None,
    runs: Path = Path("runs"),
) -> None:
    """Watch an agent in a window or record it: what it predicts, what it sees, and where its memory looks.

    Args:
        agent: the folder of a run; the name of an agent, such as tem-t, for its newest finished run (if there is none,
            a trained agent that comes with the repository, else one is trained now); the name of such a trained agent,
            such as tem-t-square; or a .zip of a Stable-Baselines3 PPO or RecurrentPPO policy (a .zip can run code when
            it is loaded, so load only files you trust).
        env: the worlds, by id or short name, such as Rectangle; those the agent was trained in if not given.
        set: arguments of the worlds, such as width=16.
        seed: which world, as in env.reset(seed=...); no agent was trained on a world that can be named here.
        steps: length of the walk, at most 100,000; that of training if not given.
        human: choose the moves and predict the symbols yourself, and see your score beside the agent's.
        untrained: show the agent of that name before training.
        output: record to this .gif, .mp4 or .png (the last step) instead of opening a window.
        skip: steps to take before the recording begins.
        fps: steps per second of the recording.
        size: pixels, width x height.
        unit: the unit whose rate map is shown first, counted from 1; numbers wrap around after the last unit.
        memory: for a policy that was trained on the predictions of an agent (MemoryVecEnv): that agent, such as
            tem-t-square, or the folder of its run.
        runs: the folder in which runs are looked up by the agent's name.
    """
    _check_options(output is not None, human, fps, seed=seed, skip=skip, unit=unit, steps=steps)
    pixels, arguments = parse_size(size), dict(map(parse_argument, set))
    _check_output(output)

    from benchmarks.rollout.find import find_watched
    from benchmarks.rollout.prediction_panel import View
    from benchmarks.rollout.watching import record_rollout, watch

    with exit_is_an_error():
        watched = find_watched(agent, env, arguments, runs, untrained, Console(), memory)
        if output is None:
            watch(watched, seed, steps, human, pixels, View(unit=unit - 1))
        else:
            record_rollout(watched, output, seed, steps, skip, fps, pixels, View(unit=unit - 1))
            say(output)


def gallery(
    runs: Path = Path("runs"), output: Output = Path("docs/gallery"), page: Path = Path("docs/gallery.md")
) -> None:
    """Make a GIF of every environment and of every agent family, and the page that shows them.

    Args:
        runs: the folder of the agents' runs; agents without a run are left out and named.
        output: the folder for the GIFs.
        page: the page that shows them.
    """
    _check_pygame()
    from benchmarks.records.files import write_whole
    from benchmarks.rollout import gallery as making

    console = Console()
    for path in (*making.make_environments(output), *making.make_agents(output, runs, console)):
        say(f"{path}  {path.stat().st_size / 1000:.0f} kB", console)
    write_whole(page, making.page(os.path.relpath(output, page.parent)).encode())


def _check_options(is_recorded: bool, human: bool, fps: float, **whole: int | None) -> None:
    if is_recorded and human:
        raise ValueError("Nobody can play in a recording: leave out --human or --output.")
    for name, value in whole.items():
        if value is not None and value < LEAST[name]:
            raise ValueError(f"--{name} is {LEAST[name]} or more, got {value}.")
    if (whole["steps"] or 0) > MOST_STEPS:
        raise ValueError(f"--steps is at most {MOST_STEPS:,}, got {whole['steps']:,}.")
    if not 0 < fps <= 100:
        raise ValueError(f"--fps is above 0 and at most 100, got {fps:g}.")


def _check_output(output: Path | None) -> None:
    """There must be something to draw with, and somewhere to show it."""
    _check_pygame()
    if output is not None:
        from benchmarks.rollout.recording import checked_path

        checked_path(output)
    elif not _has_display():
        raise ValueError("There is no display to open a window on: set DISPLAY, or use --output file.gif.")
    else:
        _check_windows()


def _check_pygame() -> None:
    if find_spec("pygame") is None:
        raise ValueError("Pictures need pygame: pip install pygame-ce.")


def _check_windows() -> None:
    from hippo_envs.drawing.window import check_windows

    try:
        check_windows()
    except ImportError as error:
        raise ValueError(f"{str(error).removesuffix('.')}, or use --output file.gif.") from error


def _has_display() -> bool:
    # Late, like all that is not needed for --help: Gymnasium takes half of the time that it may.
    from hippo_envs.drawing.display import has_display

    return has_display()


def parse_size(text: str) -> tuple[int, int]:
    """Width and height of "1280x720"; a ValueError says how they are written."""
    from hippo_envs.drawing.display import MOST_PIXELS

    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    width, height = (int(side) for side in found.groups()) if found else (0, 0)
    if min(width, height) < SMALLEST or width * height > MOST_PIXELS:
        raise ValueError(
            f"--size is width x height, each {SMALLEST} or more and at most {MOST_PIXELS:,} pixels in all, such as "
            f"1280x720, got {text!r}."
        )
    return width, height


def parse_argument(text: str) -> tuple[str, Any]:
    """Name and value of "width=16"."""
    from hippo_envs.arguments import parse_setting

    try:
        return parse_setting(text)
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"--set: {error}") from error
