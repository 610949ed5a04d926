"""The command line: python -m hippo_envs list | play."""

import argparse
import ast
import os
import re
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NoReturn, TextIO

import gymnasium as gym
import numpy as np

from hippo_envs.arguments import reject_unknown
from hippo_envs.drawing.keys import NEW_WORLD, QUIT, action_keys
from hippo_envs.registration import ENVIRONMENTS, Entry

KEY = re.compile(r"\x1b[\[O][A-D]|.", re.DOTALL)
UNKNOWN_OPTION = re.compile(r"unrecognized arguments: --([a-z]\w*)[ =](\S+)")
END_OF_INPUT = "\x04"
CLEAR = "\x1b[2J\x1b[H"
WORDS = {"true": True, "false": False, "none": None}
INTERRUPTED = 130

DESCRIPTION = "Gymnasium environments for models of memory and the hippocampus."
EXAMPLES = """examples:
  python -m hippo_envs list
  python -m hippo_envs play Rectangle
  python -m hippo_envs play hippo/Rectangle-v0 --ansi --seed 3 --set width=10 --set torus=true
"""
PLAY = """Walk in a world yourself, in a window or, with --ansi, in this terminal. Every step shows the world, the
symbol at your node, whether you have been there before, and the open moves with their keys; arrow keys work too where
moves have directions. r draws the world of the next seed, q quits; in a window, Tab hides the symbols of nodes that
you have not visited. A walk has no time limit."""


def list_environments() -> None:
    """Print a table of every registered environment, with its defaults; "-" where it ends its episodes itself."""
    rows = [("id", "kind", "actions", "observations", "steps", "summary")]
    for environment_id, entry in ENVIRONMENTS.items():
        steps = "-" if entry.max_episode_steps is None else str(entry.max_episode_steps)
        summary = (_environment_class(entry).__doc__ or "").strip().split("\n")[0]
        rows.append((environment_id, entry.kind, *sizes(environment_id), steps, summary.removesuffix(".")))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        names = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(row[2:5], widths[2:5], strict=True)]
        print("  ".join([*names, *numbers, row[5]]))


def _environment_class(entry: Entry) -> Any:
    return getattr(import_module(entry.module), f"{entry.name}Env")


def sizes(environment_id: str) -> tuple[str, str]:
    """How many actions and observations there are; "?" where a package is missing without which nobody can tell."""
    try:
        env = gym.make(environment_id)
    except ImportError:
        return "?", "?"
    return size(env.action_space), size(env.observation_space)


def size(space: gym.Space[Any]) -> str:
    """How many elements, factor by factor; of a binary vector its bits, of any other its shape."""
    if isinstance(space, gym.spaces.Discrete):
        return str(space.n)
    if isinstance(space, gym.spaces.MultiDiscrete):
        return " x ".join(map(str, space.nvec.ravel()))
    if isinstance(space, gym.spaces.MultiBinary):
        return f"{space.n:,} bits"
    if isinstance(space, gym.spaces.Dict):
        return " x ".join(map(size, space.values()))
    return str(space.shape)


def play(environment: str, seed: int | None, ansi: bool, settings: Mapping[str, Any]) -> None:
    """Let a person walk in one world after the other.

    Raises:
        ValueError: in one line, what is wrong with the input and what to do instead.
    """
    environment_id, entry = find_stream(environment)
    check_settings(environment_id, _environment_class(entry), settings)
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


def find_stream(text: str) -> tuple[str, Entry]:
    """The environment meant, with or without "hippo/" and "-v0"; a ValueError if one cannot walk in it."""
    known = {}
    for environment_id in ENVIRONMENTS:
        name = _short_name(environment_id)
        known[name] = known[name.rpartition("-v")[0]] = environment_id
    name = _short_name(text)
    if name not in known:
        # Without the version, which is in the name of any environment and would make all of them alike.
        bare = re.sub(r"-v\d*$", "", name)
        holding = [other for other in known if len(bare) > 2 and bare in other]
        near = holding or get_close_matches(bare, known, n=1, cutoff=0.6)
        remedy = f"did you mean {known[near[0]]}?" if near else "python -m hippo_envs list shows all of them."
        raise ValueError(f"There is no environment {text!r}: {remedy}")
    environment_id = known[name]
    entry = ENVIRONMENTS[environment_id]
    if entry.kind != "stream":
        streams = [one for one, other in ENVIRONMENTS.items() if other.kind == "stream"]
        behind = [one for one in streams if one in entry.arguments.values()]
        remedy = f"play {behind[0]} instead." if behind else f"play one of {', '.join(streams)}."
        raise ValueError(f"{environment_id} is no world to walk in, but of the kind {entry.kind!r}: {remedy}")
    return environment_id, entry


def _short_name(environment_id: str) -> str:
    return environment_id.lower().removeprefix("hippo_envs:").removeprefix("hippo/")


def check_settings(environment_id: str, environment: Any, settings: Mapping[str, Any]) -> None:
    """A ValueError names what can be set if something else is: the world, but not how it is observed."""
    try:
        reject_unknown(environment_id, settings, environment.build_family, environment.make_family)
    except TypeError as error:
        raise ValueError(str(error)) from error


def check_window() -> None:
    """A ValueError says how to do without a window if none can be opened."""
    if find_spec("pygame") is None:
        raise ValueError("A window needs pygame: pip install pygame-ce, or use --ansi.")
    if not has_display():
        raise ValueError("There is no display to open a window on: set DISPLAY, or use --ansi.")


def has_display() -> bool:
    """Whether a window would be seen by anyone, as far as the surroundings tell."""
    if "SDL_VIDEODRIVER" in os.environ or not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def play_in_window(env: Any, environment_id: str, seed: int, keys: Mapping[str, int]) -> None:
    """The same in a window; a ValueError says so if none can be opened."""
    from hippo_envs.drawing.rendering import Window
    from hippo_envs.drawing.window_play import WINDOW_SIZE, WindowPlay

    try:
        window = Window(f"hippo_envs: {environment_id}", WINDOW_SIZE)
    except OSError as error:
        raise ValueError(f"{error}: use --ansi.") from error
    with closing(window):
        WindowPlay(env, environment_id, seed, keys, window).run()


def make_stream(environment_id: str, render_mode: str, settings: Mapping[str, Any]) -> Any:
    """The environment without wrappers, and so without a time limit; a ValueError if the settings do not fit it."""
    entry = ENVIRONMENTS[environment_id]
    try:
        return _environment_class(entry)(render_mode=render_mode, **{**entry.arguments, **settings})
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
        print(f"symbol {symbol}, at a node {visit}{'; the episode ends here' * ended}")
        moves = [f"{key}: {env.family.action_names[action]}" for key, action in open_moves.items() if len(key) == 1]
        print(*moves, f"{NEW_WORLD}: new world", f"{QUIT}: quit", sep="   ", flush=True)
        key = choose(open_moves, keys, typed)
        if key in (NEW_WORLD, QUIT):
            return key == NEW_WORLD
        came_by = env.family.action_names[open_moves[key]]
        symbol, _, ended, _, info = env.step(open_moves[key])
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


def parse_arguments() -> argparse.Namespace:
    """What was typed after `python -m hippo_envs`; help and errors end the program."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = OneLineParser("python -m hippo_envs", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=raw)
    commands = parser.add_subparsers(dest="command", metavar="{list,play}", required=True)
    commands.add_parser("list", help="list every environment", description=list_environments.__doc__)
    one = commands.add_parser("play", help="walk in a world yourself", description=PLAY, formatter_class=raw)
    one.add_argument("environment", metavar="ID", help="such as hippo/Rectangle-v0, or Rectangle for short")
    one.add_argument(
        "--seed", "--seeds", type=parse_seed, metavar="N", help="which world to begin with; any if not given"
    )
    one.add_argument("--ansi", action="store_true", help="draw the world as text, in this terminal")
    one.add_argument(
        "--set",
        dest="settings",
        type=parse_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument of the environment, such as width=10 or torus=true; may be given several times",
    )
    return parser.parse_args()


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong without repeating how everything is used."""

    def error(self, message: str) -> NoReturn:
        option = UNKNOWN_OPTION.match(message)
        hint = f": an argument of the environment is given as --set {option[1]}={option[2]}" if option else ""
        sys.exit(_failed(message + hint))


def parse_seed(text: str) -> int:
    """A whole number, 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number, 0 or more, got {text!r}.")
    return int(text)


def parse_setting(text: str) -> tuple[str, Any]:
    """Name and value of "name=value": a Python literal, true, false, none, or else the text itself."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"name=value is wanted, such as width=10, got {text!r}.")
    if value.lower() in WORDS:
        return name, WORDS[value.lower()]
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def main() -> None:
    """Run a subcommand; bad input ends in one line and exit status 2."""
    arguments = parse_arguments()
    try:
        if arguments.command == "list":
            list_environments()
        else:
            play(arguments.environment, arguments.seed, arguments.ansi, dict(arguments.settings))
    except ValueError as error:
        sys.exit(_failed(str(error)))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read along has seen enough; nothing is left to be written to them at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(message: str) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
