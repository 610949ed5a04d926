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
    """Watch an agent think, in a window or recorded: what it expects, what comes, and where its memory looks.

    Args:
        agent: the folder of a run; an agent's name, such as tem-t, for its newest finished run (if none, one that
            comes with the repository, or else it is trained); the name of such a one, as tem-t-square; or a policy of
            PPO or RecurrentPPO of Stable-Baselines3, a .zip (which holds pickles: load only what you trust).
        env: the worlds, by id or for short, such as Rectangle; those that the agent learnt in if not given.
        set: arguments of the worlds, such as width=16.
        seed: the world of env.reset(seed=...); no agent has learnt from one that can be named here.
        steps: of a walk, at most 100,000; as many as the agent learnt from if not given.
        human: take over the moves, say what will come, and see your score beside the agent's.
        untrained: the agent of that name as it is before training.
        output: record to a file that ends in .gif, .mp4 or .png (the last step), without a window.
        skip: steps that are taken before a recording begins.
        fps: steps a second of a recording.
        size: pixels, width x height.
        unit: whose map is shown first, from 1; after the last comes the first.
        memory: what a policy of your own learnt on, if that is what a trained agent expects (MemoryVecEnv): that agent,
            such as tem-t-square, or the folder of its run.
        runs: where runs are looked for by the agent's name.
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
        runs: where the runs of the agents are; those of which there is none are left out and named.
        output: the folder of the GIFs.
        page: the page, which refers to them.
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
