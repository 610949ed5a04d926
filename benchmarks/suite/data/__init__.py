"""Walks and episodes as data sets that other programs read."""
