"""A screen for tests of what is watched or played in a window."""


class Script:
    """A screen on which each of these things happens in turn, and then it is closed."""

    def __init__(self, *happens, size=(400, 240)):
        self.happens, self.size, self.frames = [*happens, "closed"], size, []

    @property
    def is_open(self):
        return self.happens is not None

    def events(self, wait=False):
        return [self.happens.pop(0)]

    def show(self, frame, fps=None):
        self.frames.append(frame.copy())

    def close(self):
        self.happens = None
