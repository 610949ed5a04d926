"""Watching what an agent predicts and remembers beside the world it is in, in a window or recorded."""
