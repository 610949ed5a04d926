"""Default presets (budgets) of experiments and of the suite; `dataclasses.replace` makes the exceptions."""

from benchmarks.experiments.experiment import Preset

SMOKE = Preset(n_updates=5, batch=4, walk_length=32, n_evaluation_worlds=4, evaluation_length=64, seeds=(0,))
QUICK = Preset(
    n_updates=1_200,
    batch=16,
    walk_length=128,
    n_evaluation_worlds=200,
    evaluation_length=256,
    seeds=(0, 1, 2, 3, 4),
)
