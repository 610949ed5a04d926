"""Suites: fixed lists of tasks, what their results are worth, and how far they have been checked."""
