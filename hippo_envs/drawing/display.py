"""Whether a window would be seen by anyone, asked before one is opened."""

import os
import sys


def has_display() -> bool:
    """Whether there is a screen to open a window on, as far as the surroundings tell; SDL_VIDEODRIVER is believed."""
    if "SDL_VIDEODRIVER" in os.environ or not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
