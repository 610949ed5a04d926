"""From an experiment to results: training, checkpoints, devices, sweeps."""
