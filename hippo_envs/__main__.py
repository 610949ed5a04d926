"""The command line: python -m hippo_envs list | play."""

import argparse
import re
import sys
from typing import NoReturn

from hippo_envs.arguments import parse_setting
from hippo_envs.play import play
from hippo_envs.registration import ENVIRONMENTS, sizes
from hippo_envs.signals import one_line_on_signal
from hippo_envs.terminal import CLOSED, failed, leave_output, out_of_output, print_in_any_encoding

UNKNOWN_OPTION = re.compile(r"unrecognized arguments: --([a-z]\w*)[ =](\S+)")

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
    """Print a table of every registered environment, with its defaults; "-" steps: episodes end by themselves."""
    rows = [("id", "kind", "actions", "observations", "steps", "summary")]
    for environment_id, entry in ENVIRONMENTS.items():
        steps = "-" if entry.max_episode_steps is None else str(entry.max_episode_steps)
        summary = (entry.environment.__doc__ or "").strip().split("\n")[0]
        rows.append((environment_id, entry.kind, *sizes(environment_id), steps, summary.removesuffix(".")))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        names = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(row[2:5], widths[2:5], strict=True)]
        print("  ".join([*names, *numbers, row[5]]))


def parse_arguments() -> argparse.Namespace:
    """What was typed after `python -m hippo_envs`; help and errors end the program."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = OneLineParser("python -m hippo_envs", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=raw)
    commands = parser.add_subparsers(dest="command", metavar="{list,play}", required=True)
    commands.add_parser("list", help="list every environment", description=list_environments.__doc__)
    one = commands.add_parser("play", help="walk in a world yourself", description=PLAY, formatter_class=raw)
    one.add_argument("environment", metavar="ID", help="such as hippo/Rectangle-v0, or Rectangle for short")
    one.add_argument(
        "--seed", "--seeds", type=parse_seed, metavar="N", help="the world to begin with; a random one if not given"
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
        sys.exit(failed(message + hint))


def parse_seed(text: str) -> int:
    """A whole number, 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number, 0 or more, got {text!r}.")
    return int(text)


def run(arguments: argparse.Namespace) -> None:
    """Do what the subcommand is for."""
    if arguments.command == "list":
        list_environments()
    else:
        play(arguments.environment, arguments.seed, arguments.ansi, dict(arguments.settings))


def main() -> None:
    """Run a subcommand; bad input ends in one line and exit status 2."""
    if sys.stdout is None:
        sys.exit(failed(CLOSED))
    print_in_any_encoding()
    try:
        try:
            with one_line_on_signal():
                run(parse_arguments())
        finally:
            sys.stdout.flush()
    except ValueError as error:
        sys.exit(failed(str(error)))
    except BrokenPipeError:
        leave_output()
    except OSError as error:
        sys.exit(failed(out_of_output(error)))


if __name__ == "__main__":
    main()
