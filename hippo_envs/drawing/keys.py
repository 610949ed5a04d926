"""Which key takes which action, in a terminal and in a window."""

import string
from collections.abc import Sequence

NEW_WORLD, QUIT = "r", "q"
# Nothing that takes the shift key: what is typed is read without regard to case.
IN_ORDER = [key for key in string.digits + string.ascii_lowercase + ",./;'[]=" if key not in (NEW_WORLD, QUIT)]
FIRST_LETTERS = {"east": "e", "north": "n", "west": "w", "south": "s", "stay": "."}
# As on the keypad of a keyboard, where 6 is to the east of 5.
KEYPAD = {
    "south-west": "1", "south": "2", "south-east": "3", "west": "4", "stay": "5",
    "east": "6", "north-west": "7", "north": "8", "north-east": "9",
    "down-left": "1", "down": "2", "down-right": "3", "left": "4",
    "right": "6", "up-left": "7", "up": "8", "up-right": "9",
}  # fmt: skip
ARROWS = {
    "north": "\x1b[A", "south": "\x1b[B", "east": "\x1b[C", "west": "\x1b[D",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
}  # fmt: skip


def action_keys(action_names: Sequence[str]) -> dict[str, int]:
    """Which key takes which action: first letters for the four winds, the keypad for other directions, else in order.

    Arrow keys are added where they point in the direction of an action. r and q are never among the keys.

    Raises:
        ValueError: if there are more actions than keys.

    >>> list(action_keys(("neighbour 1", "neighbour 2")))
    ['0', '1']
    """
    keys = IN_ORDER
    for layout in (KEYPAD, FIRST_LETTERS):
        found = [layout[name] for name in action_names if name in layout]
        if len(set(found)) == len(action_names):
            keys = found
    if len(action_names) > len(keys):
        raise ValueError(
            f"{len(action_names)} actions are more than there are keys ({len(keys)}): walk in it with env.step(action)."
        )
    actions = {key: action for action, key in enumerate(keys[: len(action_names)])}
    return actions | {ARROWS[name]: action for action, name in enumerate(action_names) if name in ARROWS}
