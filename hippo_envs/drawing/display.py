"""Limits on the size of a picture, and whether there is a display for a window."""

import os
import sys

SMALLEST = 64  # pixels of a side
MOST_PIXELS = 2**25  # of a picture: a hundred megabytes, and some copies of them


def has_display() -> bool:
    """Whether there is a screen to open a window on, as far as the surroundings tell; SDL_VIDEODRIVER is believed."""
    if "SDL_VIDEODRIVER" in os.environ or not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
