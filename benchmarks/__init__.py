"""Experiments: agents trained and scored on environments, one short data-only file for each claim of a paper."""
