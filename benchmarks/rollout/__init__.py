"""Watching an agent think: its mind beside the world it is in, in a window or recorded."""
