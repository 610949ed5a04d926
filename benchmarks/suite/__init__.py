"""Suites: fixed lists of tasks, their scores and ranks, and how far results have been verified."""
