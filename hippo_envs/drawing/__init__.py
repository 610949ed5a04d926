"""Worlds as pictures, in windows and as text. pygame is imported in `canvas` and `window` alone."""
