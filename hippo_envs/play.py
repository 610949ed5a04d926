"""Walk in a world yourself: by keys, in a window or as text in a terminal."""

import os
import re
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from importlib.util import find_spec
from typing import Any, TextIO

import numpy as np

from hippo_envs.arguments import reject_unknown
from hippo_envs.drawing.display import has_display
from hippo_envs.drawing.keys import NEW_WORLD, QUIT, action_keys
from hippo_envs.registration import ENVIRONMENTS, find_stream

KEY = re.compile(r"\x1b[\[O][A-D]|.", re.DOTALL)
END_OF_INPUT = "\x04"
CLEAR = "\x1b[2J\x1b[H"


def play(environment: str, seed: int | None, ansi: bool, settings: Mapping[str, Any]) -> None:
    """Let a person walk in one world after the other.

    Raises:
        ValueError: in one line, what is wrong with the input and what to do instead.
    """
    environment_id, entry = find_stream(environment)
    check_settings(environment_id, entry.environment, settings)
    if not ansi:
        check_window()
    env = make_stream(environment_id, "ansi" if ansi else "rgb_array", settings)
    keys = action_keys(env.family.action_names)
    # A small one, that is easily typed again.
    seed = int(np.random.default_rng().integers(10_000)) if seed is None else seed
    if not ansi:
        play_in_window(env, environment_id, seed, keys)
        return
    clear = reads_single_keys(sys.stdin) and sys.stdout.isatty()
    with closing(typed_keys(sys.stdin)) as typed:
        while walk(env, f"{environment_id}, seed {seed}", seed, keys, typed, clear):
            seed += 1
    env.close()


def check_settings(environment_id: str, environment: Any, settings: Mapping[str, Any]) -> None:
    """A ValueError names what can be set if something else is: the world, but not how it is observed."""
    try:
        reject_unknown(environment_id, settings, *environment.takers())
    except TypeError as error:
        raise ValueError(str(error)) from error


def check_window() -> None:
    """A ValueError says how to do without a window if none can be opened."""
    if find_spec("pygame") is None:
        raise ValueError("A window needs pygame: pip install pygame-ce, or use --ansi.")
    if not has_display():
        raise ValueError("There is no display to open a window on: set DISPLAY, or use --ansi.")


def play_in_window(env: Any, environment_id: str, seed: int, keys: Mapping[str, int]) -> None:
    """The same in a window; a ValueError says so if none can be opened."""
    from hippo_envs.drawing.window import Window
    from hippo_envs.drawing.window_play import WINDOW_SIZE, WindowPlay

    try:
        window = Window(f"hippo_envs: {environment_id}", WINDOW_SIZE)
    except (OSError, ImportError) as error:
        raise ValueError(f"{str(error).removesuffix('.')}, or use --ansi.") from error
    with closing(window):
        WindowPlay(env, environment_id, seed, keys, window).run()


def make_stream(environment_id: str, render_mode: str, settings: Mapping[str, Any]) -> Any:
    """The environment without wrappers, and so without a time limit; a ValueError if the settings do not fit it."""
    entry = ENVIRONMENTS[environment_id]
    try:
        return entry.environment(render_mode=render_mode, **{**entry.arguments, **settings})
    except (TypeError, AssertionError, ImportError) as error:
        given = ", ".join(f"{name}={value!r}" for name, value in settings.items()) or "its defaults"
        raise ValueError(f"{environment_id} cannot be made with {given}: {error}") from error


def walk(env: Any, title: str, seed: int, keys: Mapping[str, int], typed: Iterator[str], clear: bool) -> bool:
    """Take a person through the world of that seed; whether another one is wanted after it."""
    symbol, info = env.reset(seed=seed)
    last_visit: dict[int, int] = {}
    step, came_by, ended = 0, "start", False
    while True:
        ago = step - last_visit.get(env.node, step)
        visit = f"visited {ago} step{'s' * (ago > 1)} ago" if ago else "not visited before"
        last_visit[env.node] = step
        open_moves = {key: action for key, action in keys.items() if info["action_mask"][action] and not ended}
        print(CLEAR if clear else "", f"{title}, step {step}: {came_by}", env.render() or "", sep="\n")
        seen = f"symbol {symbol}" if symbol < env.family.n_observations else "dark"
        print(f"{seen}, at a node {visit}{'; the episode ends here' * ended}")
        moves = [f"{key}: {env.family.action_names[action]}" for key, action in open_moves.items() if len(key) == 1]
        print(*moves, f"{NEW_WORLD}: new world", f"{QUIT}: quit", sep="   ", flush=True)
        key = choose(open_moves, keys, typed)
        if key in (NEW_WORLD, QUIT):
            return key == NEW_WORLD
        symbol, _, ended, _, info = env.step(open_moves[key])
        came_by = env.step_name(open_moves[key])
        step += 1


def choose(open_moves: Mapping[str, int], keys: Mapping[str, int], typed: Iterator[str]) -> str:
    """The first key that does something here; the end of the input quits."""
    for key in typed:
        if key in open_moves or key in (NEW_WORLD, QUIT):
            return key
        if key == END_OF_INPUT:
            break
        if key.strip():
            print(f"{key!r} leads nowhere from here." if key in keys else f"{key!r} is no key here.", flush=True)
    return QUIT


def reads_single_keys(stream: TextIO) -> bool:
    """Whether keys can be had one by one, which takes a terminal, and not that of Windows."""
    return stream.isatty() and find_spec("termios") is not None


def typed_keys(stream: TextIO) -> Generator[str, None, None]:
    """What a person types, in lower case: key by key in a terminal, otherwise line by line."""
    if not reads_single_keys(stream):
        yield from (line.strip().lower() for line in stream)
        return
    import termios
    import tty

    before = termios.tcgetattr(stream)
    try:
        tty.setcbreak(stream, termios.TCSADRAIN)  # which keeps what was typed ahead
        while typed := os.read(stream.fileno(), 64):
            for key in KEY.findall(typed.decode(errors="replace")):
                yield key.replace("\x1bO", "\x1b[") if key.startswith("\x1b") else key.lower()
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, before)
