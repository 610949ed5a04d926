"""Sweeps: many runs at once, on the cores of this machine, on a Ray cluster or under Slurm."""
