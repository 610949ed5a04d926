"""Figures of experiments and studies, all in one style."""
